// kill -9 amid a crowd of starts at a provider that takes few calls at a time: only what was under way is in doubt.

import assert from "node:assert/strict";
import { startLedgerProvider } from "../support/ledger_provider.ts";
import { dailyPattern, programTest, until } from "../support/program.ts";

const JOBS = 200;
const AT_ONCE = 5;
/** From here to the slot: the program is ready by then, also on a slow machine. */
const LEAD_MS = 10_000;

programTest(
  "killed with 200 due at a plain provider, no start is given up that was never sent",
  async (rig) => {
    let kill: (() => void) | undefined;
    let posts = 0;
    await using provider = startLedgerProvider({
      delayMs: () => 60,
      fault: ({ method }) => {
        if (method === "POST" && ++posts === 30) kill?.();
        return undefined;
      },
    });
    const { pattern, slot } = dailyPattern(LEAD_MS);
    const jobs = Array.from(
      { length: JOBS },
      (_, at) =>
        `  - { name: job${at}, schedule: "${pattern}", timezone: UTC, provider: plain, on_unknown: skip, ` +
        "retry: { attempts: 0 }, retention: { daily: 7 } }\n",
    );
    await rig.configure(
      `providers:\n  plain: { url: "${provider.url}", max_concurrent: ${AT_ONCE}, poll_interval: 200ms }\n` +
        `jobs:\n${jobs.join("")}`,
      "auth: none",
    );
    const first = rig.startServer();
    const killed = new Promise<void>((resolve) => kill = resolve);
    await killed;
    await first.kill("SIGKILL");
    const server = await rig.server();
    const open = ["intent", "sending", "unknown", "running"];
    await until("every slot has its end", async () => {
      const runs = await server.runs();
      return runs.length === JOBS && runs.every((run) => !open.includes(run.state));
    }, 60_000);
    const runs = await server.runs();
    assert.equal(new Set(runs.map(({ job }) => job)).size, JOBS);
    for (const run of runs) assert.equal(Date.parse(run.slot), slot);
    const lost = runs.filter((run) => run.state === "failed");
    for (const run of lost) assert.equal(run.reason, "unsettled");
    const postsOf = (runId: string) =>
      provider.calls.filter((call) => call.method === "POST" && call.runId === runId).length;
    // Answers that were not saved yet are in doubt too, and a slow disk has more of them.
    const neverSent = lost.filter((run) => postsOf(run.run_id) === 0);
    assert.ok(
      neverSent.length <= AT_ONCE,
      `${neverSent.length} of ${JOBS} were given up and never sent, ${AT_ONCE} at most were under way`,
    );
    assert.equal(runs.length - lost.length, runs.filter((run) => run.state === "available").length);
    for (const { run_id, state } of runs) {
      const sent = postsOf(run_id);
      assert.ok(state === "available" ? sent === 1 : sent <= 1, `${sent} POSTs for run ${run_id}, ${state}`);
    }
    await server.kill("SIGTERM");
  },
);
