// More connections than the unit allows files, and requests that never end: whoever else comes is served.

import assert from "node:assert/strict";
import {
  daemon,
  FLOOD_JOBS,
  limited,
  placesOf,
  probesDuring,
  provider,
  skipFloods as skip,
  statusOver,
  type Target,
  waves,
} from "../support/flood.ts";
import { programTest, until } from "../support/program.ts";

for (const start of [daemon, provider]) {
  programTest(
    `more silent connections than the unit allows files: the ${start.name} serves everybody else`,
    async (rig) => {
      const target = await start(rig, 8192);
      await waves(rig, target, 8192, 6_000, ["", "GET / HTTP/1.1\r\nHost"]);
      assert.equal((await target.child.kill("SIGTERM")).code, 143);
    },
    { skip },
  );
}

/** How often which answer came. */
type Answers = ReadonlyMap<string, number>;

/** Most requests at once of this machine's strangers. */
const PLACES = 600;
const CONNECTIONS = 30;
const STREAMS = 60;
const ENDLESS = `8192 files, ${CONNECTIONS * STREAMS} bodies that never end`;

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
  await rig.configure(FLOOD_JOBS, "auth: none");
  const child = limited(rig, 8192, "schelly run", ["run", "--config", rig.configFile]);
  const [, url] = await child.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
  const target = { name: "daemon", child, url: url!, socket: rig.socket };
  await probesDuring(
    rig,
    target,
    ENDLESS,
    () => slowBodies(`${url}/freeze`, "PUT", (answers) => examineFull(target, answers)),
  );
}, { skip });

programTest("requests that never end leave a served provider room for a probe", async (rig) => {
  const target = await provider(rig, 8192);
  await probesDuring(
    rig,
    target,
    ENDLESS,
    () => slowBodies(`${target.url}/backups`, "POST", (answers) => examineFull(target, answers)),
  );
}, { skip });
