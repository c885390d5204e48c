// Runs one command to its end with a time limit; with it end all the processes that it started.

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** How a command ended, and what it wrote to both outputs, in order. */
export interface Outcome {
  /** 0 when all went well; null when the time was over. */
  code: number | null;
  output: string;
  seconds: number;
}

export interface CommandOptions {
  limitSeconds: number;
  /** Added to this process's environment. */
  env?: Record<string, string>;
  cwd?: string;
}

/** Commands under way by process id, to be ended when this process is. */
const running = new Set<number>();

/** Prints one line. */
export function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

/** Resolves however the command ends; rejects when it cannot be started. */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<Outcome> {
  const begun = performance.now();
  const child = new Deno.Command(argv[0]!, {
    args: argv.slice(1),
    cwd: options.cwd,
    env: { NO_COLOR: "1", RUST_BACKTRACE: "0", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // A process group of its own, which can be ended as a whole.
    detached: true,
  }).spawn();
  running.add(child.pid);
  let output = "";
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const bytes of stream) output += decoder.decode(bytes);
  };
  const read = Promise.all([collect(child.stdout), collect(child.stderr)]);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(child.pid);
  }, options.limitSeconds * 1000);
  try {
    const { code } = await child.status;
    // A process that was left behind may hold the outputs open.
    endGroup(child.pid);
    await read;
    return { code: late ? null : code, output, seconds: (performance.now() - begun) / 1000 };
  } finally {
    clearTimeout(timer);
    running.delete(child.pid);
  }
}

/** Ends what is under way when a signal ends this process: Ctrl-C does not reach other process groups. */
export function endWithSignals(): void {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      for (const pid of running) endGroup(pid);
      Deno.exit(code);
    });
  }
}

function endGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}
