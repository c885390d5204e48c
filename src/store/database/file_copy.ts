// Copies a state file in use, piece by piece, while it goes on being written to: its changes gather in its log meanwhile.

import { assert } from "../../domain/errors.ts";
import type { FileInfo, Files, ReadFile } from "../../ports/host.ts";

/** Bytes in one piece: a millisecond of a disk's work. */
const PIECE = 1024 * 1024;
/** Pages in the log after which it is written back into the file, as SQLite has it by itself. */
const CHECKPOINT_PAGES = 1_000;
/** Where the header of a SQLite file says how it is to be written and read: 2 with a log, 1 without. */
const WRITE_VERSION = 18;
const READ_VERSION = 19;

/** The copies that are made of one file. */
export class FileCopies {
  #isUnderWay = false;
  #disturbed = 0;
  #reader: ReadFile | undefined;

  constructor(
    /** Rows of one statement on the connection. */
    private readonly run: (sql: string) => Promise<ArrayLike<unknown>[]>,
    private readonly path: string,
    private readonly files: Files,
  ) {}

  /** One is being made. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** The log was, or may have been, written back into the file: copies that are under way are not of one moment. */
  disturb(): void {
    this.#disturbed++;
  }

  /** To be called for each connection: copies need the log to be left alone. */
  async prepare(): Promise<void> {
    const pages = this.#isUnderWay ? 0 : CHECKPOINT_PAGES;
    await this.run(`PRAGMA wal_autocheckpoint=${pages}`);
  }

  /**
   * Begins a copy of all that is saved by now; no other work on the file may be under way, nor another copy. What it
   * resolves to writes the copy into a new file, while other work goes on; it must be called.
   */
  async begin(): Promise<(target: string) => Promise<void>> {
    assert(!this.#isUnderWay, "a copy begins once the one before it has ended");
    this.#isUnderWay = true;
    try {
      await this.prepare();
      const [row] = await this.run("PRAGMA wal_checkpoint(TRUNCATE)");
      if (Number(row?.[0]) !== 0) throw new Error("its log could not be written back");
    } catch (error) {
      await this.#end();
      throw error;
    }
    const began = { disturbed: this.#disturbed, info: await this.files.info(this.path) };
    return async (target) => {
      try {
        await this.#write(target, began.info!);
        const now = await this.files.info(this.path);
        if (began.disturbed !== this.#disturbed || now?.mtime !== began.info?.mtime) {
          throw new Error(
            "the state was written to meanwhile in a way that no copy can be made of: try again",
          );
        }
      } catch (error) {
        await this.files.remove(target).catch(() => {});
        throw error;
      } finally {
        await this.#end();
      }
    };
  }

  /** Once the file is closed: before, its locks would be given back. */
  close(): void {
    this.disturb();
    this.#reader?.close();
    this.#reader = undefined;
  }

  async #end(): Promise<void> {
    this.#isUnderWay = false;
    await this.prepare().catch(() => {});
  }

  async #write(target: string, { size }: FileInfo): Promise<void> {
    // Never closed as long as the file is in use: that would give back the locks that this process has on it.
    this.#reader ??= await this.files.openToRead(this.path);
    const reader = this.#reader;
    const file = await this.files.create(target, 0o600);
    try {
      const piece = new Uint8Array(PIECE);
      for (let position = 0; position < size;) {
        const read = await reader.readAt(position, piece.subarray(0, Math.min(PIECE, size - position)));
        if (read === 0) throw new Error("the state ended before its end");
        if (position === 0) piece[WRITE_VERSION] = piece[READ_VERSION] = 1;
        await file.append(piece.subarray(0, read));
        position += read;
      }
      await file.sync();
    } finally {
      file.close();
    }
  }
}
