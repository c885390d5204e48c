// Measures dist/schelly: its size, the time from its start to its first answer, its memory when idle.
// deno run -P=default bench/binary.ts [runs, default 5]; `make build` first.

const binary = new URL("../dist/schelly", import.meta.url).pathname;
const runs = Number(Deno.args[0] ?? 5);
const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
const config = `${folder}/schelly.yaml`;
Deno.writeTextFileSync(
  config,
  `server: { listen: "127.0.0.1:0", socket: none }\nstate: { url: "file:${folder}/schelly.db" }\n` +
    `jobs: [ { name: a, schedule: "0 0 0 * * *", provider: { url: "http://127.0.0.1:1/backups" } } ]\n`,
);

function say(what: string, value: number, unit: string): void {
  const text = `${what.padEnd(62)} ${value.toFixed(0).padStart(9)} ${unit}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** Milliseconds from start to the first answer, and resident memory (MiB) half a second later. */
async function measureStart(): Promise<[number, number]> {
  const begun = performance.now();
  const server = new Deno.Command(binary, {
    args: ["run", "--config", config],
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
  if (url === undefined) throw new Error(`dist/schelly did not start:\n${text}`);
  await (await fetch(`${url}/livez`)).body?.cancel();
  const took = performance.now() - begun;
  await new Promise((resolve) => setTimeout(resolve, 500));
  const asked = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(server.pid)] }).output();
  server.kill("SIGTERM");
  await server.status;
  return [took, Number(new TextDecoder().decode(asked.stdout)) / 1024];
}

try {
  say("size", Deno.statSync(binary).size / 1e6, "MB");
  const taken: [number, number][] = [];
  for (let run = 0; run < runs; run++) taken.push(await measureStart());
  const median = (at: 0 | 1) => taken.map((pair) => pair[at]).sort((a, b) => a - b)[runs >> 1]!;
  say("start to first answer, median", median(0), "ms");
  say("resident memory when idle, median", median(1), "MiB");
} catch (error) {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
  Deno.stdout.writeSync(new TextEncoder().encode("dist/schelly is not there: run `make build` first\n"));
} finally {
  Deno.removeSync(folder, { recursive: true });
}
