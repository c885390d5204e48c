// Hooks of jobs in the real program: run for what its provider never learns of, and once, whatever kill comes between.

import assert from "node:assert/strict";
import { mkdir, readFile, rm } from "node:fs/promises";
import { programTest, type Rig, until } from "../support/program.ts";

const NEVER = "0 0 0 29 2 *";

const yaml = (rig: Rig, provider: string, hook: string, job = "") =>
  `jobs:
  - name: db
    schedule: "${NEVER}"
    retry: off
    ${job}
    provider: ${provider}
    on_success: { shell: 'echo "$SCHELLY_OUTCOME $SCHELLY_RUN_ID" >> ${rig.folder}/log' }
    on_failure: { shell: ${
    JSON.stringify(`${hook} echo "$SCHELLY_OUTCOME $SCHELLY_REASON $SCHELLY_RUN_ID" >> ${rig.folder}/log`)
  } }
`;

const log = async (rig: Rig) =>
  (await readFile(`${rig.folder}/log`, "utf8").catch(() => "")).split("\n").map((line) => line.trim())
    .filter((line) => line !== "");

programTest(
  "a start that never reaches its provider runs on_failure; a backup runs on_success",
  async (rig) => {
    const server = await rig.server({ yaml: yaml(rig, '{ url: "http://127.0.0.1:1/backups" }', "") });
    await server.post("/jobs/db/trigger");
    await until("on_failure", async () => (await log(rig)).length === 1);
    assert.match((await log(rig))[0]!, /^failed unreachable [0-9a-f-]{36}$/);

    const command = `{ poll_interval: 100ms, command: { create: ["true"], delete: ["true"] } }`;
    await rig.configure(yaml(rig, command, ""));
    assert.equal((await rig.cli("reload", "--socket", rig.socket)).code, 0);
    const { run_id } = await server.backup("db");
    await until("on_success", async () => (await log(rig)).length === 2);
    assert.equal((await log(rig))[1], `available ${run_id}`);
    const done = await until("its events", async () => {
      const events = await server.get<any[]>("/events?type=hook.done&limit=10");
      return events.length === 2 && events;
    });
    assert.deepEqual(done.map(({ data }) => data.outcome), ["available", "failed"]);
  },
);

programTest(
  "after kill -9 what had not begun is run, and what was under way is told and not run again",
  async (rig) => {
    await mkdir(`${rig.folder}/held`);
    const hook = `echo begun >> ${rig.folder}/begun; while [ -e ${rig.folder}/held ]; do sleep 0.1; done;`;
    const server = await rig.server({ yaml: yaml(rig, '{ url: "http://127.0.0.1:1/backups" }', hook) });
    const begun = () => readFile(`${rig.folder}/begun`, "utf8").catch(() => "");
    await server.post("/jobs/db/trigger");
    await until("the first hook", async () => (await begun()) === "begun\n");
    await server.post("/jobs/db/trigger");
    await until(
      "the second failure",
      async () => (await server.runs("db")).filter(({ state }) => state === "failed").length === 2,
    );
    await server.kill();
    await rm(`${rig.folder}/held`, { recursive: true });

    const again = await rig.server();
    await until("the second hook", async () => (await begun()) === "begun\nbegun\n");
    const told = await until("what was cut off", async () => {
      const events = await again.get<any[]>("/events?type=hook.failed&limit=10");
      return events.length > 0 && events;
    });
    assert.equal(told.length, 1);
    assert.match(told[0].message, /^A hook of job 'db' was cut off when Schelly ended/);
    const done = await until("its end", async () => {
      const events = await again.get<any[]>("/events?type=hook.done&limit=10");
      return events.length > 0 && events;
    });
    assert.equal(done.length, 1);
    assert.equal(await begun(), "begun\nbegun\n", "each began once");
  },
);

programTest("a hook that takes its time delays no backup", async (rig) => {
  const command = `{ poll_interval: 100ms, command: { create: ["true"], delete: ["true"] } }`;
  const server = await rig.server({
    yaml: yaml(rig, command, "").replace("on_success: { shell: '", "on_success: { shell: 'sleep 90; "),
  });
  const begun = performance.now();
  await server.backup("db");
  await server.backup("db");
  assert.ok(performance.now() - begun < 60_000);
});
