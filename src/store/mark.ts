// The mark: kept outside the state, it tells a state that was restored, swapped, emptied or rolled back from the one that
// ran last. It is brought up to date after each batch and before anybody hears of it, so that a crash leaves it behind
// the state, never ahead. While its state is in use it says which file it is itself, so that a copy of both is known.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { z } from "zod";
import { StoreError } from "../domain/errors.ts";
import { iso } from "../domain/instant.ts";
import type { FileInfo, Files, InPlaceFile } from "../ports/host.ts";
import type { PastBoots } from "./write/lease.ts";

const schema = z.object({
  store_id: z.string(),
  boot_seq: z.int(),
  newest_run_id: z.string(),
  /** Absent: an earlier version wrote it, which counted no batches. */
  change_seq: z.int().default(0),
  /** Which file this mark is, while its state is in use. Absent: nobody uses it, or that is not known. */
  in_use: z.string().optional(),
});

/** What the newest state at this place was. */
type Mark = z.infer<typeof schema>;

/** Two lines of this length (bytes) are written by turns, so that one cut off leaves the other. */
const LINE_BYTES = 256;

/** The file name of the mark of a server's state: `shown` is its address without credentials. */
export function markName(shown: string): string {
  return `state-${bytesToHex(sha256(new TextEncoder().encode(shown))).slice(0, 16)}.mark`;
}

/** A mark as it was found. */
type FoundMark = Mark & {
  /** It is a copy of one whose state was in use when the copy was made. */
  isCopy: boolean;
};

/** The mark; null when there is none. One that cannot be read as a mark is `unreadable`: that is a doubt, too. */
export async function readMark(files: Files, path: string): Promise<FoundMark | "unreadable" | null> {
  const info = await files.info(path);
  if (info === undefined) return null;
  try {
    const marks = (await files.readText(path)).split("\n").map(parse).filter((mark) => mark !== undefined);
    const [mark] = marks.toSorted((left, right) => right.change_seq - left.change_seq);
    if (mark === undefined) return "unreadable";
    return { ...mark, isCopy: mark.in_use !== undefined && !isFile(mark.in_use, info) };
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
  renew(mark: Omit<Mark, "in_use">): Promise<void>;
  /** The state has seen so many batches; throws what the system says where that cannot be written. */
  note(changeSeq: number): void;
  /** Says that nobody uses the state any more, while this still keeps others from it. Where that fails, it is not said. */
  letGo(): Promise<void>;
  close(): void;
}

/**
 * Nothing is written before the first `renew`. `isBeside`: the mark lies beside the state and goes where that goes, so
 * that it says which file it is.
 */
export function createMarkKeeper(files: Files, path: string, isBeside: boolean): MarkKeeper {
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
        const self = isBeside ? fileOf(await files.info(path)) : undefined;
        // A batch may have been noted meanwhile, in the file that was.
        const changeSeq = Math.max(mark.change_seq, known?.change_seq ?? 0);
        known = { ...mark, change_seq: changeSeq, ...(self === undefined ? {} : { in_use: self }) };
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
    async letGo() {
      if (known?.in_use === undefined) return;
      const { in_use: self, ...mark } = known;
      try {
        // Someone may have put another one in its place. A new file, so that no copy of this one can pass for it later.
        if (fileOf(await files.info(path)) === self) {
          await files.writeText(path, lineOf(mark).repeat(2), 0o600);
        }
      } catch {
        // It goes on saying that the state is in use, as after a crash.
      }
    },
    close,
  };
}

/** What tells a file from every copy of it, also where its number is given anew later; undefined where nothing does. */
function fileOf(info: FileInfo | undefined): string | undefined {
  if (info === undefined || info.ino === null) return undefined;
  return info.born === null || info.born === undefined ? String(info.ino) : `${info.ino}@${info.born}`;
}

/** Whether it is the file that was noted, as far as can be told: some systems do not know when a file was made. */
function isFile(noted: string, info: FileInfo): boolean {
  const now = fileOf(info);
  if (now === undefined || now === noted) return true;
  const [[noteNumber, noteBorn], [number, born]] = [noted.split("@"), now.split("@")] as [string[], string[]];
  return noteNumber === number && (noteBorn === undefined || born === undefined);
}

function lineOf(mark: Mark): string {
  return JSON.stringify(mark).padEnd(LINE_BYTES - 1) + "\n";
}

/** Why the state is not the one that ran last; null when it is. */
export function restoredBecause(mark: FoundMark | "unreadable" | null, past: PastBoots): string | null {
  if (past.snapshotAt !== null) {
    return `the state is a copy made at ${iso(past.snapshotAt)}`;
  }
  if (mark === null) return null;
  if (mark === "unreadable") return "the mark of the state cannot be read";
  if (past.storeId === null) return "the state is new, but another one was here before";
  if (mark.store_id !== past.storeId) return "the state is another one than the last time";
  const isOlder = mark.boot_seq > past.bootSeq || mark.newest_run_id > past.newestRunId ||
    mark.change_seq > past.changeSeq;
  if (isOlder) return "the state is older than the one that ran last: it was restored or rolled back";
  return mark.isCopy
    ? "the state and its mark are a copy, made while the original was in use, which may have gone on since"
    : null;
}
