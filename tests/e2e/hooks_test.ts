// The hooks of the real program under kill -9, and what children leave behind that outlive it or their parents.
// Also tests runtime/process_reaper.ts.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { PROGRAM, programTest, type Rig, type Server, until } from "../support/program.ts";
import { missing } from "../support/require_tool.ts";

const NEVER = "0 0 0 29 2 *";

/** An application that `pre` stops and `post` starts again; while it is stopped, `pre` fails. */
function appYaml(pre: string, create: string, post: string): string {
  const line = (text: string) => JSON.stringify(["sh", "-c", text]);
  return `jobs:
  - name: app
    schedule: "${NEVER}"
    provider:
      poll_interval: 100ms
      command:
        pre: ${line(`mkdir app-is-stopped && echo pre >> log; ${pre}`)}
        create: ${line(`echo create >> log; ${create}`)}
        post: ${line(`${post}; echo post $SCHELLY_OUTCOME $SCHELLY_REASON >> log; rmdir app-is-stopped`)}
        on_failure: ${line("echo on_failure $SCHELLY_OUTCOME >> log")}
        delete: ["true"]
        cwd: .
`;
}

const log = async (rig: Rig) =>
  (await readFile(`${rig.folder}/log`, "utf8").catch(() => "")).split("\n").map((line) => line.trim())
    .filter((line) => line !== "");

async function trigger(server: Server): Promise<string> {
  const { status, body } = await server.post("/jobs/app/trigger");
  assert.equal(status, 202, JSON.stringify(body));
  return body.run_id;
}

const moments = {
  // Each of these holds the program there once, and lets the next life pass.
  pre: {
    pre: "[ -e held ] || { touch held; sleep 60; }",
    create: ":",
    post: ":",
    first: ["pre"],
    then: ["post cut_off cut_off", "on_failure cut_off"],
    ends: "failed",
  },
  create: {
    pre: ":",
    create: "[ -e held ] || { touch held; sleep 60; }",
    post: ":",
    first: ["pre", "create"],
    then: ["post cut_off cut_off", "on_failure cut_off"],
    ends: "failed",
  },
  // By then the backup was whole, and that was written down.
  post: {
    pre: ":",
    create: ":",
    post: "[ -e held ] || { touch held; sleep 60; }",
    first: ["pre", "create"],
    then: ["post available"],
    ends: "available",
  },
};

for (const [moment, { pre, create, post, first, then, ends }] of Object.entries(moments)) {
  programTest(
    `after kill -9 in ${moment}, post runs at the next start and the next backup works`,
    async (rig) => {
      const server = await rig.server({ yaml: appYaml(pre, create, post) });
      await trigger(server);
      await until("it is held", () => readFile(`${rig.folder}/held`).then(() => true, () => false));
      await server.kill();
      assert.deepEqual(await log(rig), first);

      const again = await rig.server();
      const cutOff = [...first, ...then];
      await until("the end of it", async () => (await log(rig)).length >= cutOff.length);
      assert.deepEqual(await log(rig), cutOff);
      await until("the run has its end", async () => (await again.runs("app"))[0].state === ends);
      await again.backup("app");
      assert.deepEqual(await log(rig), [...cutOff, "pre", "create", "post available"]);
    },
  );
}

programTest("post and on_failure run after a pre that fails half-way, and after a cancel", async (rig) => {
  const server = await rig.server({
    yaml: appYaml("[ -e failed ] || { touch failed; exit 1; }", "sleep 60", ":"),
  });
  const failing = await trigger(server);
  await until("it failed", async () => (await server.get(`/runs/${failing}`)).state === "failed");
  await until("its hooks ran", async () => (await log(rig)).length === 3);
  assert.deepEqual(await log(rig), ["pre", "post failed pre", "on_failure failed"]);

  const cancelled = await trigger(server);
  await until("it is made", async () => (await log(rig)).includes("create"));
  await rig.ask("runs", "cancel", cancelled, "--yes");
  await until("its hooks ran", async () => (await log(rig)).length === 7);
  assert.deepEqual((await log(rig)).slice(3, 5), ["pre", "create"]);
  assert.match((await log(rig))[5]!, /^post cancelled/);
  assert.equal((await log(rig))[6], "on_failure cancelled");
});

/** Starts what follows as the first process of a container of its own. */
const AS_FIRST = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] as const;

function whyNotFirst(): string | false {
  try {
    const [program, ...args] = [...AS_FIRST, "true"];
    if (new Deno.Command(program!, { args, stderr: "null" }).outputSync().success) return false;
  } catch {
    // No unshare at all.
  }
  return missing("a pid namespace of their own", "this process may not make one with unshare");
}

const CHILDREN = 45;

programTest(
  "as the first process of a container, it leaves no zombie of children that outlive their parents",
  async (rig) => {
    const provider = `{ poll_interval: 100ms, max_concurrent: 20, command: { create: ${
      JSON.stringify(["sh", "-c", "setsid sleep 1 > /dev/null 2>&1 & echo made; exit 0"])
    }, delete: ["true"] } }`;
    const jobs = Array.from({ length: CHILDREN }, (_, n) => `j${n}`);
    const yaml = `providers: { left: ${provider} }\njobs:\n${
      jobs.map((name) => `  - { name: ${name}, schedule: "${NEVER}", provider: left }\n`).join("")
    }`;
    const server = await rig.server({ yaml, program: [...AS_FIRST, ...PROGRAM] });
    const [first] = (await rig.tool(["ps", "-o", "pid=", "--ppid", String(server.child.pid)])).trim().split(
      "\n",
    );
    const children = async (states: RegExp) => {
      const all = await rig.spawn("ps", ["ps", "-o", "stat=", "--ppid", first!]).end();
      return all.out.split("\n").filter((state) => states.test(state)).length;
    };
    let most = 0;
    for (const job of jobs) {
      await until(
        "a start is accepted",
        async () => (await server.post(`/jobs/${job}/trigger`)).status === 202,
      );
      most = Math.max(most, await children(/./));
    }
    const ended = await until("all have ended", async () => {
      most = Math.max(most, await children(/./));
      const runs = await server.runs();
      return runs.length === CHILDREN && runs.every(({ state }) =>
        state !== "running" && state !== "sending"
      ) && runs;
    });
    // None of them lost its exit code to the wait for those that were left behind.
    assert.deepEqual(ended.filter(({ state }) => state !== "available"), []);
    assert.ok(most > 5, `it had ${most} children at a time: were any left to it?`);
    await until("no zombie is left", async () => await children(/^Z/) === 0);
  },
  { skip: whyNotFirst() },
);
