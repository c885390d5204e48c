// What most likely confused the YAML parser: it says where it gave up, people want to know what to type instead.

/** What to say in place of, or beside, the parser's own sentence. */
interface Confusion {
  offset: number;
  /** Undefined where the parser's sentence serves. */
  message?: string;
  hint: string;
}

/** Characters that look like a space and are none to YAML: they come with text copied from a page or a chat. */
const ODD_SPACE = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]/u;
const NO_BREAK = "\u00a0";

/** `a no-break space (U+00A0)`; undefined for a text without a character that only looks like a space. */
export function oddSpaceIn(text: string): string | undefined {
  const found = ODD_SPACE.exec(text)?.[0];
  if (found === undefined) return undefined;
  const code = `U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  return `${found === NO_BREAK ? "a no-break space" : "a character that looks like a space"} (${code})`;
}

interface Line {
  text: string;
  at: number;
}

/** `- key: value` or `key: value` with what stands before each. */
const ENTRY = /^(\s*(?:- +)*)([A-Za-z_][\w.-]*):(?:\s+|$)/;

/** What is unusual in the lines around the place where the parser gave up; undefined when nothing is seen. */
export function confusionAt(text: string, offset: number, code: string): Confusion | undefined {
  const line = lineAt(text, offset);
  if (code === "MISSING_CHAR" && offset >= text.trimEnd().length) return openQuote(text);
  const next = nextEntry(text, line);
  for (const { text: words, at } of next === undefined ? [line] : [line, next]) {
    const odd = ODD_SPACE.exec(bare(words));
    if (odd !== null) {
      return {
        offset: at + odd.index,
        message: `${oddSpaceIn(odd[0])} stands here, which YAML does not take for a space`,
        hint: "type it again as a plain space",
      };
    }
  }
  return inLine(line) ?? between(text, line, next, code);
}

/** A line with what stands in quotes, and a comment, blanked out: same length. */
function bare(line: string): string {
  return line.replace(/"[^"]*"|'[^']*'|(?:^|\s)#.*$/g, (found) => "_".repeat(found.length));
}

function inLine({ text, at }: Line): Confusion | undefined {
  const dash = /^(\s*)-(?=[A-Za-z_])/.exec(text);
  if (dash !== null) {
    const column = dash[1]!.length;
    return {
      offset: at + column,
      hint: `write a space after the dash: - ${shorten(text.slice(column + 1))}`,
    };
  }
  const entry = ENTRY.exec(text);
  if (entry !== null) {
    const value = text.slice(entry[0].length).replace(/\s+#.*$/, "").trimEnd();
    const needsQuotes = /^[*@`%&!|>]/.test(value) || /: /.test(value) && !/^["'{[]/.test(value);
    if (!needsQuotes) return undefined;
    const quoted = value.includes('"') ? `'${value.replaceAll("'", "''")}'` : `"${value}"`;
    return { offset: at + entry[0].length, hint: `put the value in quotes: ${entry[2]}: ${shorten(quoted)}` };
  }
  const glued = /^(\s*(?:- +)*)([A-Za-z_][\w-]*):(?=["'{[\w/$*@])/.exec(text);
  if (glued !== null) {
    const value = text.slice(glued[0].length);
    return {
      offset: at + glued[0].length,
      hint: `write a space after the colon: ${glued[2]}: ${shorten(value)}`,
    };
  }
  const item = /^(\s*- +)([*@`%&!|>].*?)\s*$/.exec(text);
  if (item !== null) {
    return { offset: at + item[1]!.length, hint: `put it in quotes: - "${shorten(item[2]!)}"` };
  }
  const noColon = /^(\s*(?:- +)*)([A-Za-z_][\w-]*) +(?=["'{[])/.exec(text);
  if (noColon === null) return undefined;
  const after = noColon[1]!.length + noColon[2]!.length;
  return {
    offset: at + after,
    hint: `write a colon after the key: ${noColon[2]}: ${shorten(text.slice(noColon[0].length))}`,
  };
}

/** Keys of one mapping that stand in different columns. */
function between(text: string, line: Line, next: Line | undefined, code: string): Confusion | undefined {
  const pairs: [Line | undefined, Line | undefined][] = code === "BLOCK_AS_IMPLICIT_KEY"
    ? [[line, next]]
    : code === "BAD_INDENT" || code === "MISSING_CHAR"
    ? [[entryBefore(text, line), line]]
    : [];
  for (const [first, second] of pairs) {
    const [one, two] = [first && ENTRY.exec(first.text), second && ENTRY.exec(second.text)];
    if (!one || !two || one[1]!.length === two[1]!.length) continue;
    return {
      offset: second!.at + two[1]!.length,
      message: `'${two[2]}' stands in column ${two[1]!.length + 1}, '${one[2]}' in column ${
        one[1]!.length + 1
      }`,
      hint: "the keys of one mapping begin in the same column",
    };
  }
  return undefined;
}

/** Where a quote opens that nothing closes. */
function openQuote(text: string): Confusion | undefined {
  let at = 0;
  for (const line of text.split("\n")) {
    const quotes = line.replace(/\\"/g, "  ").replace(/'[^']*'/g, (found) => "_".repeat(found.length));
    if ((quotes.split('"').length - 1) % 2 === 1) {
      return {
        offset: at + quotes.lastIndexOf('"'),
        message: "the quote that opens here is not closed on its line",
        hint: "close it",
      };
    }
    at += line.length + 1;
  }
  return undefined;
}

function lineAt(text: string, offset: number): Line {
  const at = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  const start = text[offset] === "\n" || offset === 0 ? Math.min(at, offset) : at;
  const end = text.indexOf("\n", start);
  return { text: text.slice(start, end < 0 ? text.length : end).replace(/\r$/, ""), at: start };
}

/** The next line that says anything. */
function nextEntry(text: string, line: Line): Line | undefined {
  let at = line.at + line.text.length;
  for (let looked = 0; looked < 20; looked++) {
    at = text.indexOf("\n", at) + 1;
    if (at === 0) return undefined;
    const found = lineAt(text, at);
    if (/^\s*[^#\s]/.test(found.text)) return found;
  }
  return undefined;
}

function entryBefore(text: string, line: Line): Line | undefined {
  let { at } = line;
  for (let looked = 0; looked < 20 && at > 0; looked++) {
    const found = lineAt(text, at - 1);
    if (/^\s*[^#\s]/.test(found.text)) return found;
    at = found.at;
  }
  return undefined;
}

function shorten(text: string): string {
  const words = text.trim();
  return words.length > 60 ? `${words.slice(0, 59)}…` : words;
}
