// Characters that could move a cursor, recolour, hide or turn text around, and how they are written so that they do not.

/** Control characters, line separators, and marks that hide or turn text. */
// deno-lint-ignore no-control-regex
export const STEERING = /[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** `\u{202e}`: the character as people can see it. */
export function written(character: string): string {
  return `\\u{${character.charCodeAt(0).toString(16)}}`;
}

/** Text of others on one line, in which what could steer shows as `\u{…}`. With `lines`, line ends stay. */
export function clean(text: string, keep: { lines?: boolean } = {}): string {
  return text.replace(STEERING, (found) => {
    if (found === "\n" && keep.lines) return found;
    return found === "\n" || found === "\t" ? " " : written(found);
  });
}
