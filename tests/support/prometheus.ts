// The real Prometheus with what is shipped for it, looking at a program every second.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { freePort, type Rig, until } from "./program.ts";

const SHIPPED = resolve(import.meta.dirname!, "../../deploy/prometheus");

export interface Prometheus {
  /** The folder of its settings. */
  settings: string;
  /** The rows that a query answers; rejects with Prometheus' words where it cannot be asked. */
  rows(query: string): Promise<{ metric: Record<string, string> }[]>;
}

/**
 * Starts it on the program at `host` (with its port), with our rules, which `rules` may shorten, and `more` below its
 * configuration.
 */
export async function startPrometheus(
  rig: Rig,
  host: string,
  options: { rules?: (shipped: string) => string; more?: string } = {},
): Promise<Prometheus> {
  const settings = `${rig.folder}/prometheus`;
  await mkdir(settings);
  const [rules, scrape] = await Promise.all(
    ["schelly.rules.yml", "prometheus.yml"].map((name) => readFile(`${SHIPPED}/${name}`, "utf8")),
  );
  await writeFile(`${settings}/schelly.rules.yml`, options.rules?.(rules!) ?? rules!);
  await writeFile(
    `${settings}/prometheus.yml`,
    scrape!.replaceAll("15s", "1s").replace("schelly:8080", host) + (options.more ?? ""),
  );
  const port = freePort();
  rig.spawn("prometheus", [
    "prometheus",
    `--config.file=${settings}/prometheus.yml`,
    `--storage.tsdb.path=${settings}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  const url = `http://127.0.0.1:${port}`;
  await until("Prometheus is ready", async () => {
    const response = await fetch(`${url}/-/ready`).catch(() => undefined);
    await response?.body?.cancel();
    return response?.status === 200;
  }, 60_000);
  return {
    settings,
    async rows(query) {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { status, data, error } = await answer.json();
      if (status !== "success") throw new Error(`${query}: ${error}`);
      return data.result;
    },
  };
}
