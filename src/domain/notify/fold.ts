// One message of several that may not be sent one by one.

/** So many titles are shown. */
const MOST_TITLES = 20;

/** What a message that holds others says; `titles` oldest first. */
export function foldText(name: string, titles: readonly string[]): { title: string; text: string } {
  const prefix = `[${name}] `;
  // What came last is how it stands: the first ones are left out.
  const earlier = titles.length - MOST_TITLES;
  const lines = titles.slice(-MOST_TITLES).map((title) =>
    `- ${title.startsWith(prefix) ? title.slice(prefix.length) : title}`
  );
  if (earlier > 0) lines.unshift(`${earlier} earlier ${earlier === 1 ? "one is" : "ones are"} left out.`);
  return {
    title: `${prefix}${titles.length} messages in one`,
    text: `${lines.join("\n")}\nSee \`schelly status\`.`,
  };
}
