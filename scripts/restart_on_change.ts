// `restart_on_change.ts FOLDER COMMAND...`: runs a command, and starts it again when a file below the folder changes.
// Each run is a process of its own, which has let go of its state, socket and port before the next begins; Deno's own
// --watch starts again within one process, where a native library keeps its locks.

const [folder, command, ...args] = Deno.args;
if (folder === undefined || command === undefined) {
  say("Usage: restart_on_change.ts FOLDER COMMAND...");
  Deno.exit(2);
}

/** An editor writes more than once. */
const QUIET_MS = 150;

const start = () => new Deno.Command(command, { args, stdin: "inherit" }).spawn();
const end = (child: Deno.ChildProcess, signal: Deno.Signal) => {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
};

const watcher = Deno.watchFs(folder);
let child = start();
let isOver = false;
// A terminal sends Ctrl-C to the command as well; a termination reaches only this program.
Deno.addSignalListener("SIGINT", () => {
  isOver = true;
  watcher.close();
});
Deno.addSignalListener("SIGTERM", () => {
  isOver = true;
  end(child, "SIGTERM");
  watcher.close();
});

let timer: ReturnType<typeof setTimeout> | undefined;
let turn = Promise.resolve();
for await (const { kind } of watcher) {
  if (kind === "access") continue;
  clearTimeout(timer);
  timer = setTimeout(() => {
    turn = turn.then(restart);
  }, QUIET_MS);
}
clearTimeout(timer);
await turn;
Deno.exit((await child.status).code);

async function restart(): Promise<void> {
  if (isOver) return;
  say(`A file in ${folder} has changed: starting again.`);
  end(child, "SIGTERM");
  await child.status;
  if (!isOver) child = start();
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}
