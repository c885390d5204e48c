// What becomes of the configuration of another program: jobs of ours, secrets that go into files, and notes.

import type { LEVELS } from "../../domain/policy.ts";

type Level = (typeof LEVELS)[number];

/** Something that is not as it was. `lost`: without it something is not backed up, or nobody learns of a failure. */
export interface Note {
  kind: "lost" | "changed";
  /** The key it is about, as the other program writes it. */
  about: string;
  message: string;
}

/** A value that must not stand in a configuration, and the file that it stands in instead. */
export interface ImportedSecret {
  /** Relative to the configuration. */
  file: string;
  value: string;
  what: string;
}

/** One job, in the words of the configuration. */
export interface ImportedJob {
  name: string;
  schedule?: string;
  timezone?: string;
  /** Or the name of an entry of `providers`. */
  provider: Record<string, unknown> | string;
  retention?: "keep_all" | Partial<Record<Level, number>> & { week_starts?: "monday" };
  [key: string]: unknown;
}

/** All of it. */
export interface Imported {
  /** The program that it came from. */
  from: string;
  jobs: ImportedJob[];
  /** What several jobs merge into their provider: name of the anchor, and the mapping. */
  shared?: { name: string; value: Record<string, unknown> };
  providers?: Record<string, unknown>;
  notify?: Record<string, unknown>;
  secrets: ImportedSecret[];
  notes: Note[];
}

/** Takes notes, each once. */
export class Notes {
  readonly all: Note[] = [];

  /** Without it something is missing that the other program did. */
  lost(about: string, message: string): void {
    this.#add({ kind: "lost", about, message });
  }

  /** It is done, in another way. */
  changed(about: string, message: string): void {
    this.#add({ kind: "changed", about, message });
  }

  #add(note: Note): void {
    const isKnown = this.all.some(({ about, message }) => about === note.about && message === note.message);
    if (!isKnown) this.all.push(note);
  }
}

/** The configuration that is read cannot become one of ours: the message says why, and what to do. */
export class CannotImport extends Error {}

/** A name that no other job has. */
export function unusedName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 2;; n++) if (!taken.has(`${name.slice(0, 58)}-${n}`)) return `${name.slice(0, 58)}-${n}`;
}

/** A word as a POSIX shell takes it literally. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The same, but `*`, `?` and `[` find files, and a `~` in front is the home folder. */
export function quotedPath(path: string): string {
  const [, home = "", rest = ""] = /^(~(?=\/|$))?([^]*)$/.exec(path)!;
  const words = rest.split(/([*?[\]]+)/).map((part, at) => at % 2 === 1 || part === "" ? part : quoted(part));
  return `${home === "" ? "" : '"$HOME"'}${words.join("")}`;
}
