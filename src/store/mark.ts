// The mark: kept outside the state, it tells a state that was restored, swapped, emptied or rolled back from the one that
// ran last. It is brought up to date after each batch and before anybody hears of it, so that a crash leaves it behind
// the state, never ahead.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { z } from "zod";
import { StoreError } from "../domain/errors.ts";
import { iso } from "../domain/instant.ts";
import type { Files, InPlaceFile } from "../ports/host.ts";
import type { PastBoots } from "./write/lease.ts";

const schema = z.object({
  store_id: z.string(),
  boot_seq: z.int(),
  newest_run_id: z.string(),
  /** Absent: an earlier version wrote it, which counted no batches. */
  change_seq: z.int().default(0),
});

/** What the newest state at this place was. */
type Mark = z.infer<typeof schema>;

/** Two lines of this length (bytes) are written by turns, so that one cut off leaves the other. */
const LINE_BYTES = 256;

/** The file name of the mark of a server's state: `shown` is its address without credentials. */
export function markName(shown: string): string {
  return `state-${bytesToHex(sha256(new TextEncoder().encode(shown))).slice(0, 16)}.mark`;
}

/** The mark; null when there is none. One that cannot be read as a mark is `unreadable`: that is a doubt, too. */
export async function readMark(files: Files, path: string): Promise<Mark | "unreadable" | null> {
  if (await files.info(path) === undefined) return null;
  try {
    const marks = (await files.readText(path)).split("\n").map(parse).filter((mark) => mark !== undefined);
    return marks.toSorted((left, right) => right.change_seq - left.change_seq)[0] ?? "unreadable";
  } catch {
    return "unreadable";
  }
}

function parse(line: string): Mark | undefined {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** Keeps the mark at one path up to date. */
export interface MarkKeeper {
  /** Writes it anew, durably; what `note` says is added to this. Rejects with `not_writable`. */
  renew(mark: Mark): Promise<void>;
  /** The state has seen so many batches; throws what the system says where that cannot be written. */
  note(changeSeq: number): void;
  close(): void;
}

/** Nothing is written before the first `renew`. */
export function createMarkKeeper(files: Files, path: string): MarkKeeper {
  let file: InPlaceFile | undefined;
  let known: Mark | undefined;
  let turn = 0;
  const close = () => {
    file?.close();
    file = undefined;
  };
  return {
    async renew(mark) {
      try {
        await files.writeText(path, lineOf(mark).repeat(2), 0o600);
        const opened = await files.openInPlace(path);
        close();
        file = opened;
        // A batch may have been noted meanwhile, in the file that was.
        known = { ...mark, change_seq: Math.max(mark.change_seq, known?.change_seq ?? 0) };
        file.writeAt(0, new TextEncoder().encode(lineOf(known)));
        turn = 1;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new StoreError(
          "not_writable",
          `Cannot write '${path}', which guards against a restored state: ${reason}: ` +
            `expected a folder that this user may write to`,
          error,
        );
      }
    },
    note(changeSeq) {
      if (known === undefined || file === undefined || changeSeq <= known.change_seq) return;
      const mark = { ...known, change_seq: changeSeq };
      file.writeAt(turn * LINE_BYTES, new TextEncoder().encode(lineOf(mark)));
      known = mark;
      turn = 1 - turn;
    },
    close,
  };
}

function lineOf(mark: Mark): string {
  return JSON.stringify(mark).padEnd(LINE_BYTES - 1) + "\n";
}

/** Why the state is not the one that ran last; null when it is. */
export function restoredBecause(mark: Mark | "unreadable" | null, past: PastBoots): string | null {
  if (past.snapshotAt !== null) {
    return `the state is a copy made at ${iso(past.snapshotAt)}`;
  }
  if (mark === null) return null;
  if (mark === "unreadable") return "the mark of the state cannot be read";
  if (past.storeId === null) return "the state is new, but another one was here before";
  if (mark.store_id !== past.storeId) return "the state is another one than the last time";
  const isOlder = mark.boot_seq > past.bootSeq || mark.newest_run_id > past.newestRunId ||
    mark.change_seq > past.changeSeq;
  return isOlder ? "the state is older than the one that ran last: it was restored or rolled back" : null;
}
