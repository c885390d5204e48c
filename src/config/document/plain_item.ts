// Reads an item that is written plainly, many times as fast as the parser that can read all of YAML.

import { type Node, type Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";

/** A value and where it ends. */
interface Read {
  node: Node;
  end: number;
}

const KEY = /([A-Za-z_][A-Za-z0-9_-]{0,60}):(?: +|(?=\r?\n|$))/y;
/** A word, or words with one space between; a colon only where it cannot end a key. */
const PLAIN = /[A-Za-z0-9_/](?:[A-Za-z0-9_./@%+=~-]|:(?=[A-Za-z0-9_./@%+=~-])| (?=[A-Za-z0-9_./@%+=~-]))*/y;
/** Outside of brackets these are signs like any other. */
const PLAIN_LINE =
  /[A-Za-z0-9_/$](?:[A-Za-z0-9_./@%+=~${},()-]|:(?=[A-Za-z0-9_./@%+=~${},()-])| (?=[A-Za-z0-9_./@%+=~${},()-]))*/y;
const QUOTED = /"([^"\\\r\n\t]*)"|'([^'\r\n\t]*)'(?!')/y;
const LINE_END = /(?: +#[^\n]*| *)(?:\r?\n|$)/y;
const BLANK = /(?: *(?:#[^\n]*)?\r?\n)+/y;

/** What YAML takes for something else than text; a number that is not plain digits is left to the parser. */
const NULL = /^(?:null|Null|NULL)$/;
const TRUE = /^(?:[Tt]rue|TRUE)$/;
const FALSE = /^(?:[Ff]alse|FALSE)$/;
const DIGITS = /^[0-9]{1,15}$/;
const MAYBE_NUMBER = /^(?:0[ox][0-9a-fA-F]*|[0-9.]+(?:[eE][-+]?[0-9]+)?)$/;

const MOST_NESTED = 30;

/**
 * The node of the one item of a list that is all of `text`, with the values and the beginnings of ranges that the parser
 * gives. Undefined for whatever is written in another way than keys, plain words, quotes without escapes, and brackets
 * that close on their line.
 */
export function readPlainItem(text: string): Node | undefined {
  let at = 0;
  while (text[at] === " ") at++;
  const dash = at;
  if (text[at] !== "-" || text[at + 1] !== " ") return undefined;
  at++;
  while (text[at] === " ") at++;
  const value = text[at] === "{" ? flowLine(text, at) : blockMap(text, at, at - columnStart(text, at), 0);
  if (value === undefined || at - dash > MOST_NESTED) return undefined;
  return skipBlank(text, value.end) === text.length ? value.node : undefined;
}

function columnStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** Past lines without anything but comments. */
function skipBlank(text: string, at: number): number {
  if (at >= text.length) return at;
  BLANK.lastIndex = at;
  if (BLANK.test(text)) at = BLANK.lastIndex;
  // The last line may have no end.
  return /^ *(?:#[^\n]*)?$/.test(text.slice(at, at + 200)) && text.indexOf("\n", at) < 0 ? text.length : at;
}

/** A mapping whose keys stand at `column`, from its first key on. */
function blockMap(text: string, from: number, column: number, depth: number): Read | undefined {
  if (depth > MOST_NESTED) return undefined;
  const map = new YAMLMap<Node, Node>();
  let at = from;
  for (;;) {
    const key = keyAt(text, at);
    if (key === undefined) return undefined;
    const value = isLineEnd(text, key.end)
      ? within(text, text.indexOf("\n", key.end) + 1, column, depth)
      : lineValue(text, key.end);
    if (value === undefined) return undefined;
    map.items.push(pairOf(key.node, value.node));
    const next = skipBlank(text, value.end);
    const indent = indentAt(text, next);
    if (next >= text.length || indent < column) {
      map.range = [from, value.end, value.end];
      return { node: map, end: value.end };
    }
    if (indent > column) return undefined;
    at = next + indent;
  }
}

/** What stands below a key at `column`: a mapping or a list, further in. */
function within(text: string, lineEnd: number, column: number, depth: number): Read | undefined {
  const line = skipBlank(text, lineEnd);
  const indent = indentAt(text, line);
  if (line >= text.length || indent <= column) return undefined;
  const at = line + indent;
  return text[at] === "-" ? blockList(text, at, indent) : blockMap(text, at, indent, depth + 1);
}

/** A list of values that take no more than a line each. */
function blockList(text: string, from: number, column: number): Read | undefined {
  const list = new YAMLSeq<Node>();
  let at = from;
  for (;;) {
    if (text[at] !== "-" || text[at + 1] !== " " || text[at + 2] === " ") return undefined;
    // A key here would begin a mapping.
    if (keyAt(text, at + 2) !== undefined) return undefined;
    const value = lineValue(text, at + 2);
    if (value === undefined) return undefined;
    list.items.push(value.node);
    const next = skipBlank(text, value.end);
    const indent = indentAt(text, next);
    if (next >= text.length || indent < column) {
      list.range = [from, value.end, value.end];
      return { node: list, end: value.end };
    }
    if (indent > column) return undefined;
    at = next + indent;
  }
}

function isLineEnd(text: string, at: number): boolean {
  return text[at] === "\n" || text[at] === "\r";
}

function indentAt(text: string, from: number): number {
  let at = from;
  while (text[at] === " ") at++;
  return at - from;
}

/** A value and the end of its line. */
function lineValue(text: string, at: number): Read | undefined {
  const sign = text[at];
  if (sign === "{" || sign === "[") return flowLine(text, at);
  return toLineEnd(text, scalar(text, at, PLAIN_LINE));
}

function flowLine(text: string, at: number): Read | undefined {
  return toLineEnd(text, flow(text, at, 0));
}

function toLineEnd(text: string, value: Read | undefined): Read | undefined {
  if (value === undefined) return undefined;
  LINE_END.lastIndex = value.end;
  return LINE_END.test(text) ? { node: value.node, end: LINE_END.lastIndex } : undefined;
}

/** A mapping or a list in brackets, or a scalar within them. */
function flow(text: string, from: number, depth: number): Read | undefined {
  const sign = text[from];
  if (sign !== "{" && sign !== "[") return scalar(text, from);
  if (depth > MOST_NESTED) return undefined;
  const [node, close] = sign === "{"
    ? [new YAMLMap<Node, Node>(), "}"] as const
    : [new YAMLSeq<Node>(), "]"] as const;
  node.flow = true;
  let at = spaces(text, from + 1);
  while (text[at] !== close) {
    if (node instanceof YAMLMap) {
      const key = keyAt(text, at);
      if (key === undefined) return undefined;
      const value = flow(text, key.end, depth + 1);
      if (value === undefined) return undefined;
      node.items.push(pairOf(key.node, value.node));
      at = spaces(text, value.end);
    } else {
      if (keyAt(text, at) !== undefined) return undefined;
      const value = flow(text, at, depth + 1);
      if (value === undefined) return undefined;
      node.items.push(value.node);
      at = spaces(text, value.end);
    }
    if (text[at] === ",") {
      at = spaces(text, at + 1);
      if (text[at] === close) return undefined;
    } else if (text[at] !== close) return undefined;
  }
  node.range = [from, at + 1, at + 1];
  return { node, end: at + 1 };
}

function spaces(text: string, at: number): number {
  while (text[at] === " ") at++;
  return at;
}

function keyAt(text: string, at: number): Read | undefined {
  KEY.lastIndex = at;
  const name = KEY.exec(text)?.[1];
  if (name === undefined) return undefined;
  const end = KEY.lastIndex;
  const node = plain(name, at);
  return typeof node?.value === "string" ? { node, end } : undefined;
}

function scalar(text: string, at: number, words = PLAIN): Read | undefined {
  const sign = text[at];
  if (sign === '"' || sign === "'") {
    QUOTED.lastIndex = at;
    const found = QUOTED.exec(text);
    if (found === null) return undefined;
    const words = found[1] ?? found[2]!;
    return { node: scalarOf(words, words, at, QUOTED.lastIndex), end: QUOTED.lastIndex };
  }
  words.lastIndex = at;
  const found = words.exec(text);
  if (found === null) return undefined;
  const node = plain(found[0], at);
  return node === undefined ? undefined : { node, end: words.lastIndex };
}

function plain(source: string, at: number): Scalar | undefined {
  const value = DIGITS.test(source)
    ? Number(source)
    : NULL.test(source)
    ? null
    : TRUE.test(source)
    ? true
    : FALSE.test(source)
    ? false
    : source;
  if (typeof value === "string" && MAYBE_NUMBER.test(source)) return undefined;
  return scalarOf(value, source, at, at + source.length);
}

/** The library's own objects define a hidden property each, which takes longer than all else here. */
class PlainScalar {
  constructor(readonly value: unknown, readonly source: string, readonly range: [number, number, number]) {}
}
Object.setPrototypeOf(PlainScalar.prototype, new Scalar(null));

function scalarOf(value: unknown, source: string, from: number, to: number): Scalar {
  return new PlainScalar(value, source, [from, to, to]) as unknown as Scalar;
}

function pairOf(key: Node, value: Node): Pair<Node, Node> {
  return { key, value } as Pair<Node, Node>;
}
