// One YAML text becomes plain values with marks; everything that is unclear in YAML is refused here.

import { type Document, isMap, LineCounter, parseAllDocuments } from "yaml";
import { drain } from "../../domain/slices.ts";
import { HOW, readApart, whyNotApart } from "./read_apart.ts";
import { copyMarks, isMapping, type KnownPieces, type Mapping, type Marks, type SourceFile } from "./tree.ts";
import { contentsIssue, EMPTY, issuesOf, refusalOf, thrownIssue } from "./yaml_issues.ts";
import { Conversion, type TextIssue } from "./yaml_values.ts";

/** A text longer than this is refused unread: of plainly written jobs the parser is done with it in about a second. */
export const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/** A longer one is not parsed as a whole, which takes about two seconds in which nothing else is done. */
const MOST_WHOLE = 1024 * 1024;

export interface YamlDocument {
  source: SourceFile;
  /** Undefined when the text cannot be read at all. */
  tree: Mapping | undefined;
  issues: TextIssue[];
  /** Variables named in values. */
  variables: Set<string>;
}

interface Reading {
  /** Also what can be made out of a text that is not valid, which may be less than it says, or other. */
  anyhow?: boolean;
  /** The jobs are not read one by one, which gives the same and takes several times as long. */
  whole?: boolean;
  /** The jobs that a load before has read. */
  known?: KnownPieces;
}

/** Reads one document; never throws for any text. */
export function parseYaml(...request: Parameters<typeof parsingYaml>): YamlDocument {
  return drain(parsingYaml(...request));
}

/** The same; yields after each job where jobs are read one by one. */
export function* parsingYaml(
  name: string,
  text: string,
  env: Record<string, string>,
  marks: Marks,
  how: Reading = {},
): Generator<void, YamlDocument> {
  const lines = new LineCounter();
  const source = sourceOf(name, text, lines);
  const document: YamlDocument = { source, tree: undefined, issues: [], variables: new Set() };
  const refusal = refusalOf(text);
  if (refusal !== undefined) {
    countLines(lines, text, refusal.offset);
    document.issues.push(refusal);
    return document;
  }
  const apart = how.anyhow || how.whole ? undefined : readApart(text);
  if (apart !== undefined) {
    // What it tells counts only once every job turned out to be one that can be read by itself.
    const found: YamlDocument = { ...document, issues: [], variables: new Set() };
    const conversion = new Conversion(found, env, marks);
    const tree = yield* conversion.convertApart(apart.contents, apart.places, how.known);
    if (tree !== undefined) {
      source.markWithin = (piece, value, marks) => {
        const copied: Marks = new WeakMap();
        const node = apart.places.read(piece.text)!;
        const again = new Conversion({ source, issues: [], variables: new Set() }, env, copied);
        copyMarks(again.convertPiece(node, piece), copied, value, marks);
      };
      countLines(lines, text, text.length);
      if (isMapping(tree) && !conversion.stopped) found.tree = tree;
      return found;
    }
  }
  if (text.length > MOST_WHOLE && !how.anyhow && !how.whole) {
    countLines(lines, text, text.length);
    document.issues.push(...yield* whyNotApart(text, source));
    return document;
  }
  let parsed: readonly Document.Parsed[];
  try {
    parsed = parseAllDocuments(text, { ...HOW, lineCounter: lines });
  } catch (error) {
    document.issues.push(thrownIssue(error));
    return document;
  }
  const [first, second] = parsed;
  if (first === undefined || ("empty" in parsed && parsed.empty)) {
    document.issues.push({ offset: 0, message: EMPTY });
    return document;
  }
  document.issues.push(...issuesOf(first, second, source));
  if (document.issues.length > 0 && !how.anyhow) return document;
  if (!isMap(first.contents)) {
    document.issues.push(contentsIssue(first.contents));
    return document;
  }
  const conversion = new Conversion(document, env, marks);
  const tree = conversion.convert(first.contents);
  if (isMapping(tree) && !conversion.stopped) document.tree = tree;
  return document;
}

function sourceOf(name: string, text: string, lines: LineCounter): SourceFile {
  return {
    name,
    text,
    position(offset) {
      const { line, col } = lines.linePos(Math.min(offset, text.length));
      return { line: Math.max(1, line), column: Math.max(1, col) };
    },
  };
}

/** Counts the lines up to an offset as the parser would, of a text that it does not see. */
function countLines(lines: LineCounter, text: string, until: number): void {
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0 && at < until; at = text.indexOf("\n", at + 1)) {
    lines.addNewLine(at + 1);
  }
}
