// What restic's own words say of data that is wrong or lacking, and of which files.

/** What restic 0.14 to 0.18 say of a file whose data is wrong or lacking. */
export const DAMAGE =
  /ciphertext verification failed|(does not|do not|doesn't) match|not found in (index|repository)|pack .*(not found|does not exist)|StreamPack|data\/[0-9a-f]{2}\/|unexpected (contents?|size|EOF)|invalid (data|blob|hash|file size)|blob .*(not found|missing)|(wrong|invalid) (hash|digest)|hash mismatch|truncated|corrupt|decompress/i;

/** Named in a message. */
const MOST_NAMED = 5;

/** Lines in which a restore says what became of single files. */
export function errorLines(output: string): string[] {
  return output.split("\n").filter((line) => /error/i.test(line));
}

/** The first of them, each once, and how many more there are. */
export function named(items: readonly string[]): string {
  const unique = [...new Set(items)];
  const more = unique.length > MOST_NAMED ? ` and ${unique.length - MOST_NAMED} more` : "";
  return `${unique.slice(0, MOST_NAMED).join("; ")}${more}`;
}

/** Without what restic says before each. */
export function withoutNoise(line: string): string {
  return line.replace(/^\s*ignoring error for /, "").trim();
}

/** What a restore that failed says of single files, other than how many there are; empty where it names none. */
export function filesThatFailed(output: string): string[] {
  const lines = errorLines(output).filter((line) => /^\s*(ignoring )?error[^:]* for \S/i.test(line));
  return [...new Set(lines.map((line) => withoutNoise(line).replace(/^error[^:]* for /i, "")))];
}
