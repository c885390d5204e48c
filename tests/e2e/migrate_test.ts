// Moving over from the original: its published compose examples, their environment word for word, its ports and its
// volume, with our image in the place of its.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { ourStage, PROJECT, startOurs } from "../support/compose_stack.ts";
import { successorFile } from "../support/successor_file.ts";
import { programTest, type Rig, until } from "../support/program.ts";
import { requireFile } from "../support/require_tool.ts";
import { ContainerNetwork, whyNoContainers } from "../support/scratch_container.ts";

/** The compose file in the original's README. */
const README_EXAMPLE = {
  LOG_LEVEL: "debug",
  BACKUP_NAME: "test",
  WEBHOOK_URL: "http://schelly-restic:7070/backups",
  BACKUP_CRON_STRING: "0/3 * * * * *",
  RETENTION_MINUTELY: "10",
};

/** The one beside its Grafana dashboard, and the volume that it mounts. */
const GRAFANA_EXAMPLE = {
  LOG_LEVEL: "debug",
  BACKUP_NAME: "test",
  WEBHOOK_URL: "http://schelly-restic:7070/backups",
  BACKUP_CRON_STRING: "0/10 * * * * *",
  WEBHOOK_HEADERS: "k1=v1,k2=v2",
  WEBHOOK_GRACE_TIME: "30",
  RETENTION_MINUTELY: "10",
};

/** What the original's dashboard shows. */
const DASHBOARD_METRICS = [
  'schelly_backup_materialized_total{.*status="success"',
  "schelly_backup_warn_total",
  "schelly_backup_last_size_mbytes",
  "schelly_backup_last_time_seconds",
  "schelly_retention_backup_delete_total",
  "schelly_retention_tasks_total",
  "schelly_backup_tasks_total",
  "schelly_webhook_invocation_sum",
  "schelly_webhook_invocation_count",
];

const binary: { path?: string; skip: string | false } = requireFile(
  "SCHELLY_TEST_BINARY",
  "the compiled program",
);
const skip = binary.skip || whyNoContainers();

/** The example with the given environment; everything is asked from 127.0.0.2, as if from another machine. */
async function play(
  rig: Rig,
  environment: Record<string, string>,
  volumes: string[],
): Promise<{ headers: Record<string, string> }> {
  const network = await ContainerNetwork.open(rig, ["schelly", "schelly-restic"]);
  const provider = network.spawn("original provider", [
    ...[Deno.execPath(), "run", "-q", "-A", "--config", `${PROJECT}/deno.json`],
    ...[`${PROJECT}/tests/support/original_provider.ts`, "--ledger", `${rig.folder}/ledger.jsonl`],
    ...["--port", "7070"],
  ]);
  await provider.said("out", /"url"/);
  const schelly = await startOurs(network, "schelly", { environment, volumes }, binary.path!);
  const ask = async (method: string, path: string) => {
    const { status, body } = await network.request(method, `http://127.0.0.2:8080${path}`);
    return { status, json: () => JSON.parse(body), text: body };
  };

  const triggered = await until("POST /backups is accepted", async () => {
    const answer = await ask("POST", "/backups");
    return answer.status === 202 && answer.json();
  });
  assert.equal(triggered.status, "running");
  const listed = await until("GET /backups lists it as available", async () => {
    const answer = await ask("GET", "/backups?status=available&tag=minutely");
    return answer.status === 200 && answer.json().length > 0 && answer.json();
  });
  assert.equal(listed[0].data_id, `data-${listed[0].id}`);
  const all = (await ask("GET", "/backups")).json();
  assert.ok(all.some(({ id }: any) => id === triggered.id), "the one that was triggered");
  const metrics = (await ask("GET", "/metrics")).text;
  assert.deepEqual(DASHBOARD_METRICS.filter((name) => !new RegExp(`^${name}`, "m").test(metrics)), []);
  const refused = await ask("DELETE", `/backups/${listed[0].id}`);
  assert.equal(refused.status, 403, "over the network nobody deletes without a token");
  const health = await schelly.exec(...(await ourStage()).healthcheck);
  assert.equal(health.code, 0, health.err);
  assert.equal((await schelly.child.kill("SIGTERM")).code, 143);

  const lines = readFileSync(`${rig.folder}/ledger.jsonl`, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line)).find(({ method }) => method === "POST");
}

programTest("the example in the original's README runs as it is", async (rig) => {
  await play(rig, README_EXAMPLE, []);
}, { skip });

programTest("the example beside the original's dashboard runs as it is, on its volume", async (rig) => {
  const { headers } = await play(rig, GRAFANA_EXAMPLE, ["schelly:/var/lib/schelly/data"]);
  assert.deepEqual([headers.k1, headers.k2], ["v1", "v2"]);
}, { skip });

programTest("a volume that belongs to root, as the original's does, is refused in one line", async (rig) => {
  const network = await ContainerNetwork.open(rig, ["schelly-restic"]);
  const folder = await network.volume("schelly", "0:0");
  writeFileSync(`${folder}/sqlite.db`, "the original's");
  const start = (user?: string) => {
    const service = { environment: README_EXAMPLE, user, cap_add: ["DAC_OVERRIDE"] };
    return startOurs(network, "schelly", service, binary.path!, { "/var/lib/schelly/data": folder });
  };
  const refused = await (await start()).child.end();
  assert.equal(refused.code, 73, refused.err);
  const lines = refused.err.trim().split("\n");
  assert.equal(lines.length, 1, refused.err);
  assert.match(lines[0]!, /\/var\/lib\/schelly\/data/);

  const asRoot = await start("0:0");
  await asRoot.child.said("err", /Listening on/);
  assert.equal((await asRoot.child.kill("SIGTERM")).code, 143);
  assert.equal(readFileSync(`${folder}/sqlite.db`, "utf8"), "the original's", "its file is left alone");
}, { skip });

programTest("the examples of docs/migrate.md are configurations that the program takes", async (rig) => {
  const blocks = [...readFileSync(`${PROJECT}/docs/migrate.md`, "utf8").matchAll(/```yaml\n(.*?)```/gs)];
  assert.equal(blocks.length, 2);
  for (const [, block] of blocks) {
    const env = Object.fromEntries(
      [...block!.matchAll(/^ *- ([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
    );
    assert.ok("WEBHOOK_URL" in env);
    const { code, err } = await rig.cliWith(env, "validate", "config");
    assert.equal(code, 0, err);
  }
});

programTest(
  "the specifications of the successor are printed as a configuration that is taken",
  async (rig) => {
    const file = `${rig.folder}/sqlite.db`;
    await successorFile(file, [
      {
        name: "Web Files",
        enabled: 1,
        backup_cron_string: "0 30 2 1 *",
        worker_config: "/srv/web",
        timeout_seconds: 60,
      },
    ], []);
    const { code, out, err } = await rig.cli("migrate", "--from-backtor", file);
    assert.equal(code, 0, err);
    assert.match(err, /1 specification\. .*--from-backtor FILE --job NAME/);
    writeFileSync(`${rig.folder}/made.yaml`, out);
    const validated = await rig.cli("validate", "config", `${rig.folder}/made.yaml`);
    assert.equal(validated.code, 0, validated.err);
    for (
      const args of [["--from-sqlite", file], ["--job", "a"], ["--from-sqlite", file, "--from-backtor", file]]
    ) {
      assert.equal((await rig.cli("migrate", ...args)).code, 2, args.join(" "));
    }
    const none = await rig.cli("migrate", "--from-backtor", `${rig.folder}/none.db`);
    assert.equal(none.code, 1);
    assert.match(none.err, /there is no such file on this machine/);
  },
);
