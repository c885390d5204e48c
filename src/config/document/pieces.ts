// Cuts a text at the jobs, so that each can be read by itself; only where that must give what the whole text gives.

import type { Piece } from "./tree.ts";

/** A text without its jobs, and the jobs. */
export interface Cut {
  /** One for each item of the list: whole lines, from the one with its `-` up to the next item. */
  pieces: Piece[];
  /** The text with one short item in the place of them all. */
  rest: string;
  /** Where in `rest` the key `jobs`, its list and the short item are. */
  keyAt: number;
  listAt: number;
  itemAt: number;
  /** What comes from here on in `rest` stands `by` further on in the whole text. */
  from: number;
  by: number;
}

const SPACE = 0x20;
const NEW_LINE = 0x0a;
const RETURN = 0x0d;
const HASH = 0x23;
const DASH = 0x2d;
const TAB = 0x09;

/** How the short item is written. */
const SHORT = "- x\n";

interface Line {
  from: number;
  /** Of the next line. */
  next: number;
  /** How many spaces it begins with. */
  indent: number;
  kind: "blank" | "comment" | "item" | "tab" | "other";
}

/**
 * Undefined where there is no block list under a key `jobs` at the beginning of a line, and where signs at the beginnings
 * of lines do not tell what is in an item and what is not. That the rest and each piece are whole by themselves is for
 * the caller to see: then no item can reach into another.
 */
export function cutAtJobs(text: string): Cut | undefined {
  // Directives hold for all that follows; other line ends are counted by the parser in ways of its own.
  if (/\r(?!\n)/.test(text) || text.startsWith("%") || text.includes("\n%")) return undefined;
  const keyAt = text.startsWith("jobs:") ? 0 : text.indexOf("\njobs:") + 1;
  if (keyAt === 0 && !text.startsWith("jobs:")) return undefined;
  let line = lineAt(text, keyAt);
  if (!/^jobs: *(?: #[^\n]*)?\r?\n$/.test(text.slice(line.from, line.next))) return undefined;
  do {
    if (line.next >= text.length) return undefined;
    line = lineAt(text, line.next);
  } while (line.kind === "blank" || line.kind === "comment");
  if (line.kind !== "item") return undefined;
  const first = line.from;
  const column = line.indent;
  const pieces: Piece[] = [];
  let begun = first;
  let end = text.length;
  for (let at = line.next; at < text.length; at = line.next) {
    line = lineAt(text, at);
    // A comment stands where it will. One at the margin in a text in quotes ends that text, which whoever reads the piece
    // finds wrong, as in the whole text.
    if (line.kind === "blank" || line.kind === "comment") continue;
    if (line.kind === "tab") return undefined;
    if (line.indent > column) continue;
    if (line.indent < column || line.kind !== "item") {
      end = line.from;
      break;
    }
    pieces.push({ text: text.slice(begun, at), base: begun });
    begun = at;
  }
  pieces.push({ text: text.slice(begun, end), base: begun });
  const listAt = first + column;
  const from = listAt + SHORT.length;
  const rest = text.slice(0, listAt) + SHORT + text.slice(end);
  return { pieces, rest, keyAt, listAt, itemAt: listAt + 2, from, by: end - from };
}

function lineAt(text: string, from: number): Line {
  const end = text.indexOf("\n", from);
  const next = end < 0 ? text.length : end + 1;
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  return { from, next, indent: at - from, kind: kindOf(text, at) };
}

function kindOf(text: string, at: number): Line["kind"] {
  const sign = text.charCodeAt(at);
  if (at >= text.length || endsLine(sign)) return "blank";
  if (sign === HASH) return "comment";
  if (sign === TAB) return "tab";
  if (sign !== DASH) return "other";
  const after = text.charCodeAt(at + 1);
  return at + 1 >= text.length || after === SPACE || endsLine(after) ? "item" : "other";
}

/** A return stands before a new line only. */
function endsLine(sign: number): boolean {
  return sign === NEW_LINE || sign === RETURN;
}
