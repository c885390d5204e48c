// The terminal of a command: text out and in. A reader that went away (`| head`) is no failure.

import type { Terminal } from "../ports/host.ts";
import { systemClock } from "./clock.ts";
import { createErrorOutput } from "./error_output.ts";

/** Standard input, output and error of this process. */
export function createTerminal(): Terminal {
  return {
    out: writeOut,
    err: writeError,
    neverWait: (gapText) => standardError().neverWait(gapText),
    outNeverWait(gapText) {
      unread ??= createErrorOutput(Deno.stdout, (ms) => systemClock.sleep(ms));
      unread.neverWait(gapText);
    },
    outIsClosed: () => isClosed,
    errDropped: () => standardError().dropped(),
    outIsTty: Deno.stdout.isTerminal(),
    errIsTty: Deno.stderr.isTerminal(),
    inIsTty: Deno.stdin.isTerminal(),
    columns: columns(),
    confirm,
    ask,
    readStdin,
  };
}

let output: ReturnType<typeof createErrorOutput> | undefined;

/** Begun when it is first needed: the library for providers runs where this runtime is not. */
function standardError(): ReturnType<typeof createErrorOutput> {
  return output ??= createErrorOutput(Deno.stderr, (ms) => systemClock.sleep(ms));
}

/** Writes on standard error; for what has no other way to be told. Never throws. */
export function writeError(text: string): void {
  standardError().write(text);
}

/** Resolves when all that was written has gone out, after `ms` at the latest. */
export async function flushOutputs(ms: number): Promise<void> {
  await Promise.all([standardError().flush(ms), unread?.flush(ms)]);
}

/** Standard output, once it never waits. */
let unread: ReturnType<typeof createErrorOutput> | undefined;
let isClosed = false;

function writeOut(text: string): void {
  if (unread !== undefined) return unread.write(text);
  let bytes = new TextEncoder().encode(text);
  while (!isClosed && bytes.length > 0) {
    try {
      bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
    } catch (error) {
      if (error instanceof Deno.errors.WouldBlock) continue; // A pipe that is full for the moment.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      isClosed = true;
    }
  }
}

/** 80 where there is no terminal. */
function columns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

/** Asks on standard error, so that piped output stays clean; only `y` and `yes` mean yes, and no terminal means no. */
async function confirm(question: string): Promise<boolean> {
  if (!Deno.stdin.isTerminal()) return false;
  writeError(`${question} [y/N] `);
  const answer = new TextDecoder().decode(await readUntil(Deno.stdin, "\n"));
  return /^\s*y(es)?\s*$/i.test(answer);
}

/** Asks on standard error for one line; null at the end of the input. */
async function ask(question: string): Promise<string | null> {
  if (!Deno.stdin.isTerminal()) return null;
  writeError(question);
  const answer = new TextDecoder().decode(await readUntil(Deno.stdin, "\n"));
  return answer === "" ? null : answer.replace(/\r?\n$/, "");
}

/** The rest of standard input; bytes that are not UTF-8 read as U+FFFD. */
async function readStdin(): Promise<string> {
  return new TextDecoder().decode(await readUntil(Deno.stdin));
}

/** Reads to the end, or to the first piece that ends in `stop`. */
async function readUntil(input: typeof Deno.stdin, stop?: string): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const count = await input.read(buffer);
    if (count === null) break;
    pieces.push(buffer.slice(0, count));
    if (stop !== undefined && buffer[count - 1] === stop.charCodeAt(0)) break;
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
