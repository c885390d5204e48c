// Each query of our dashboard and of the original's, asked of the real Prometheus that looked at a program with one of
// each trouble: what a person would see is there.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dashboardQueries, filled } from "../support/dashboard.ts";
import { freePort, programTest, until } from "../support/program.ts";
import { startPrometheus } from "../support/prometheus.ts";
import { requireTool } from "../support/require_tool.ts";

/** What the panels of the original's dashboard ask for, as its documentation lists them. */
const ORIGINAL = [
  'sum(increase(schelly_backup_materialized_total{status="success"}[1m]))',
  "sum(increase(schelly_backup_warn_total[1m]))",
  "schelly_backup_last_size_mbytes",
  "schelly_backup_last_time_seconds",
  'sum(increase(schelly_retention_backup_delete_total{status="success"}[1m]))',
  "sum by (operation) (rate(schelly_webhook_invocation_sum[1m])) / sum by (operation) (rate(schelly_webhook_invocation_count[1m]))",
  "sum(increase(schelly_retention_tasks_total[1m]))",
  'sum(increase(schelly_backup_tasks_total{status="run"}[1m]))',
];

programTest(
  "every query of our dashboard and of the original's has rows once something of each kind happened",
  async (rig) => {
    const told = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("ok"));
    try {
      await mkdir(`${rig.folder}/source`);
      await writeFile(`${rig.folder}/source/file`, "bytes");
      const original = await rig.originalProvider();
      const command = (create: string, remove: string) =>
        `{ command: { create: { shell: ${JSON.stringify(create)} }, delete: [${remove}] } }`;
      const made = `echo "{\\"data_id\\": \\"$(date +%s%N)\\", \\"size_mb\\": 1}"`;
      const yaml = `notify:
  channels: { ops: { type: webhook, url: "http://127.0.0.1:${told.addr.port}" } }
defaults: { schedule: "*/3 * * * * *", retention: { secondly: 1, guard: { policy_change_hold: 0s } } }
jobs:
  - { name: good, expect: [{ after: 1s, oldest: "<=1h" }], provider: { url: "${original.url}", poll_interval: 100ms } }
  - { name: stuck, provider: ${command(made, '"false"')} }
  - { name: failing, retry: { attempts: 0 }, provider: ${command("exit 1", '"true"')} }
  - name: kept
    schedule: "0 0 0 29 2 *"
    provider:
      restic:
        { repository: ${rig.folder}/repository, password: secret, paths: [${rig.folder}/source], init: true, check: { schedule: "*/5 * * * * *" } }
`;
      const args = ["--listen", `127.0.0.1:${freePort()}`];
      const first = await rig.server({ yaml, args });
      const prometheus = await startPrometheus(rig, new URL(first.url).host);
      await until(
        "the first start is seen",
        async () => (await prometheus.rows("schelly_build_info")).length === 1,
        30_000,
      );
      await first.backup("kept");
      await first.kill("SIGTERM");
      const schelly = await rig.server({ args });
      await until(
        "one is deleted",
        async () => (await schelly.get("/backups?status=deleted")).length > 0,
        60_000,
      );

      const queries = [
        ...dashboardQueries().map(({ title, expr }) => ({ title, expr: filled(expr) })),
        ...ORIGINAL.map((expr) => ({ title: "the original's", expr })),
      ];
      let without = queries;
      await until("every query had rows", async () => {
        const answers = await Promise.all(without.map(({ expr }) => prometheus.rows(expr)));
        without = without.filter((_, at) => answers[at]!.length === 0);
        return without.length === 0;
      }, 90_000).catch((error: Error) => {
        throw new Error(`no rows: ${without.map(({ title, expr }) => `${title}: ${expr}`).join("\n")}`, {
          cause: error,
        });
      });
      assert.ok(queries.length > 40, `${queries.length} queries`);
    } finally {
      void told.shutdown().catch(() => {});
    }
  },
  { skip: requireTool("prometheus", ["--version"]) || requireTool("restic") },
);
