// The point of what a program said, in a few words.

/** Longer words are cut. */
const SHORT = 60;
const FEW_LETTERS = 12;
const LONG_ID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{24,}\b/g;

/** Of the first line; ids are shortened, and it ends with a whole word. */
export function pointOf(words: string): string {
  const line = words.split("\n")[0]!.trim().replace(LONG_ID, (id) => id.slice(0, 8));
  return line.length > SHORT ? cut(withoutPreface(line)) : line;
}

/** Programs name what they were about before what went wrong: those clauses go, as long as words are left. */
function withoutPreface(line: string): string {
  let rest = line;
  while (rest.length > SHORT) {
    const at = rest.search(/[:;] /);
    if (at < 0 || rest.length - at < FEW_LETTERS) return rest;
    rest = rest.slice(at + 2).trimStart();
  }
  return rest;
}

/** Ends with a whole word. */
function cut(line: string): string {
  if (line.length <= SHORT) return line;
  const space = line.lastIndexOf(" ", SHORT - 1);
  return `${line.slice(0, space > SHORT / 2 ? space : SHORT - 1).trimEnd()}…`;
}
