// The line of a file that an issue points at, as a message may show it: short, and never with a secret in it.

import type { IssueExcerpt } from "../../domain/errors.ts";
import { isSecret, redactUrl } from "./redact.ts";
import type { Path } from "./tree.ts";

/** Longest piece of a line that is shown. */
const WIDTH = 100;
/** How much of it stands before the position that is meant. */
const BEFORE = 60;
/** How far above a line a key may stand whose secret goes on in it. */
const LINES_ABOVE = 4;

/** Words of lines that may hold a secret. */
const SECRET_WORD =
  /pass|secret|token|key\b|-key|_key|apikey|credential|auth|headers|env\b|body|bearer|basic /i;
/** A run of signs as keys and tokens have them, and words and paths do not. */
const SECRET_RUN = /(?=[A-Za-z0-9+=_-]*\d)(?=[A-Za-z0-9+=_-]*[A-Za-z])[A-Za-z0-9+=_-]{20,}/;

/** The line with the column that is meant; undefined where it might show a secret or there is nothing to see. */
export function excerptOf(
  text: string,
  position: { line: number; column: number },
  path: Path,
): IssueExcerpt | undefined {
  const lines = nearLines(text, position.line);
  const line = lines.at(-1)!;
  if (line.trim() === "" || isSecret(path)) return undefined;
  if (SECRET_WORD.test(line)) return undefined;
  if (lines.slice(0, -1).some((above) => SECRET_WORD.test(above) && goesOn(above))) return undefined;
  if (redactUrl(line) !== line) return undefined;
  const at = Math.min(position.column - 1, line.length);
  const from = line.length <= WIDTH ? 0 : Math.max(0, at - BEFORE);
  const piece = line.slice(from, from + WIDTH);
  // Of the piece alone: looked for in a line of a megabyte it would take minutes.
  if (SECRET_RUN.test(piece)) return undefined;
  const [left, right] = [from > 0 ? "…" : "", from + WIDTH < line.length ? "…" : ""];
  return {
    text: `${left}${piece}${right}`.replaceAll("\t", " ").replace(/\r$/, ""),
    column: at - from + left.length + 1,
  };
}

/** True for a line whose value stands in the lines below it: nothing or a block sign after its key, or an open quote. */
function goesOn(line: string): boolean {
  return /(:|[|>][-+0-9]*)\s*(#.*)?$/.test(line.trimEnd()) || line.split('"').length % 2 === 0 ||
    line.split("'").length % 2 === 0;
}

/** A line (1-based) after the few that stand above it; a part of the file is looked at, however long it is. */
function nearLines(text: string, number: number): string[] {
  let start = 0;
  const starts = [0];
  for (let line = 1; line < number; line++) {
    const end = text.indexOf("\n", start);
    if (end < 0) break;
    start = end + 1;
    starts.push(start);
    if (starts.length > LINES_ABOVE + 1) starts.shift();
  }
  const last = text.indexOf("\n", start);
  return text.slice(starts[0], last < 0 ? undefined : last).split("\n");
}
