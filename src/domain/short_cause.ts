// What went wrong, short enough for a title: a known cause by its name, other words from where they come to the point.

import { knownCause } from "./known_cause.ts";

/** Longer words are cut. */
const SHORT = 60;

/** At most a few words. */
export function shortCause(words: string): string {
  const known = knownCause(words);
  const said = SAID_BY_COMMAND.exec(words)?.[1];
  // Which part failed is less than what it said itself.
  if (known !== undefined && (said === undefined || !PARTS.includes(known.short))) return known.short;
  const line = (said ?? words).split("\n")[0]!.trim().replace(LONG_ID, (id) => id.slice(0, 8));
  return line.length > SHORT ? cut(thePoint(line)) : line;
}

/** The same words with what a program said before which part of it failed: who reads the beginning reads the cause. */
export function causeFirst(words: string): string {
  const [, part, said, rest] = PART_FIRST.exec(words) ?? [];
  return said === undefined ? words : `${said} (${part})${rest}`;
}

const PART_FIRST = /^([^\n]*? ended with exit code \d+): ([^\n]{4,})([^]*)$/;
const SAID_BY_COMMAND = / ended with exit code \d+: ([^\n]{4,})/;
const PARTS: readonly string[] = ["its command failed", "its hook failed"];
const LONG_ID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{24,}\b/g;

/** What words of our own say first, which is their point: what was found, without its figures in brackets. */
export function firstClause(words: string): string {
  const line = words.split("\n")[0]!.replace(/ \([^()]*\)/g, "").trim();
  const at = line.search(/[:;,] /);
  return cut(at < 0 ? line : line.slice(0, at));
}

/** Programs name what they were about before what went wrong: those clauses go, as long as words are left. */
function thePoint(line: string): string {
  let rest = line;
  while (rest.length > SHORT) {
    const at = rest.search(/[:;] /);
    if (at < 0 || rest.length - at < FEW_LETTERS) return rest;
    rest = rest.slice(at + 2).trimStart();
  }
  return rest;
}

const FEW_LETTERS = 12;

/** Ends with a whole word. */
function cut(line: string): string {
  if (line.length <= SHORT) return line;
  const space = line.lastIndexOf(" ", SHORT - 1);
  return `${line.slice(0, space > SHORT / 2 ? space : SHORT - 1).trimEnd()}…`;
}
