// Reads a text with its jobs one by one: most are so plain that they need no parser for all of YAML.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import { type Cut, cutAtJobs } from "./pieces.ts";
import { readPlainItem } from "./plain_item.ts";
import type { SourceFile } from "./tree.ts";
import { issuesOf, thrownIssue } from "./yaml_issues.ts";
import type { Places, TextIssue } from "./yaml_values.ts";

/** How every text is parsed. */
export const HOW = {
  prettyErrors: false,
  strict: true,
  uniqueKeys: false,
  version: "1.2",
  logLevel: "error",
} as const;

/** The contents of a text, and where those nodes stand in it. */
interface Apart {
  contents: YAMLMap;
  places: Places;
}

/**
 * Undefined wherever this might not give just what the whole text gives, as with anything that the parser would say, and
 * with anchors in a job: then the whole text is to be parsed.
 */
export function readApart(text: string): Apart | undefined {
  const cut = cutAtJobs(text);
  if (cut === undefined) return undefined;
  const contents = parseSound(cut.rest);
  const list = listIn(contents, cut);
  if (list === undefined) return undefined;
  return { contents: contents as YAMLMap, places: { ...cut, list, read } };
}

/** What is wrong with a text that is too long to be parsed as a whole: in one of its jobs, else in what is around them. */
export function* whyNotApart(text: string, source: SourceFile): Generator<void, TextIssue[]> {
  const cut = cutAtJobs(text);
  const { pieces, rest, from, by } = cut ?? { pieces: [], rest: "", from: 0, by: 0 };
  for (const { text: piece, base } of pieces) {
    const issues = readPlainItem(piece) === undefined ? issuesIn(piece, source, (at) => at + base) : [];
    if (issues.length > 0) return issues;
    yield;
  }
  const around = cut === undefined ? [] : issuesIn(rest, source, (at) => at < from ? at : at + by);
  return around.length > 0 ? around : [{
    offset: 0,
    message:
      "the text is over 1 MiB, and its jobs cannot be read one by one: expected each to begin with '- ' in the " +
      "same column under 'jobs:', no anchors and aliases in them, and no directives",
    hint: "or split the jobs into the files of a folder, and name the folder",
  }];
}

function issuesIn(part: string, source: SourceFile, placed: (offset: number) => number): TextIssue[] {
  try {
    const [first, second] = parseAllDocuments(part, HOW) as readonly Document.Parsed[];
    if (first === undefined) return [];
    const here = { ...source, text: part, position: (offset: number) => source.position(placed(offset)) };
    return issuesOf(first, second, here).map((issue) => ({ ...issue, offset: placed(issue.offset) }));
  } catch (error) {
    return [{ ...thrownIssue(error), offset: placed(0) }];
  }
}

/** The contents of the one document of a text about which the parser has nothing to say. */
function parseSound(text: string): Node | undefined {
  let parsed: readonly Document.Parsed[];
  try {
    parsed = parseAllDocuments(text, HOW);
  } catch {
    return undefined;
  }
  const [first, second] = parsed;
  if (first === undefined || second !== undefined || "empty" in parsed && parsed.empty) return undefined;
  return first.errors.length + first.warnings.length > 0 ? undefined : first.contents ?? undefined;
}

/** The list under `jobs`, when the parser sees it where it was cut out. */
function listIn(contents: Node | undefined, cut: Cut): Node | undefined {
  if (!isMap<Node, Node | null>(contents) || contents.anchor !== undefined) return undefined;
  const pairs = contents.items.filter(({ key }) => isScalar(key) && key.value === "jobs");
  const [pair] = pairs;
  if (pairs.length !== 1 || pair!.key.range?.[0] !== cut.keyAt) return undefined;
  const list = pair!.value;
  if (!isSeq<Node>(list) || list.flow || list.anchor !== undefined || list.items.length !== 1) {
    return undefined;
  }
  return list.range?.[0] === cut.listAt && list.items[0]?.range?.[0] === cut.itemAt ? list : undefined;
}

function read(text: string): Node | undefined {
  return readPlainItem(text) ?? parseItem(text);
}

function parseItem(text: string): Node | undefined {
  const list = parseSound(text);
  if (!isSeq<Node>(list) || list.flow || list.items.length !== 1) return undefined;
  const [item] = list.items;
  const mayShare = text.includes("&") || text.includes("*");
  return item === undefined || mayShare && isShared(list) ? undefined : item;
}

/** True when there is an anchor or an alias in it. */
function isShared(node: unknown): boolean {
  if (isAlias(node) || (node as { anchor?: string } | null)?.anchor !== undefined) return true;
  if (isMap(node)) return node.items.some(({ key, value }) => isShared(key) || isShared(value));
  return isSeq(node) && node.items.some(isShared);
}
