// One message of several that may not be sent one by one.

/** So many titles are shown. */
const MOST_TITLES = 20;

/** What a message that holds others says; `titles` oldest first. */
export function foldText(name: string, titles: readonly string[]): { title: string; text: string } {
  const prefix = `[${name}] `;
  const lines = titles.slice(0, MOST_TITLES).map((title) =>
    `- ${title.startsWith(prefix) ? title.slice(prefix.length) : title}`
  );
  if (titles.length > MOST_TITLES) lines.push(`and ${titles.length - MOST_TITLES} more`);
  return {
    title: `${prefix}${titles.length} messages in one`,
    text: `${lines.join("\n")}\nSee \`schelly status\`.`,
  };
}
