// Standard error and output, which whoever should read them may leave unread: a full pipe must never stop what writes there.

import { joinBytes } from "../domain/bytes.ts";

/** The stream itself, as Deno has it. */
export interface RawOutput {
  writeSync(bytes: Uint8Array): number;
  write(bytes: Uint8Array): Promise<number>;
}

/** Text out on one stream; no method throws or rejects. */
interface ErrorOutput {
  /** Waits for the reader, until `neverWait` was called. */
  write(text: string): void;
  /**
   * From now on each text waits in a queue of `QUEUE_BYTES` for its reader. What has no room there is dropped, and told by
   * a text of its own once most of the queue was read.
   */
  neverWait(gapText: (dropped: number) => string): void;
  /** How many texts were dropped so far. */
  dropped(): number;
  /** Resolves when all was written, after `ms` at the latest. */
  flush(ms: number): Promise<void>;
}

/** Some thousand log lines. */
export const QUEUE_BYTES = 1024 * 1024;
/** What is handed to the system at once: as much as a pipe holds on Linux. */
const PIECE_BYTES = 64 * 1024;
/** How soon a pipe that its other users made non-blocking is tried again when it is full. */
const FULL_MS = 20;

/** Makes the one writer of a stream; a second one beside it would wait where this one does not. */
export function createErrorOutput(output: RawOutput, sleep: (ms: number) => Promise<void>): ErrorOutput {
  const queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let gapText: ((dropped: number) => string) | undefined;
  let dropped = 0;
  let untold = 0;
  let isGone = false;
  let pumping: Promise<void> | undefined;

  function drop(count: number): void {
    dropped += count;
    untold += count;
  }

  function push(text: string): void {
    const bytes = new TextEncoder().encode(text);
    queue.push(bytes);
    queuedBytes += bytes.length;
  }

  /** Only once there is much room, so that a slow reader does not get one such line after another. */
  function tellGap(): void {
    if (untold === 0 || queuedBytes > QUEUE_BYTES / 2) return;
    push(gapText!(untold));
    untold = 0;
  }

  async function pump(): Promise<void> {
    while (queue.length > 0 && !isGone) {
      let count = 0;
      let size = 0;
      while (count < queue.length && (count === 0 || size + queue[count]!.length <= PIECE_BYTES)) {
        size += queue[count++]!.length;
      }
      const failure = await writeAll(joinBytes(queue.slice(0, count), size));
      isGone = failure !== undefined && hasGone(failure);
      const taken = queue.splice(0, isGone ? queue.length : count).length;
      queuedBytes = isGone ? 0 : queuedBytes - size;
      // After a failure, such as a full disk, the next text may be luckier, and brings the word about what is missing.
      if (failure === undefined) tellGap();
      else drop(taken);
    }
    pumping = undefined;
  }

  /** Resolves to why it cannot be written. */
  async function writeAll(bytes: Uint8Array): Promise<unknown> {
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(await output.write(bytes));
      } catch (error) {
        if (!isFull(error)) return error;
        await sleep(FULL_MS);
      }
    }
    return undefined;
  }

  function enqueue(text: string): void {
    tellGap();
    if (isGone || untold > 0 || queuedBytes + text.length > QUEUE_BYTES) return drop(1);
    push(text);
    pumping ??= pump();
  }

  return {
    write(text) {
      if (gapText !== undefined) return enqueue(text);
      if (!isGone) isGone = writeNow(output, text);
    },
    neverWait: (text) => void (gapText = text),
    dropped: () => dropped,
    flush: async (ms) => await Promise.race([pumping, sleep(ms)]),
  };
}

/** Writes at once, whatever time it takes; true when the reader went away, which is no failure (`| head`). */
function writeNow(output: RawOutput, text: string): boolean {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(output.writeSync(bytes));
    } catch (error) {
      if (isFull(error)) continue;
      // Anything else, such as a full disk: there is nowhere left to say so.
      return hasGone(error);
    }
  }
  return false;
}

function isFull(error: unknown): boolean {
  return error instanceof Deno.errors.WouldBlock;
}

function hasGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe;
}
