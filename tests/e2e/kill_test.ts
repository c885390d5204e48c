// kill -9 of the real program at the worst moments: what was begun is settled after the restart, nothing takes effect
// twice where the provider can tell, and no slot goes without a decision.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { startOriginalProvider } from "../support/original_provider.ts";
import { programTest, type ProviderProcess, type Rig, until } from "../support/program.ts";
import { reply, startRawServer } from "../support/raw_server.ts";
import { systemClock } from "../../src/runtime/clock.ts";

/** `provider serve command` whose backups are files in `store`; each start leaves a line in `begun`. */
async function fileProvider(rig: Rig, seconds: number): Promise<ProviderProcess> {
  await mkdir(`${rig.folder}/store`);
  return await rig.servedProvider([
    ...[
      "command",
      "--create",
      `echo "$SCHELLY_RUN_ID" >> begun; sleep ${seconds}; > "store/$SCHELLY_BACKUP_ID"`,
    ],
    ...["--delete", 'rm "store/$SCHELLY_BACKUP_ID"'],
  ]);
}

async function begun(rig: Rig): Promise<string[]> {
  return (await readFile(`${rig.folder}/begun`, "utf8").catch(() => "")).split("\n").filter((line) =>
    line !== ""
  );
}

function yaml(url: string, schedule: string, retention = "keep_all"): string {
  return `jobs:
  - name: files
    schedule: "${schedule}"
    provider: { url: "${url}", poll_interval: 100ms }
    retention: ${retention}
`;
}

const NEVER = "0 0 0 29 2 *";

programTest(
  "a run that kill -9 hits in its middle becomes available, having taken effect once",
  async (rig) => {
    const provider = await fileProvider(rig, 1.5);
    const server = await rig.server({ yaml: yaml(provider.url, NEVER) });
    const { status, body } = await server.post("/jobs/files/trigger");
    await server.kill();
    assert.equal(status, 202);

    const again = await rig.server();
    const [run] = await until("the acknowledged run is available", async () => {
      const runs = await again.runs();
      return runs[0]?.state === "available" && runs;
    });
    assert.deepEqual({ run_id: run.run_id, id: run.id }, { run_id: body.run_id, id: body.id });
    assert.deepEqual(await readdir(`${rig.folder}/store`), [run.id]);
    assert.deepEqual(await begun(rig), [run.run_id]);
  },
);

programTest(
  "a start that kill -9 hits between its POST and the answer is found again at the provider",
  async (rig) => {
    const provider = await fileProvider(rig, 0);
    let posts = 0;
    // Lets every call through, but keeps the answer of the first POST to itself.
    await using between = await startRawServer((request, socket) => {
      const { method, headers, body } = request;
      const isFirst = method === "POST" && ++posts === 1;
      const { host: _host, connection: _connection, "content-length": _length, ...rest } = headers;
      fetch(new URL(request.target, provider.url), {
        method,
        headers: rest,
        body: body === "" ? undefined : body,
      })
        .then(async (answer) => {
          const text = await answer.text();
          if (!isFirst) reply(socket, answer.status, text, Object.fromEntries(answer.headers));
        }, () => socket.destroy());
    });
    const server = await rig.server({ yaml: yaml(`${between.url}/backups`, "* * * * * *") });
    await until("the provider has begun", async () => (await begun(rig)).length === 1);
    const [sent] = await server.runs();
    assert.equal(sent.state, "sending");
    await server.kill();

    const again = await rig.server();
    const settled = await until("the run is settled", async () => {
      const run = await again.get(`/runs/${sent.run_id}`);
      return run.state === "available" && run;
    });
    assert.equal(settled.slot, sent.slot);
    assert.equal((await begun(rig)).filter((line) => line === sent.run_id).length, 1);
    assert.ok((await readdir(`${rig.folder}/store`)).includes(settled.id));
  },
);

programTest(
  "a start of unknown fate at a plain provider is neither claimed nor sent again at once",
  async (rig) => {
    await using provider = await startOriginalProvider({ durationMs: 50 });
    provider.fault("POST", { fault: "slow", ms: 2_500 });
    const server = await rig.server({ yaml: yaml(provider.url, "* * * * * *") });
    await until("the POST is on its way", () => provider.calls("POST").length === 1);
    await server.kill();

    const again = await rig.server();
    await systemClock.sleep(1_500);
    const runs = await again.runs();
    const unknown = runs.filter(({ state }) => state === "unknown");
    assert.equal(unknown.length, 1, JSON.stringify(runs.map(({ state, reason }) => [state, reason])));
    assert.equal(unknown[0].status, "running");
    assert.ok(
      runs.every(({ state }) => state === "unknown" || state === "skipped"),
      "nothing else was begun or claimed",
    );
    assert.equal(provider.calls("POST").length, 1);
    assert.equal((await again.post("/jobs/files/trigger")).status, 409);
  },
);

programTest("kill -9 again and again loses no slot, no backup, and repeats none", async (rig) => {
  const provider = await fileProvider(rig, 0.1);
  await rig.configure(yaml(provider.url, "* * * * * *", "{ secondly: 3 }"));
  for (const afterMs of [1_230, 620, 1_410, 930]) {
    const server = await rig.server();
    await systemClock.sleep(afterMs);
    await server.kill();
  }
  const server = await rig.server();
  const boots = Date.now();
  const runs = await until("a backup of after the last restart, and nothing under way", async () => {
    const runs = await server.runs();
    const isOpen = ({ state }: any) => !["available", "deleted", "skipped", "expired"].includes(state);
    return Date.parse(runs[0].slot) > boots && runs[0].state === "available" && !runs.some(isOpen) && runs;
  });
  const decided = runs.flatMap((run) => {
    const [first, last] = [Date.parse(run.slot), Date.parse(run.slot_until ?? run.slot)];
    return Array.from({ length: (last - first) / 1000 + 1 }, (_, index) => first + index * 1000);
  }).sort();
  const whole = Array.from({ length: decided.length }, (_, index) => decided[0]! + index * 1000);
  assert.deepEqual(decided, whole, "each second has one decision");

  assert.deepEqual(
    (await server.get("/jobs/files")).guards,
    [],
    "a crash is no reason to distrust the state",
  );
  const lines = await begun(rig);
  assert.deepEqual(lines, [...new Set(lines)], "no run took effect twice");
  const known = new Set(runs.map(({ run_id }) => run_id));
  for (const line of lines) assert.ok(known.has(line), `run ${line} is at the provider but not on record`);
  await server.kill("SIGTERM");
  // Whatever ran when it stopped is in neither list.
  const there = (await readdir(`${rig.folder}/store`)).sort();
  const claimed = runs.filter(({ state }) => state === "available").map(({ id }) => id);
  const deleted = new Set(runs.filter(({ state }) => state === "deleted").map(({ id }) => id));
  for (const id of there) assert.ok(!deleted.has(id), `backup ${id} is said to be deleted, but is there`);
  for (const id of claimed.slice(0, 2)) {
    assert.ok(there.includes(id), `backup ${id} is claimed, but is not there`);
  }
  assert.ok(deleted.size > 0, "retention went on between the kills");
});
