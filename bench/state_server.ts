// Measures durable changes with the state on a libSQL server, as it comes and as a strong one, beside the state in a file: all
// three by turns in one run.
// deno run -A bench/state_server.ts [changes, default 300]; SCHELLY_TEST_SQLD names the server, else it is fetched.

import { fetchSqld } from "../scripts/fetch_sqld.ts";
import type { Change } from "../src/ports/store.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { systemFiles } from "../src/runtime/files.ts";
import { createIds } from "../src/runtime/ids.ts";
import { openStore } from "../src/store/run_store.ts";
import { jobState } from "../tests/store/fixture.ts";
import { trusting } from "../tests/support/hand_watch.ts";
import { startStoreServer } from "../tests/support/store_server.ts";

const changes = Number(Deno.args[0] ?? 300);
const ROUNDS = 5;
/** So many wait together, and share batches. */
const TOGETHER = 20;

function open(url: string) {
  return openStore({
    url,
    token: null,
    durability: "relaxed",
    files: systemFiles,
    clock: systemClock,
    watch: trusting(systemClock),
    ids: createIds(systemClock),
    sink: { emit: () => {} },
    http: fetch,
  });
}

const set = (cursor: number): Change => ({
  job: "db",
  writes: [{ write: "job", job: "db", set: { cursor } }],
});

/** Changes a second: one after the other, and with many that wait together. */
async function rates({ store }: { store: Awaited<ReturnType<typeof open>> }): Promise<[number, number]> {
  const single = performance.now();
  for (let at = 0; at < changes; at++) await store.commit(set(at));
  const many = performance.now();
  const flows = Array.from({ length: TOGETHER }, async () => {
    for (let at = 0; at < changes; at++) await store.commit(set(at));
  });
  await Promise.all(flows);
  const end = performance.now();
  return [changes / (many - single) * 1_000, changes * TOGETHER / (end - many) * 1_000];
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

// deno-lint-ignore no-console
const say = (text: string) => console.log(text);

const found = Deno.env.get("SCHELLY_TEST_SQLD");
const sqld = found === undefined ? await fetchSqld() : { path: found };
if ("missing" in sqld) {
  say(`No libSQL server to measure: ${sqld.missing}.`);
  Deno.exit(0);
}
const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
try {
  await using relaxed = await startStoreServer(sqld.path, `${folder}/relaxed`);
  await using strong = await startStoreServer(sqld.path, `${folder}/strong`);
  await strong.set({ durability_mode: "strong" });
  const places = [];
  for (
    const [name, url] of [
      ["a file", `file:${folder}/schelly.db`],
      ["a server, relaxed", relaxed.url],
      ["a server, strong", strong.url],
    ] as const
  ) {
    const store = await open(url);
    await store.commit({ job: "db", writes: [{ write: "addJob", state: jobState("db", { cursor: 0 }) }] });
    places.push({ name, store, single: [] as number[], many: [] as number[] });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const place of places) {
      const [single, many] = await rates(place);
      place.single.push(single);
      place.many.push(many);
    }
  }
  const [file] = places;
  say(`${"state in".padEnd(20)}${"one by one".padStart(22)}${`${TOGETHER} at a time`.padStart(22)}`);
  for (const { name, store, single, many } of places) {
    const cell = (own: number[], base: number[]) =>
      `${median(own).toFixed(0)}/s (${(median(own) / median(base)).toFixed(2)})`.padStart(22);
    say(`${name.padEnd(20)}${cell(single, file!.single)}${cell(many, file!.many)}`);
    await store[Symbol.asyncDispose]();
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}
