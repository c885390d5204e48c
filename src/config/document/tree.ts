// The document as plain values, and where each of them was written: a file's line, a variable, a flag.

import type { Json } from "../../domain/job.ts";

/** Keys and indexes from the root of the document to a value. */
export type Path = readonly (string | number)[];

export type Mapping = { [key: string]: Json };

/** A source text with its name. */
export interface SourceFile {
  /** As given by the user. */
  name: string;
  /** 1-based line and column of an offset. */
  position(offset: number): { line: number; column: number };
  text: string;
  /** Marks what is within a value that was read from a piece of it. */
  markWithin?(piece: Piece, value: Json, marks: Marks): void;
}

/** A part of a text that is read by itself. */
export interface Piece {
  text: string;
  /** Where it begins in the whole text. */
  base: number;
}

/** Pieces that were read before. */
export interface KnownPieces {
  /** What the piece with this text says, and where in it that begins; undefined when it is to be read. */
  take(text: string): { own: Mapping; from: number } | undefined;
  /** A piece was read of which the text alone decides. */
  found(text: string, own: unknown, from: number): void;
}

/** Jobs that were looked at before. */
export interface JudgedJobs {
  /** True for settings of which there is nothing to say, that name no file, and in which no secret is written. */
  isJudged(own: unknown): boolean;
}

/** Where one entry of a mapping or list was written. */
export interface Mark {
  /** The file it stands in; absent for a variable or flag. */
  source?: SourceFile;
  keyAt?: number;
  valueAt?: number;
  /** The environment variable that gave it. */
  variable?: string;
  /** The command line flag that gave it. */
  flag?: string;
  /** Its index in its own file, where lists of several files are joined. */
  index?: number;
  /** The text before `${…}` was put in. */
  raw?: string;
  /** What it was read from, while the values within it have no marks yet: few of many jobs are ever asked for theirs. */
  piece?: Piece;
  /** An issue about it was told while the text was read, such as a variable that is not set. */
  told?: boolean;
}

/** The marks of the entries of each mapping and list. */
export type Marks = WeakMap<object, Map<string | number, Mark>>;

/** True for a mapping, false for lists and scalars. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path, or undefined when nothing is there. */
export function valueAt(root: Json | undefined, path: Path): Json | undefined {
  let value: Json | undefined = root;
  for (const step of path) {
    if (Array.isArray(value)) value = value[step as number];
    else if (isMapping(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

/** The mark of the value at a path; undefined when nothing is there. */
export function markAt(root: Json, marks: Marks, path: Path): Mark | undefined {
  if (path.length === 0) return undefined;
  if (path.length > 2 && path[0] === "jobs") markJob(root, marks, path[1]!);
  const holder = valueAt(root, path.slice(0, -1));
  if (typeof holder !== "object" || holder === null) return undefined;
  return marks.get(holder)?.get(path[path.length - 1]!);
}

/** Marks what is within a job, unless that was done before. */
function markJob(root: Json, marks: Marks, index: string | number): void {
  const jobs = valueAt(root, ["jobs"]);
  const mark = typeof jobs === "object" && jobs !== null ? marks.get(jobs)?.get(index) : undefined;
  if (mark?.piece === undefined) return;
  const { piece } = mark;
  delete mark.piece;
  mark.source?.markWithin?.(piece, (jobs as Json[])[index as number]!, marks);
}

/** Gives the values within one tree the marks of those within another that has the same ones. */
export function copyMarks(from: Json, fromMarks: Marks, to: Json, marks: Marks): void {
  if (typeof from !== "object" || from === null || typeof to !== "object" || to === null) return;
  const known = fromMarks.get(from);
  if (known !== undefined) marks.set(to, known);
  for (const [key, value] of Object.entries(from)) {
    copyMarks(value, fromMarks, (to as Mapping)[key] ?? null, marks);
  }
}

/** Sets a value, making the mappings on the way, and marks it and all within it. */
export function setAt(root: Mapping, marks: Marks, path: readonly string[], value: Json, mark: Mark): void {
  let holder = root;
  for (const step of path.slice(0, -1)) {
    const inner = Object.hasOwn(holder, step) ? holder[step] : undefined;
    if (isMapping(inner)) {
      holder = inner;
    } else {
      const made: Mapping = {};
      holder[step] = made;
      markEntry(marks, holder, step, mark);
      holder = made;
    }
  }
  const key = path[path.length - 1]!;
  holder[key] = value;
  markAll(marks, holder, key, value, mark);
}

function markAll(marks: Marks, holder: object, key: string | number, value: Json, mark: Mark): void {
  markEntry(marks, holder, key, mark);
  if (Array.isArray(value)) value.forEach((item, index) => markAll(marks, value, index, item, mark));
  else if (isMapping(value)) {
    for (const [inner, item] of Object.entries(value)) markAll(marks, value, inner, item, mark);
  }
}

/** Marks one entry of a mapping or list. */
export function markEntry(marks: Marks, holder: object, key: string | number, mark: Mark): void {
  const known = marks.get(holder);
  if (known === undefined) marks.set(holder, new Map([[key, mark]]));
  else known.set(key, mark);
}

/** `jobs[0].retention.daily`. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z0-9_-]+$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** What a job has of its own, or of the defaults, and of neither in part. */
export const WHOLE: ReadonlySet<string> = new Set(["provider", "ping", "on_success", "on_failure"]);

/**
 * A job's settings laid over the defaults, key by key and mapping by mapping; lists and scalars are replaced,
 * and so are `provider`, `ping` and hooks as a whole.
 */
export function mergeSettings(defaults: Mapping, own: Mapping): Mapping {
  const merged: Mapping = { ...defaults };
  for (const [key, value] of Object.entries(own)) {
    const base = Object.hasOwn(defaults, key) ? defaults[key] : undefined;
    merged[key] = !WHOLE.has(key) && isMapping(base) && isMapping(value) ? mergeSettings(base, value) : value;
  }
  return merged;
}
