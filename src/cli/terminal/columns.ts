// How many columns a terminal gives to a text, and how much of it fits into so many.

/** Measures texts of one table. */
export interface Ruler {
  /** In columns. */
  widthOf(text: string): number;
  /** What a person sees as single characters: accents stay with their letters, joined emoji are one. */
  charactersOf(text: string): Iterable<string>;
}

/** A column for each character. */
const PLAIN: Ruler = { widthOf: (text) => text.length, charactersOf: (text) => text };
const NOT_PLAIN = /[^\x20-\x7e…]/;

/** The ruler for these texts. The one that knows every script takes 30 ms to load, so plain texts go without it. */
export async function rulerFor(texts: readonly string[]): Promise<Ruler> {
  if (!texts.some((text) => NOT_PLAIN.test(text))) return PLAIN;
  const { default: widthOf } = await import("string-width");
  const characters = new Intl.Segmenter();
  return { widthOf, charactersOf: (text) => Array.from(characters.segment(text), ({ segment }) => segment) };
}

/** The beginning of a text that fits into so many columns. */
export function startOf(text: string, columns: number, ruler: Ruler): string {
  let start = "";
  let used = 0;
  for (const character of ruler.charactersOf(text)) {
    used += ruler.widthOf(character);
    if (used > columns) break;
    start += character;
  }
  return start;
}
