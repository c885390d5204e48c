// The terminal of a command: text out and in. A reader that went away (`| head`) is no failure.

import type { Terminal } from "../ports/host.ts";

type Output = Pick<typeof Deno.stdout, "writeSync" | "isTerminal">;

/** Standard input, output and error of this process. */
export function createTerminal(): Terminal {
  return {
    out: writerTo(() => Deno.stdout),
    err: writeError,
    outIsTty: Deno.stdout.isTerminal(),
    errIsTty: Deno.stderr.isTerminal(),
    inIsTty: Deno.stdin.isTerminal(),
    columns: columns(),
    confirm,
    readStdin,
  };
}

const tryError = writerTo(() => Deno.stderr);

/** Writes on standard error; for what has no other way to be told. Never throws. */
export function writeError(text: string): void {
  try {
    tryError(text);
  } catch {
    // A full disk, or a terminal that is gone: there is nowhere left to say so, and it must not stop a backup.
  }
}

function writerTo(outputOf: () => Output): (text: string) => void {
  let closed = false;
  return (text) => {
    let bytes = new TextEncoder().encode(text);
    while (!closed && bytes.length > 0) {
      try {
        bytes = bytes.subarray(outputOf().writeSync(bytes));
      } catch (error) {
        if (error instanceof Deno.errors.WouldBlock) continue; // A pipe that is full for the moment.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
        closed = true;
      }
    }
  };
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
