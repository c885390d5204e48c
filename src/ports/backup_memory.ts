// What a built-in keeps over restarts: in the state of Schelly, or in a folder where it is served alone.

/** A text that a built-in keeps beside its backups. */
export type NoteName = "repository" | "database" | "upkeep" | "processes" | "fences";

/** The notes of one provider. Every method rejects when the place of the notes fails. */
export interface ProviderNotes {
  /** Undefined when there is none. */
  read(name: NoteName): Promise<string | undefined>;
  /** Whole or not at all, and durable then. */
  write(name: NoteName, text: string): Promise<void>;
  /** What a person does to have it forgotten, such as `remove '/x/repository.json'`. */
  toForget(name: NoteName): string;
}
