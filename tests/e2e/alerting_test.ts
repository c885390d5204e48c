// The whole way of an alert with what is shipped: the program's metrics, the real Prometheus with our rules, the real
// Alertmanager with our example, and what a person receives, when it begins and when it is over.

import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { freePort, programTest, type Rig, until } from "../support/program.ts";
import { startPrometheus } from "../support/prometheus.ts";
import { requireTool } from "../support/require_tool.ts";

const SHIPPED = resolve(import.meta.dirname!, "../../deploy/prometheus");
const JOBS = Array.from({ length: 8 }, (_, i) => `job-${i}`);

interface Message {
  status: string;
  alerts: { status: string; labels: Record<string, string>; annotations: Record<string, string> }[];
}

/** What a person's webhook is sent. */
function receiver() {
  const received: Message[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    received.push(await request.json());
    return new Response("ok");
  });
  return { received, url: `http://127.0.0.1:${server.addr.port}`, server };
}

function yaml(down: string, names: readonly string[]): string {
  const create = `if [ -e ${down} ]; then echo 'connection refused'; exit 1; fi; echo '{"data_id": "x"}'`;
  return `defaults:
  schedule: "0 0 0 29 2 *"
  retry: { attempts: 0 }
  retention: keep_all
providers:
  disk: { command: { create: { shell: ${JSON.stringify(create)} }, delete: ["true"] }, max_concurrent: 8 }
jobs:
${names.map((name) => `  - { name: ${name}, provider: disk }`).join("\n")}
`;
}

/** Makes them fail, then work, and reads what a person is sent: at most so many messages each time. */
const failAndHeal = async (rig: Rig, names: readonly string[], mostMessages: number) => {
  const to = receiver();
  try {
    const down = `${rig.folder}/down`;
    await writeFile(down, "");
    const schelly = await rig.server({ yaml: yaml(down, names) });

    const manager = freePort();
    // What is over is told later than SchellyDown would be: here at once.
    const { settings } = await startPrometheus(rig, new URL(schelly.url).host, {
      rules: (shipped) => shipped.replaceAll("keep_firing_for: 7m", ""),
      more: `alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:${manager}"] }] }] }\n`,
    });
    const routes = await readFile(`${SHIPPED}/alertmanager.yml`, "utf8");
    await writeFile(
      `${settings}/alertmanager.yml`,
      routes.replaceAll("http://127.0.0.1:9095", to.url).replace("group_wait: 1m", "group_wait: 5s")
        .replace("group_interval: 5m", "group_interval: 5s"),
    );
    rig.spawn("alertmanager", [
      "prometheus-alertmanager",
      `--config.file=${settings}/alertmanager.yml`,
      `--storage.path=${settings}/alerts`,
      `--web.listen-address=127.0.0.1:${manager}`,
      "--cluster.listen-address=",
    ]);

    const triggerAll = () => Promise.all(names.map((name) => schelly.post(`/jobs/${name}/trigger`)));
    await triggerAll();
    const first = await until("the message arrives", () => Promise.resolve(to.received[0]), 150_000);
    assert.equal(first.status, "firing");
    await until(
      "it tells of all",
      () => Promise.resolve(to.received.at(-1)!.alerts.length === names.length),
      120_000,
    );
    assert.ok(
      to.received.length <= mostMessages,
      "what fails at once is one message, and one more for who came too late",
    );
    const { alerts } = to.received.at(-1)!;
    assert.deepEqual(alerts.map(({ labels }) => labels.job).sort(), [...names].sort());
    for (const { labels, annotations } of alerts) {
      assert.equal(labels.alertname, "SchellyBackupsFailing");
      assert.equal(annotations.summary, `Job ${labels.job} fails`);
      assert.match(annotations.description!, /schelly jobs show/);
      assert.equal(annotations.runbook, "docs/runbook.md#schellybackupsfailing");
    }

    const told = to.received.length;
    await rm(down);
    await triggerAll();
    await until("it is over", () => Promise.resolve(to.received.at(-1)!.status === "resolved"), 150_000);
    assert.ok(to.received.length - told <= mostMessages, "the end is told once");
    assert.deepEqual(to.received.at(-1)!.alerts.map(({ labels }) => labels.job).sort(), [...names].sort());
  } finally {
    void to.server.shutdown().catch(() => {});
  }
};

const skip = requireTool("prometheus", ["--version"]) ||
  requireTool("prometheus-alertmanager", ["--version"]);

programTest(
  "a provider that goes down is one message of all its jobs to whoever has our rules, and one when it is over",
  (rig) => failAndHeal(rig, JOBS, 2),
  { skip },
);

programTest(
  "a job that fails is one message with its words, and one when it is over",
  (rig) => failAndHeal(rig, ["postgres"], 1),
  { skip },
);
