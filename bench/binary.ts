// Measures dist/schelly against a compiled hello world, in turns: size, time from its start to its first answer, and
// memory when idle; and says which targets are missed.
// deno run -P=default bench/binary.ts [pairs, default 10]; `make build` first.

import { found } from "./promises.ts";

const MOST_MB = 105;
const MOST_TIMES = 4;
const MOST_MIB = 90;

Deno.chdir(new URL("..", import.meta.url));
const binary = "dist/schelly";
const pairs = Number(Deno.args[0] ?? 10);
const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
const hello = `${folder}/hello`;

function say(what: string, value: number, unit: string, most?: number): void {
  const target = most === undefined ? "" : `  (target: at most ${most}${value > most ? ", MISSED" : ""})`;
  const digits = unit === "times" || unit === "MB" ? 1 : 0;
  if (most !== undefined) {
    const measured = `${value.toFixed(digits)} ${unit}`;
    found({ what: `program: ${what}`, promised: `at most ${most} ${unit}`, measured, isMet: value <= most });
  }
  const text = `${what.padEnd(62)} ${value.toFixed(digits).padStart(9)} ${unit}${target}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** Milliseconds from start to the first answer, and resident memory (MiB) a second later. */
async function measureStart(argv: [string, ...string[]], path: string): Promise<{ ms: number; mib: number }> {
  const begun = performance.now();
  const server = new Deno.Command(argv[0], {
    args: argv.slice(1),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let text = "";
  let url: string | undefined;
  for await (const part of server.stderr.pipeThrough(new TextDecoderStream())) {
    text += part;
    url = /Listening on (http:\/\/[\d.]+:\d+)/.exec(text)?.[1];
    if (url !== undefined) break;
  }
  if (url === undefined) throw new Error(`${argv[0]} did not start:\n${text}`);
  await (await fetch(`${url}${path}`)).body?.cancel();
  const ms = performance.now() - begun;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const asked = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(server.pid)] }).output();
  server.kill("SIGTERM");
  await server.status;
  return { ms, mib: Number(new TextDecoder().decode(asked.stdout)) / 1024 };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** A new state each time, as on the first day. */
function configOf(run: number): string {
  const path = `${folder}/${run}.yaml`;
  Deno.writeTextFileSync(
    path,
    `server: { listen: "127.0.0.1:0", socket: none }\nstate: { url: "file:${folder}/${run}/schelly.db" }\n` +
      `jobs: [ { name: a, schedule: "0 0 0 * * *", provider: { url: "http://127.0.0.1:1/backups" } } ]\n`,
  );
  return path;
}

try {
  say("size", Deno.statSync(binary).size / 1e6, "MB", MOST_MB);
  const compiled = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "-q", "--no-check", "--no-code-cache", "--no-config", "--allow-net", "--output", hello]
      .concat("bench/hello_world.ts"),
  }).output();
  if (!compiled.success) throw new Error(new TextDecoder().decode(compiled.stderr));
  const ours: { ms: number; mib: number }[] = [];
  const theirs: typeof ours = [];
  for (let run = 0; run < pairs; run++) {
    theirs.push(await measureStart([hello], "/"));
    ours.push(await measureStart([binary, "run", "--config", configOf(run)], "/readyz"));
  }
  say("start to first answer, median", median(ours.map(({ ms }) => ms)), "ms");
  say("hello world's, median", median(theirs.map(({ ms }) => ms)), "ms");
  say(
    "ratio, median of the pairs",
    median(ours.map(({ ms }, at) => ms / theirs[at]!.ms)),
    "times",
    MOST_TIMES,
  );
  say("resident memory when idle, median", median(ours.map(({ mib }) => mib)), "MiB", MOST_MIB);
} catch (error) {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
  Deno.stdout.writeSync(new TextEncoder().encode("dist/schelly is not there: run `make build` first\n"));
} finally {
  Deno.removeSync(folder, { recursive: true });
}
