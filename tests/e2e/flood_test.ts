// Somebody opens more connections than there can be, and says nothing or half of something, or asks for all there is at
// once: the server answers everybody else all the while, and goes on making backups; as often as it happens.

import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import process from "node:process";
import { filesOf, flood, limited, peakOf, type Pulse, pulseDuring, statusOver } from "../support/flood.ts";
import { type Child, PROGRAM, programTest, type Rig, until } from "../support/program.ts";

const skip = process.platform === "linux" ? false : "the limit of open files is set as Linux has it";
const JOBS = `jobs:
  - name: a
    schedule: "* * * * * *"
    provider: { poll_interval: 100ms, command: { create: ["true"], delete: ["true"] } }
    retention: { secondly: 3 }
`;
/** Two thousand connections of some 30 KiB, and what it takes to see them off. */
const MOST_GROWTH_MB = 120;
/** Most of the files are for something else. */
const MOST_SHARE = 0.75;
/** A machine that is busy with the flood itself, and with other tests. */
const MOST_MEDIAN_MS = 500;

interface Target {
  name: string;
  child: Child;
  url: string;
  socket?: string;
}

async function daemon(rig: Rig, mostFiles: number): Promise<Target> {
  await rig.configure(JOBS);
  const child = limited(rig, mostFiles, "schelly run", ["run", "--config", rig.configFile]);
  const [, url] = await child.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
  return { name: "daemon", child, url: url!, socket: rig.socket };
}

async function provider(rig: Rig, mostFiles: number): Promise<Target> {
  await mkdir(`${rig.folder}/provider`);
  const child = limited(rig, mostFiles, "provider", [
    ...["provider", "serve", "command", "--create", "true", "--delete", "true"],
    ...["--listen", "127.0.0.1:0", "--state-folder", `${rig.folder}/provider`],
  ]);
  const [, url] = await child.said("err", /Serving \S+ .* at (http:\/\/[\d.]+:\d+)/);
  return { name: "provider", child, url: url! };
}

function placesOf({ url, socket }: Pick<Target, "url" | "socket">): { url: string; socket?: string }[] {
  return [{ url }, ...(socket === undefined ? [] : [{ url: "http://localhost", socket }])];
}

function tell(what: string, { asked, missed, median, worst }: Pulse, grown: number, files: number): void {
  process.stdout.write(
    `${what}: ${asked} times /livez, ${missed.length} missed, median ${median.toFixed(1)} ms, ` +
      `worst ${worst.toFixed(0)} ms; ${Math.round(grown)} MiB more, ${files} files\n`,
  );
}

/** Floods it in waves, each held until it has come whole, and demands that all others are served all the while. */
async function waves(rig: Rig, target: Target, mostFiles: number, most: number, said: readonly string[]) {
  const { name, child } = target;
  const before = await peakOf(rig, child);
  const held: Deno.Conn[] = [];
  let files = 0;
  const pulse = await pulseDuring(placesOf(target), async () => {
    for (const words of said) {
      const wave = await flood(target.url, most, words);
      held.push(...wave);
      assert.ok(wave.length > mostFiles / 2, `${wave.length} connections`);
      files = Math.max(files, await filesOf(rig, child));
      // The last ones are held beside the next: that many are dead by then on the other side.
      for (const connection of held.splice(0, held.length - most / 2)) connection.close();
    }
  }).finally(() => held.forEach((connection) => connection.close()));
  const grown = await peakOf(rig, child) - before;
  tell(`${name}, ${mostFiles} files, ${said.length} waves of ${most}`, pulse, grown, files);
  // A connection may be the one that makes way when the machine stands still at the wrong moment.
  assert.ok(pulse.missed.length <= 1 + pulse.asked / 50, pulse.missed.join("\n"));
  assert.ok(pulse.median < MOST_MEDIAN_MS, `${pulse.median} ms`);
  assert.ok(grown < MOST_GROWTH_MB, `memory grew by ${grown} MiB`);
  assert.ok(files < mostFiles * MOST_SHARE, `${files} of ${mostFiles} files`);
}

programTest(
  "waves of silent connections keep nobody out of a server, nor a backup from being made",
  async (rig) => {
    const target = await daemon(rig, 256);
    const made = () => target.child.err.split('"event":"run.available"').length;
    const before = made();
    await waves(rig, target, 256, 600, ["", "GET / HTTP/1.1\r\nHost", "PRI * HTTP/2.0\r\n", ""]);
    await until("a backup is made", () => made() > before);
    assert.doesNotMatch(target.child.err, /too many open files|os error|"level":"error"/i);
    // As a cleaner of temporary files does it.
    await rm(rig.socket);
    const answers = async () => await statusOver("http://localhost/livez", { socket: rig.socket }) === 200;
    await until("the socket is there again", answers);
    assert.equal((await target.child.kill("SIGTERM")).code, 143);
  },
  { skip },
);

programTest("waves of silent connections keep nobody out of a served provider", async (rig) => {
  const target = await provider(rig, 256);
  await waves(rig, target, 256, 600, ["", "GET / HTTP/1.1\r\nHost", ""]);
  assert.equal((await target.child.kill("SIGTERM")).code, 143);
}, { skip });

for (const start of [daemon, provider]) {
  programTest(
    `more silent connections than the unit allows files: the ${start.name} serves everybody else`,
    async (rig) => {
      const target = await start(rig, 8192);
      await waves(rig, target, 8192, 9_000, [""]);
      assert.equal((await target.child.kill("SIGTERM")).code, 143);
    },
    { skip },
  );
}

programTest("a machine without a word on its limits is served as long as there are files", async (rig) => {
  // Where no program can be started that reads the limit.
  await rig.configure(JOBS.replaceAll("true", "/bin/true"));
  const child = rig.spawn("schelly run", [
    ...["sh", "-c", 'ulimit -n 128; PATH=/nowhere exec "$@"', "sh"],
    ...[...PROGRAM, "run", "--config", rig.configFile],
  ]);
  const [, url] = await child.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
  const live = async () => await statusOver(`${url}/livez`) === 200;
  for (const words of ["", "GET / HTTP/1.1\r\nHost"]) {
    const held = await flood(url!, 300, words);
    await until("it answers", live);
    for (const connection of held) connection.close();
  }
  await until("it answers when they have gone", live);
  assert.equal((await child.kill("SIGTERM")).code, 143);
}, { skip });

/** How often which answer came. */
type Answers = ReadonlyMap<string, number>;

/** Most requests at once of this machine's strangers. */
const PLACES = 600;
const CONNECTIONS = 30;
const STREAMS = 60;

/** Asks so many times, on few connections of HTTP/2, with bodies that never come whole; until `hold` is done. */
async function slowBodies(
  url: string,
  method: string,
  hold: (answers: Answers) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const answers = new Map<string, number>();
  const asking: Promise<void>[] = [];
  for (let nr = 0; nr < CONNECTIONS; nr++) {
    const client = Deno.createHttpClient({ http1: false, http2: true });
    over.signal.addEventListener("abort", () => client.close());
    // The first opens the connection that all others then share.
    await (await fetch(new URL("/livez", url), { client })).body?.cancel();
    for (let stream = 0; stream < STREAMS; stream++) {
      const body = new ReadableStream({ start: (sent) => sent.enqueue(new TextEncoder().encode("{")) });
      const headers = { "content-type": "application/json" };
      const asked = fetch(url, { client, method, headers, body, signal: over.signal });
      asking.push(asked.then(async (answer) => {
        const text = `${answer.status} ${(await answer.json()).detail?.replace(/^\d+ /, "")}`;
        answers.set(text, (answers.get(text) ?? 0) + 1);
      }, () => {}));
    }
  }
  await hold(answers);
  over.abort();
  await Promise.all(asking);
}

/** Waits until all places of strangers are taken, and demands an answer for everybody who is to get one then. */
async function examineFull({ url, socket }: Pick<Target, "url" | "socket">, answers: Answers): Promise<void> {
  const refused = (whose: string) => answers.get(`503 requests of this ${whose} are under way already`) ?? 0;
  await until("there is no room for strangers", () => {
    const some = [refused("connection"), refused("address")] as const;
    return some[0] > 0 && some[1] > 0 && some[0] + some[1] === CONNECTIONS * STREAMS - PLACES;
  });
  assert.equal(await statusOver(`${url}/backups`), 503);
  for (let turn = 0; turn < 20; turn++) {
    for (const place of placesOf({ url, socket })) {
      assert.equal(await statusOver(`${place.url}/livez`, { socket: place.socket }), 200);
    }
  }
  if (socket === undefined) return;
  assert.equal(await statusOver(`${url}/readyz`), 200);
  assert.equal(await statusOver("http://localhost/jobs", { socket }), 200);
}

programTest("requests that never end leave a server room for those who matter", async (rig) => {
  await rig.configure(JOBS, "auth: none");
  const child = limited(rig, 8192, "schelly run", ["run", "--config", rig.configFile]);
  const [, url] = await child.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
  await slowBodies(
    `${url}/freeze`,
    "PUT",
    (answers) => examineFull({ url: url!, socket: rig.socket }, answers),
  );
}, { skip });

programTest("requests that never end leave a served provider room for a probe", async (rig) => {
  const target = await provider(rig, 8192);
  await slowBodies(`${target.url}/backups`, "POST", (answers) => examineFull(target, answers));
}, { skip });

programTest("connections that say nothing, or half of something, do not hold up a stop", async (rig) => {
  const folder = new URL("../testdata/tls", import.meta.url).pathname;
  for (const server of ["", `tls: { cert_file: ${folder}/cert.pem, key_file: ${folder}/key.pem }`]) {
    await rig.configure(JOBS, server);
    const child = rig.startServer();
    const [, url] = await child.said("err", /Listening on (https?:\/\/[\d.]+:\d+)/);
    // Nothing; half a request; half of a promise to speak HTTP/2; half of a greeting by TLS.
    const words = ["", "GET / HTTP/1.1\r\nHost", "PRI * HTTP/2.0\r\n", "\x16\x03\x01\x02"];
    const held = await Promise.all(words.map((said) => flood(url!, 1, said)));
    const live = async () => await statusOver("http://localhost/livez", { socket: rig.socket }) === 200;
    await until("it answers", live);
    try {
      assert.equal((await child.kill("SIGTERM")).code, 143);
    } finally {
      for (const connection of held.flat()) connection.close();
    }
  }
});
