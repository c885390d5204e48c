// The built-in `conductor` on a real Conductor server, with the definitions and workers that are shipped: the whole protocol,
// a hundred runs against the workers' own ledger, and kill -9 of a worker and of the server in the middle of a backup.

import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { CONDUCTOR, ConductorServer, ConductorWorkers } from "../support/conductor_server.ts";
import { examine, slowTar } from "../support/examine_provider.ts";
import { freePort, PROGRAM, programTest, Rig, type Server, until } from "../support/program.ts";
import { successorFile } from "../support/successor_file.ts";
import { requireTool } from "../support/require_tool.ts";

const skip = CONDUCTOR.skip || requireTool("npm", ["--version"]) || requireTool("python3", ["--version"]) ||
  requireTool("curl", ["--version"]);
/** What waits for workers, among other parts on two cores. */
const LONG_MS = 240_000;
/** Less than what is shipped, which a test would have to wait for. */
const RESPONSE_SECONDS = 12;

interface World {
  rig: Rig;
  conductor: ConductorServer;
  workers: ConductorWorkers;
  /** Has a tar that takes its time. */
  slow: Record<string, string>;
}

// One server for all: it takes a minute to start.
programTest(
  "Conductor: conformance, a hundred runs, and kill -9 of a worker and of the server",
  async (rig) => {
    const conductor = new ConductorServer(rig);
    const workers = new ConductorWorkers(rig, conductor);
    const slow = await slowTar(rig);
    await Promise.all([conductor.start(), workers.buildLibrary()]);
    const world = { rig, conductor, workers, slow };
    await refusedUntilRegistered(world);
    await conductor.register(RESPONSE_SECONDS);
    await conforms(world);
    const server = await rig.server({ yaml: configuration(conductor) });
    await hundredRuns(world, server);
    await movesOver(world, server);
    await cancels(world, server);
    await workerKilled(world, server);
    await serverKilled(world, server);
    assert.match(await rig.tool([...PROGRAM, "status", "--socket", rig.socket]), /./);
  },
  { skip },
);

const provider = (api: string) =>
  `{ conductor: { url: "${api}", persistence: sql }, max_concurrent: 4, poll_interval: 500ms }`;

function configuration({ api }: ConductorServer): string {
  const jobs = Array.from(
    { length: 10 },
    (_, i) => `  - { name: job-${i}, schedule: "*/2 * * * * *", provider: cluster }`,
  );
  return `providers:
  cluster: ${provider(api)}
defaults:
  retry: { attempts: 2, after: 1s }
  retry_interval: 1s
  min_size: 0B
  retention: { secondly: 3, max_deletes_per_pass: unlimited, guard: { max_percent: 100 } }
jobs:
${jobs.join("\n")}
  - { name: slow, schedule: "0 0 0 1 1 *", provider: cluster, retention: keep_all }
`;
}

/** Before anybody registered the workflows, the check and the start say what does. */
async function refusedUntilRegistered({ rig, conductor }: World): Promise<void> {
  const server = await rig.server({
    yaml: configuration(conductor).replaceAll("*/2 * * * * *", "0 0 0 1 1 *"),
  });
  const { status, body } = await server.post("/jobs/slow/trigger");
  assert.equal(status, 502, JSON.stringify(body));
  assert.match(
    JSON.stringify(body),
    /No such workflow defined: 'create_backup'.*deploy\/conductor\/register\.sh/,
  );
  const checked = await rig.cli("jobs", "check", "slow", "--socket", rig.socket);
  assert.match(checked.out + checked.err, /workflow create_backup.*is not defined there/s);
  await server.kill("SIGTERM");
}

async function conforms({ rig, conductor, workers, slow }: World): Promise<void> {
  const address = `127.0.0.1:${freePort()}`;
  const common = ["--listen", address, "--state-folder", `${rig.folder}/served`];
  const tested = {
    start: () =>
      rig.spawn("provider", [
        ...[...PROGRAM, "provider", "serve", "conductor", "--url", conductor.api, "--sql", ...common],
      ]),
    ready: ["err", /Serving .* at http/] as ["err", RegExp],
    url: `http://${address}/backups`,
  };
  const hands = (["TypeScript", "TypeScript", "Python"] as const).map((language) =>
    workers.start(language, slow)
  );
  const failing = ["--failing-body", JSON.stringify({ workerConfig: '{"source":"/no/such"}' })];
  await examine(rig, tested, "conductor", ...failing);
  const left = (await readdir(workers.store)).filter((name) => name !== "ledger");
  assert.deepEqual(left, [], "nothing is left in the storage");
  for (const hand of hands) await hand.kill("SIGTERM");
}

/** Ten jobs, four workers in two languages: what the state says is what the workers did, each once. */
async function hundredRuns({ rig, conductor, workers }: World, server: Server): Promise<void> {
  const before = (await workers.ledger()).length;
  const hands = (["TypeScript", "Python", "TypeScript", "Python"] as const).map((language) =>
    workers.start(language)
  );
  // What a pause took back before it was sent is no run that anybody made.
  const isOver = ({ state, reason }: any) => ["skipped", "expired"].includes(state) || reason === "paused";
  const ended = async () => (await server.runs()).filter((run) => run.job !== "slow" && !isOver(run));
  await until(
    "a hundred runs have ended well",
    async () =>
      (await ended()).filter(({ state }) => state === "available" || state === "deleted").length >= 100,
    LONG_MS,
  );
  for (let i = 0; i < 10; i++) await rig.ask("jobs", "pause", `job-${i}`);
  let runs: any[] = [];
  await until("nothing is under way", async () => {
    runs = await ended();
    return runs.every(({ state }) => !["intent", "sending", "running", "deleting"].includes(state));
  }, LONG_MS).catch((error) => assert.fail(`${error.message}: ${JSON.stringify(runs.filter(isOdd))}`));
  // A busy SQLite fails a workflow now and then before any worker sees it, and Schelly says so.
  const failed = runs.filter(isOdd);
  assert.deepEqual(
    failed.filter(({ custom_data }) => !/^Error scheduling tasks/.test(custom_data ?? "")),
    [],
  );
  const whole = runs.filter((run) => !isOdd(run));
  const ledger = (await workers.ledger()).slice(before);
  const made = ledger.filter(({ what }) => what === "made").map(({ dataId }) => dataId);
  const removed = ledger.filter(({ what }) => what === "removed").map(({ dataId }) => dataId);
  const ids = (state: string) => runs.filter((run) => run.state === state).map(({ id }) => id);
  assert.deepEqual(made.toSorted(), whole.map(({ id }) => id).toSorted(), "each run was made once");
  assert.deepEqual(
    removed.toSorted(),
    ids("deleted").toSorted(),
    "what is called deleted was removed once, nothing else",
  );
  assert.ok(removed.length > 50, `${removed.length} were removed`);
  const there = (await readdir(workers.store)).filter((name) => name !== "ledger").map((name) =>
    name.replace(".tgz", "")
  );
  assert.deepEqual(there.toSorted(), ids("available").toSorted(), "what is called available is there");
  const correlations = (await conductor.workflows("create_backup")).map(({ correlationId }) => correlationId);
  for (const { run_id } of runs) assert.equal(correlations.filter((one) => one === run_id).length, 1, run_id);
  for (const hand of hands) await hand.kill("SIGTERM");
}

/** What the successor has on record of these workflows comes in under its job, but for one whose history is gone. */
async function movesOver({ rig, conductor }: World, server: Server): Promise<void> {
  const there = (await server.runs("job-0")).filter(({ state }) => state === "available");
  const file = `${rig.folder}/successor.db`;
  const row = (id: string) => ({
    ...{ id, backup_name: "Job 0", data_id: id, status: "COMPLETED", size: 1 },
    ...{ start_time: "2026-11-01 03:00:00+00:00", end_time: "2026-11-01 03:00:09+00:00" },
  });
  const archived = "01234567-89ab-4cde-8f01-23456789abcd";
  await successorFile(file, [{ name: "Job 0", enabled: 0, backup_cron_string: "0 0 3 * * *" }], [
    ...there.map(({ id }) => row(id)),
    row(archived),
  ]);
  await using other = new Rig();
  const { out } = await rig.cli("migrate", "--from-backtor", file);
  const second = await other.server({ yaml: out, env: { CONDUCTOR_API_URL: conductor.api } });
  const order = ["migrate", "--from-backtor", file, "--job", "job-0", "--yes"];
  const { imported, skipped } = await other.ask(...order);
  assert.deepEqual(imported.map(({ id }: any) => id).toSorted(), there.map(({ id }) => id).toSorted());
  assert.equal(skipped.length, 1);
  assert.match(skipped[0].why, /does not know its workflow.*does not say that the backup is gone/);
  const [one] = await second.get("/backups");
  assert.deepEqual([one.status, one.start_time, one.period_time], [
    "available",
    "2026-11-01T03:00:00.000Z",
    one.start_time,
  ]);
  await second.kill("SIGTERM");
}

const isOdd = ({ state }: { state: string }) => state !== "available" && state !== "deleted";

/** Starts one by hand, with a worker at it. */
async function begun({ conductor }: World, server: Server): Promise<{ run_id: string; id: string }> {
  const { body } = await server.post("/jobs/slow/trigger");
  await until(
    "a worker is at it",
    async () => (await conductor.ask("GET", `/workflow/${body.id}`)).tasks[0]?.status === "IN_PROGRESS",
    LONG_MS,
  );
  return body;
}

async function cancels(world: World, server: Server): Promise<void> {
  const { rig, conductor, workers } = world;
  const hand = workers.start("TypeScript", await slower(rig));
  const { run_id, id } = await begun(world, server);
  const ended = await rig.cli("runs", "cancel", run_id, "--yes", "--socket", rig.socket);
  assert.equal(ended.code, 0, ended.err);
  const run = await until("it is cancelled", async () => {
    const now = await server.get(`/runs/${run_id}`);
    return now.state === "cancelled" && now;
  }, LONG_MS);
  assert.match(run.custom_data, /terminated \(cancelled by Schelly.*a worker that was at it may go on/);
  assert.equal((await conductor.ask("GET", `/workflow/${id}`)).status, "TERMINATED");
  await hand.said("out", /the workflow is over: TERMINATED/);
  await hand.kill("SIGTERM");
}

async function workerKilled(world: World, server: Server): Promise<void> {
  const { workers, rig } = world;
  const first = workers.start("Python", await slower(rig));
  const { run_id, id } = await begun(world, server);
  await first.kill("SIGKILL");
  const run = await until("its death is noticed", async () => {
    const now = await server.get(`/runs/${run_id}`);
    return now.state === "failed" && now;
  }, LONG_MS);
  assert.match(
    run.custom_data,
    /responseTimeout: 12 exceeded .*: workflow TIMED_OUT, http:\/\/127\.0\.0\.1:\d+\/execution\//,
  );
  const second = workers.start("Python");
  const next = await server.backup("slow");
  assert.notEqual(next.id, id);
  const made = (await workers.ledger()).filter(({ what, dataId }) =>
    what === "made" && [id, next.id].includes(dataId)
  );
  assert.deepEqual(made, [{ what: "made", dataId: next.id }]);
  await second.kill("SIGTERM");
}

/** Its work goes on without it; what came of that is known once it is back. */
async function serverKilled(world: World, server: Server): Promise<void> {
  const { conductor, workers, rig } = world;
  // The time in which it is away counts as well.
  await conductor.register(3_600);
  const tar = await slower(rig, 8);
  const hand = workers.start("TypeScript", tar);
  const { run_id, id } = await begun(world, server);
  // Before that the answer that hands out the task may be lost with the server, and then nobody is at it.
  await until("the worker has begun", () => stat(tar.AT_WORK).then(() => true, () => false), LONG_MS);
  await conductor.kill();
  await until(
    "the worker has made it",
    async () => (await workers.ledger()).some(({ dataId }) => dataId === id),
    LONG_MS,
  );
  assert.equal((await server.get(`/runs/${run_id}`)).state, "running");
  await conductor.start();
  const run = await until("it is available", async () => {
    const now = await server.get(`/runs/${run_id}`);
    assert.notEqual(now.state, "failed", now.custom_data);
    return now.state === "available" && now;
  }, LONG_MS);
  assert.equal(run.id, id);
  assert.equal((await workers.ledger()).filter(({ dataId }) => dataId === id).length, 1);
  assert.equal(
    (await conductor.workflows("create_backup")).filter(({ correlationId }) => correlationId === run_id)
      .length,
    1,
  );
  await hand.kill("SIGTERM");
}

let tars = 0;

/** A tar that takes so many seconds, long by default: to be ended. */
async function slower(rig: Rig, seconds = 120): Promise<{ PATH: string; AT_WORK: string }> {
  const folder = `${rig.folder}/bin-${++tars}`;
  await rig.tool(["mkdir", folder]);
  const script =
    `printf '#!/bin/sh\\ntouch ${folder}/at-work\\nsleep ${seconds}\\nexec /bin/tar "$@"\\n' > ${folder}/tar && chmod +x ${folder}/tar`;
  await rig.tool(["sh", "-c", script]);
  return { PATH: `${folder}:${Deno.env.get("PATH")}`, AT_WORK: `${folder}/at-work` };
}
