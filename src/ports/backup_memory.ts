// What a backup host keeps over restarts: its backups, what it notes beside them, and what they wrote. In the state of
// Schelly, or in a folder where a provider is served alone.

/** A text that a built-in keeps beside its backups. */
export type NoteName =
  | "repository"
  | "reading"
  | "database"
  | "upkeep"
  | "processes"
  | "fences"
  | "host"
  | "tasks"
  | "verify"
  | "figures";

/** The notes of one provider. Every method rejects when the place of the notes fails. */
export interface ProviderNotes {
  /** Undefined when there is none. */
  read(name: NoteName): Promise<string | undefined>;
  /** Whole or not at all, and durable then. */
  write(name: NoteName, text: string): Promise<void>;
  /** What a person does to have it forgotten, such as `remove '/x/repository.json'`. */
  toForget(name: NoteName): string;
}

/** What backups wrote, of the newest ones of a provider alone. */
export interface KeptOutputs {
  /** Rejects when it cannot be written. */
  save(id: string, text: string): Promise<void>;
  /** Undefined when there is none. */
  read(id: string): Promise<string | undefined>;
  /** The backups that have one. */
  ids(): Promise<string[]>;
  drop(ids: readonly string[]): Promise<void>;
}

/** One backup to be kept; of those with one id the last holds. */
export interface KeptEntry {
  id: string;
  runId: string | null;
  isDeleted: boolean;
  /** JSON, judged by who reads it. */
  text: string;
}

/** One backup as it is kept, not judged yet; `where` is for people: `line 2`, `the row of backup 'x'`. */
export interface FoundEntry {
  where: string;
  text: string;
}

/** The memory of one backup host, which nobody else uses at that time. Disposing gives it back: nothing is written then. */
export interface BackupMemory extends AsyncDisposable {
  /** Where it is, for people: follows "in". */
  readonly place: string;
  /** Of a damaged entry: what to do about it; follows a colon. */
  readonly repair: string;
  readonly notes: ProviderNotes;
  readonly outputs: KeptOutputs;
  /** All entries in the order in which they were first kept. Rejects when they cannot be read as a whole. */
  entries(): Promise<FoundEntry[]>;
  /**
   * Resolves when it is durable. Rejects when it may not be: then `before`, what was kept of this backup until now (null:
   * nothing), holds again from the next write on.
   */
  keep(entry: KeptEntry, before: KeptEntry | null): Promise<void>;
  drop(ids: readonly string[]): Promise<void>;
  /** What is kept elsewhere of a backup that was made here, under a name that the provider had: by its id or its run. */
  findMoved(by: { id: string } | { runId: string }): Promise<FoundEntry | undefined>;
  /** Says that it can be written; rejects where it cannot. */
  check(): Promise<string>;
}

/** So many outputs are kept of each provider. */
export const MOST_OUTPUTS = 100;
