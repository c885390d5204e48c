// The real program: a backup that kill -9 cut off, a gateway that answers 503 after delivery, a key that is rotated.

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { programTest, until } from "../support/program.ts";
import { startScriptedProviders } from "./scripted_provider.ts";

/** A pattern of one slot, in about eight seconds from now, by when a busy machine has started Schelly, and none for a year. */
function soon(): { schedule: string; timezone: string } {
  const at = new Date(Date.now() + 8_000);
  const pattern = [
    at.getUTCSeconds(),
    at.getUTCMinutes(),
    at.getUTCHours(),
    at.getUTCDate(),
    at.getUTCMonth() + 1,
    "*",
  ];
  return { schedule: pattern.join(" "), timezone: "UTC" };
}

programTest(
  "a backup of a built-in that kill -9 cut off is tried again at once, one row each",
  async (rig) => {
    const { schedule, timezone } = soon();
    // The first one would take a minute, any later one is done at once.
    const create = `touch ${rig.folder}/made-$SCHELLY_BACKUP_ID; ` +
      `[ $(ls ${rig.folder} | grep -c made-) -gt 1 ] || sleep 60`;
    const yaml = `jobs:
  - name: files
    schedule: "${schedule}"
    timezone: ${timezone}
    provider:
      poll_interval: 200ms
      command:
        create: { shell: ${JSON.stringify(create)} }
        delete: { shell: "true" }
    retention: keep_all
`;
    const before = await rig.server({ yaml });
    const made = async () => (await readdir(rig.folder)).filter((name) => name.startsWith("made-")).length;
    await until(
      "the backup is under way",
      async () => await made() === 1 && (await before.runs("files"))[0]?.state === "running",
    );
    await before.kill("SIGKILL");
    const after = await rig.server();
    const runs = await until("the slot has its backup", async () => {
      const found = await after.runs("files");
      return found.some((run) => run.state === "available") && found;
    });
    assert.deepEqual(runs.map((run) => [run.attempt, run.state, run.reason, run.retry_end]), [
      [2, "available", null, null],
      [1, "failed", "cut_off", "tried_again"],
    ]);
    assert.equal(runs[0].slot, runs[1].slot);
    assert.equal(runs[0].period_time, runs[0].slot);
    assert.equal(await made(), 2);
  },
);

programTest(
  "a gateway's 503 after delivery is of unknown fate, asked again ever more rarely, and marked",
  async (rig) => {
    await using providers = await startScriptedProviders({
      db: {
        answer: (call) => {
          if (call.method !== "POST" || call.nth > 2) return false;
          // It has a backup of it by then, and nobody hears of it.
          return call.text(503, "<html>Service Unavailable</html>");
        },
      },
    });
    const { schedule, timezone } = soon();
    const server = await rig.server({
      yaml: `jobs:
  - name: db
    schedule: "${schedule}"
    timezone: ${timezone}
    provider: { url: "${providers.url("db")}", poll_interval: 200ms }
    retry_interval: 1s
    retention: keep_all
`,
    });
    const run = await until("a later start is answered", async () => {
      const [one] = await server.runs("db");
      return one?.state === "available" && one;
    });
    assert.equal(run.maybe_duplicate, true);
    const posts = providers.of("db").calls.filter(({ method }) => method === "POST").map(({ at }) => at);
    assert.equal(posts.length, 4);
    const gaps = posts.slice(1).map((at, n) => at - posts[n]!);
    // 1, 2 and 4 s after an answer, which a busy provider may have begun late.
    assert.ok(gaps[0]! >= 500 && gaps[1]! >= 1_500 && gaps[2]! >= 3_000, gaps.join(", "));
    const { events } = await server.get(`/runs/${run.run_id}`);
    const types = events.map(({ type }: { type: string }) => type);
    assert.equal(types.filter((type: string) => type === "run.unknown").length, 3);
    assert.ok(!types.includes("run.retry"), "nothing says that it was not started");
  },
);

programTest("a run under way polls with the key that a reload brought", async (rig) => {
  const seen: (string | undefined)[] = [];
  let isOver = false;
  await using providers = await startScriptedProviders({
    db: {
      answer: (call) => {
        if (call.method === "OPTIONS") return false;
        const key = call.request.headers["x-api-key"];
        if (call.method === "POST") return call.json(202, { id: "db-1", status: "running" });
        seen.push(key);
        if (key !== "new" && seen.includes("new")) return call.text(401, "no such key any more");
        return call.json(200, { id: "db-1", status: isOver ? "available" : "running", size_mb: 1 });
      },
    },
  });
  const yaml = (key: string) =>
    `providers:
  main: { url: "${providers.url("db")}", poll_interval: 200ms, headers: { X-Api-Key: "${key}" } }
jobs:
  - { name: db, schedule: "0 0 0 29 2 *", provider: main, retention: keep_all }
`;
  const server = await rig.server({ yaml: yaml("old") });
  assert.equal((await server.post("/jobs/db/trigger")).status, 202);
  await until("it is polled", () => seen.includes("old"));
  await rig.configure(yaml("new"));
  server.child.signal("SIGHUP");
  await until("it is polled with the new key", () => seen.includes("new"));
  const from = seen.indexOf("new");
  isOver = true;
  await until("it is available", async () => (await server.runs("db"))[0]?.state === "available");
  assert.deepEqual(seen.slice(from).filter((key) => key !== "new"), []);
});
