// Turns YAML nodes into plain values with marks, puts variables in, and refuses what is not plain.

import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import type { Json } from "../../domain/job.ts";
import { interpolate, type Interpolated } from "./interpolate.ts";
import {
  isMapping,
  type KnownPieces,
  type Mapping,
  markEntry,
  type Marks,
  type Path,
  type Piece,
  type SourceFile,
} from "./tree.ts";

const MAX_DEPTH = 40;
const MAX_ALIASES = 1_000;
const MAX_ALIASED_VALUES = 100_000;
export const TOO_DEEP = `the values are nested too deeply: expected at most ${MAX_DEPTH} levels`;

/** Something wrong with the text itself. */
export interface TextIssue {
  offset: number;
  path?: Path;
  message: string;
  hint?: string;
  /** True for a variable that is not set: no fault of the text. */
  unset?: boolean;
}

/** Where the conversion tells what it met. */
interface ConversionTarget {
  source: SourceFile;
  issues: TextIssue[];
  variables: Set<string>;
}

interface PairLike {
  key: unknown;
  value: unknown;
}

/** Where nodes stand that were read apart from the whole text. */
export interface Places {
  /** A list whose items are to be read each by itself, and where each of them begins in the whole text. */
  list: Node;
  pieces: readonly Piece[];
  /** Undefined for one that must be read with all the others. */
  read(text: string): Node | undefined;
  /** In the text that was read in their stead, what comes from `from` on stands `by` further on in the whole text. */
  from: number;
  by: number;
}

/** True for `<<` without quotes. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

/** The walk from YAML nodes to plain values, once per document. */
export class Conversion {
  /** What the offsets of the nodes at hand count from. */
  #base = 0;
  #places: Places | undefined;
  #anchors = new Map<string, Node>();
  #open = new Set<Node>();
  /** Nodes about which an issue was told. */
  #told = new Set<Node>();
  #expansions = new Map<Node, Interpolated>();
  #aliases = 0;
  /** The alias that is being expanded, the outermost of them. */
  #outerAlias: Node | null = null;
  #aliasedValues = 0;
  #stopped = false;
  /** Marks are made when somebody asks for them. */
  #isMarkedLater = false;
  #path: (string | number)[] = [];

  constructor(
    private readonly document: ConversionTarget,
    private readonly env: Record<string, string>,
    private readonly marks: Marks,
  ) {}

  convert(node: Node | null): Json {
    if (node === null || this.#stopped) return null;
    if (this.#outerAlias !== null && ++this.#aliasedValues > MAX_ALIASED_VALUES) {
      return this.#stop(node, "aliases expand to too many values: expected a plain document");
    }
    if (isAlias(node)) return this.#alias(node);
    const anchor = (node as Scalar).anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    if (isScalar(node)) return this.#scalar(node);
    if (this.#open.size >= MAX_DEPTH) return this.#stop(node, TOO_DEEP);
    this.#open.add(node);
    const value = isMap(node) ? this.#map(node) : isSeq(node) ? this.#list(node) : null;
    this.#open.delete(node);
    return value;
  }

  /**
   * The same of a text whose jobs are read one by one, unless they are known; undefined when one cannot be. Yields after
   * each job.
   */
  *convertApart(
    root: Node & { items: PairLike[] },
    places: Places,
    known: KnownPieces | undefined,
  ): Generator<void, Json | undefined> {
    this.#places = places;
    this.#open.add(root);
    const mapping: Mapping = {};
    for (const pair of root.items) {
      if (isMergeKey(pair.key)) return undefined;
      if (pair.value !== places.list) {
        this.#pair(mapping, pair, root);
        continue;
      }
      const list: Json[] = [];
      this.#path.push("jobs");
      this.#open.add(places.list);
      for (const piece of places.pieces) {
        const taken = known?.take(piece.text);
        if (taken !== undefined) {
          this.#markLater(list, piece, taken.from);
          list.push(taken.own);
          yield;
          continue;
        }
        // One at a time: the nodes of many jobs take many times the memory of their values.
        const node = places.read(piece.text);
        if (node === undefined) return undefined;
        this.#base = piece.base;
        if (this.#plainItem(list, node, piece)) known?.found(piece.text, list.at(-1), node.range?.[0] ?? 0);
        yield;
      }
      this.#base = 0;
      this.#open.delete(places.list);
      this.#path.pop();
      mapping.jobs = list;
      this.#mark(mapping, "jobs", pair.key as Node, places.list);
    }
    this.#open.delete(root);
    return mapping;
  }

  /** The value of one piece, with all marks within it. */
  convertPiece(node: Node, { base }: Piece): Json {
    this.#base = base;
    return this.convert(node);
  }

  /** True for an item of which there is nothing to say, and nothing in it comes from variables: its marks are made later. */
  #plainItem(list: Json[], node: Node, piece: Piece): boolean {
    const { issues } = this.document;
    const before = issues.length;
    if (!piece.text.includes("${") && !this.#stopped) {
      this.#isMarkedLater = true;
      this.#item(list, node, node);
      this.#isMarkedLater = false;
      if (issues.length === before && !this.#stopped) {
        this.#markLater(list, piece, node.range?.[0] ?? 0, list.length - 1);
        return true;
      }
      list.pop();
      issues.length = before;
      this.#stopped = false;
    }
    this.#item(list, node, node);
    return false;
  }

  /** Marks a job as a whole, which begins at `from` in its piece. */
  #markLater(list: Json[], piece: Piece, from: number, index = list.length): void {
    const at = piece.base + from;
    markEntry(this.marks, list, index, { source: this.document.source, keyAt: at, valueAt: at, piece });
  }

  /** True once the text turned out to be no plain document: what was read of it means nothing. */
  get stopped(): boolean {
    return this.#stopped;
  }

  #issue(node: Node, message: string, hint?: string, key?: string): void {
    this.#told.add(node);
    this.document.issues.push({
      offset: this.#offsetOf(node) ?? 0,
      path: key === undefined ? [...this.#path] : [...this.#path, key],
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #stop(node: Node, message: string): null {
    this.#stopped = true;
    this.#issue(this.#outerAlias ?? node, message);
    return null;
  }

  #alias(node: Node & { source: string }): Json {
    const target = this.#anchors.get(node.source);
    if (target === undefined) {
      this.#issue(
        node,
        `the alias *${node.source} has no anchor before it`,
        "put text that begins with * in quotes",
      );
      return null;
    }
    if (this.#open.has(target)) return this.#stop(node, `the alias *${node.source} contains itself`);
    if (++this.#aliases > MAX_ALIASES) {
      return this.#stop(node, `there are more than ${MAX_ALIASES} aliases: expected a plain document`);
    }
    const outer = this.#outerAlias;
    this.#outerAlias ??= node;
    const value = this.convert(target);
    this.#outerAlias = outer;
    return value;
  }

  #map(node: Node & { items: PairLike[] }): Json {
    const mapping: Mapping = {};
    const merged: Mapping[] = [];
    for (const pair of node.items) {
      if (isMergeKey(pair.key)) merged.push(...this.#merged(pair, node));
      else this.#pair(mapping, pair, node);
    }
    // What stands in the mapping itself counts, then what was merged first.
    for (const from of merged) {
      for (const [name, value] of Object.entries(from)) {
        if (Object.hasOwn(mapping, name)) continue;
        mapping[name] = value;
        const mark = this.marks.get(from)?.get(name);
        if (mark !== undefined) markEntry(this.marks, mapping, name, mark);
      }
    }
    return mapping;
  }

  /** The mappings that a merge key (`<<: *base`, `<<: [*a, *b]`, https://yaml.org/type/merge.html) names. */
  #merged(pair: PairLike, holder: Node): Mapping[] {
    const before = this.document.issues.length;
    const value = this.convert(pair.value as Node | null);
    const mappings = Array.isArray(value) ? value : [value];
    if (mappings.every(isMapping)) return mappings;
    if (this.document.issues.length === before) {
      const node = (pair.value ?? pair.key ?? holder) as Node;
      this.#issue(
        node,
        "'<<' merges no mapping: expected an alias of one, such as <<: *base, or a list of them",
      );
    }
    return [];
  }

  #pair(mapping: Mapping, pair: PairLike, holder: Node): void {
    const key = pair.key as Node | null;
    if (!isScalar(key) || key.value === null || typeof key.value === "object") {
      this.#issue(key ?? holder, "a key is missing or no plain text: expected 'key: value'");
      return;
    }
    const name = typeof key.value === "string" ? key.value : key.source ?? String(key.value);
    if (name === "__proto__") {
      this.#issue(key, "'__proto__' is not allowed as a key", undefined, name);
      return;
    }
    if (Object.hasOwn(mapping, name)) {
      const message = `duplicate key '${name.slice(0, 80)}': each key may stand once in a mapping`;
      this.#issue(key, message, undefined, name);
      return;
    }
    const value = pair.value as Node | null;
    this.#path.push(name);
    mapping[name] = this.convert(value);
    this.#path.pop();
    this.#mark(mapping, name, key, value);
  }

  #list(node: Node & { items: unknown[] }): Json {
    const list: Json[] = [];
    for (const item of node.items as (Node | null)[]) this.#item(list, item, node);
    return list;
  }

  #item(list: Json[], item: Node | null, holder: Node): void {
    this.#path.push(list.length);
    list.push(this.convert(item));
    this.#path.pop();
    this.#mark(list, list.length - 1, item ?? holder, item);
  }

  /** Where a node begins in the whole text. */
  #offsetOf(node: Node): number | undefined {
    const offset = node.range?.[0];
    if (offset === undefined) return undefined;
    if (this.#base > 0) return this.#base + offset;
    if (this.#places === undefined) return offset;
    return offset < this.#places.from ? offset : offset + this.#places.by;
  }

  #mark(holder: object, key: string | number, keyNode: Node, value: Node | null): void {
    if (this.#isMarkedLater) return;
    const keyAt = this.#offsetOf(keyNode) ?? 0;
    const valueAt = value === null ? keyAt : this.#offsetOf(value) ?? keyAt;
    const mark = { source: this.document.source, keyAt, valueAt };
    const target = isAlias(value) ? this.#anchors.get(value.source) : value;
    const expanded = target ? this.#expansions.get(target) : undefined;
    const told = value !== null &&
      (this.#told.has(value) || (target !== undefined && this.#told.has(target!)));
    markEntry(
      this.marks,
      holder,
      key,
      expanded === undefined ? (told ? { ...mark, told } : mark) : {
        ...mark,
        raw: (target as Scalar<string>).value,
        ...(told || expanded.unset.length > 0 ? { told: true } : {}),
      },
    );
  }

  #scalar(node: Scalar): Json {
    const value = node.value;
    if (typeof value === "string") {
      const expanded = interpolate(value, this.env);
      if (expanded === undefined) return value;
      this.#expansions.set(node, expanded);
      if (expanded.error !== undefined) this.#issue(node, expanded.error);
      for (const name of expanded.variables) this.document.variables.add(name);
      for (const name of new Set(expanded.unset)) {
        this.document.issues.push({
          offset: this.#offsetOf(node) ?? 0,
          path: [...this.#path],
          message: `the variable ${name.slice(0, 80)} is not set`,
          hint: `set it, or write \${${name.slice(0, 80)}:-default}`,
          unset: true,
        });
      }
      return expanded.text;
    }
    if (typeof value === "number") {
      if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return value;
      this.#issue(node, `the number ${node.source ?? value} cannot be kept exactly`, "put it in quotes");
      return null;
    }
    if (typeof value === "boolean" || value === null) return value;
    this.#issue(node, "the value is of no supported type: expected text, a number, true or false");
    return null;
  }
}
