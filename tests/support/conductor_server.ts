// A real Conductor server on SQLite, in a process of its own, with the definitions that are shipped; and workers for it.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Child, freePort, type Rig, until } from "./program.ts";
import { requireFile } from "./require_tool.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Two slow cores that have other work as well need minutes. */
const BOOT_MS = 480_000;

/** Where the server is, or why tests that need it are skipped. */
export const CONDUCTOR = requireFile("SCHELLY_TEST_CONDUCTOR", "a Conductor server");

export class ConductorServer {
  readonly port = freePort();
  readonly api = `http://127.0.0.1:${this.port}/api`;
  #child: Child | undefined;

  constructor(readonly rig: Rig) {}

  /** Resolves once it answers. */
  async start(): Promise<void> {
    assert.ok("path" in CONDUCTOR);
    const child = this.rig.spawn("conductor", [
      ...[process.env.SCHELLY_TEST_JAVA ?? "java", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
      ...["-jar", CONDUCTOR.path, `--server.port=${this.port}`, "--loadSample=false"],
      ...["--conductor.grpc-server.enabled=false", "--conductor.integrations.ai.enabled=false"],
      `--spring.datasource.url=jdbc:sqlite:${this.rig.folder}/conductor.db?busy_timeout=60000&journal_mode=WAL`,
    ]);
    this.#child = child;
    await until(`Conductor answers: ${child.out.slice(-500)}`, async () => {
      const answer = await fetch(`${this.api}/metadata/taskdefs`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.status === 200;
    }, BOOT_MS);
  }

  async kill(): Promise<void> {
    await this.#child!.kill("SIGKILL");
  }

  /** By the script that is shipped; then a worker that says nothing for so long is taken for dead. */
  async register(responseTimeoutSeconds: number): Promise<void> {
    await this.rig.tool([`${ROOT}deploy/conductor/register.sh`, this.api]);
    const tasks = JSON.parse(await readFile(`${ROOT}deploy/conductor/tasks.json`, "utf8")) as object[];
    for (const task of tasks) {
      await this.ask("PUT", "/metadata/taskdefs", { ...task, responseTimeoutSeconds });
    }
  }

  async ask<T = any>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.api}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text as T;
  }

  /** Every workflow of this name that there ever was. */
  async workflows(name: string): Promise<any[]> {
    const all: any[] = [];
    for (;;) {
      const query = encodeURIComponent(`workflowType IN (${name})`);
      const { totalHits, results } = await this.ask(
        "GET",
        `/workflow/search-v2?start=${all.length}&size=200&query=${query}`,
      );
      all.push(...results);
      if (all.length >= totalHits || results.length === 0) return all;
    }
  }
}

/** Starts the workers that are shipped, on folders of this rig. */
export class ConductorWorkers {
  readonly store: string;
  readonly source: string;

  constructor(readonly rig: Rig, readonly server: ConductorServer) {
    this.store = `${rig.folder}/store`;
    this.source = `${rig.folder}/source`;
  }

  /** The one in TypeScript needs the library, as its users get it. */
  async buildLibrary(): Promise<void> {
    await mkdir(this.store, { recursive: true });
    await mkdir(this.source, { recursive: true });
    const argv = [Deno.execPath(), "run", "-q", "-P=default", "--no-check", "--config", `${ROOT}deno.json`];
    await this.rig.tool([argv[0]!, ...argv.slice(1), `${ROOT}scripts/dist_kit.ts`, `${this.rig.folder}/kit`]);
    await writeFile(
      `${this.rig.folder}/kit/deno.json`,
      '{ "imports": { "schelly-provider": "./schelly-provider.js" } }',
    );
    await writeFile(
      `${this.rig.folder}/kit/worker.ts`,
      await readFile(`${ROOT}deploy/examples/conductor/worker.ts`),
    );
  }

  /** `env`: such as a PATH with a slow tar. */
  start(language: "TypeScript" | "Python", env: Record<string, string> = {}): Child {
    const config = ["--no-lock", "--config", `${this.rig.folder}/kit/deno.json`];
    const argv = language === "Python"
      ? ["python3", `${ROOT}deploy/examples/conductor/worker.py`]
      : [Deno.execPath(), "run", "-q", "-A", "--no-check", ...config, `${this.rig.folder}/kit/worker.ts`];
    const places = { CONDUCTOR_API_URL: this.server.api, SOURCE: this.source, STORE: this.store };
    return this.rig.spawn(`${language} worker`, argv, { ...places, ...env });
  }

  /** What they did, in order. */
  async ledger(): Promise<{ what: string; dataId: string }[]> {
    const text = await readFile(`${this.store}/ledger`, "utf8").catch(() => "");
    return text.split("\n").slice(0, -1).map((line) => {
      const [what, dataId] = line.split(" ");
      return { what: what!, dataId: dataId! };
    });
  }
}
