// A libSQL server that a test starts, kills and asks by itself, past whatever stands between it and the program; its
// durability is the strong one, as the program demands.

import assert from "node:assert/strict";
import { type Child, freePort, type Rig, until } from "./program.ts";

/** How long an answer may take (ms); where none comes, the question is asked again. */
const MOST_MS = 2_000;

/** One server with its data below the rig's folder; ports stay the same over its deaths. */
export class SqldServer {
  readonly port: number = freePort();
  readonly url: string = `http://127.0.0.1:${this.port}`;
  readonly #adminPort = freePort();
  #child: Child | undefined;

  constructor(readonly rig: Rig, readonly path: string) {}

  get isUp(): boolean {
    return this.#child !== undefined;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<void> {
    assert.ok(!this.isUp, "the libSQL server is up already");
    const listen = ["--http-listen-addr", `127.0.0.1:${this.port}`];
    const admin = ["--admin-listen-addr", `127.0.0.1:${this.#adminPort}`];
    this.#child = this.rig.spawn("sqld", [
      this.path,
      "--db-path",
      `${this.rig.folder}/sqld`,
      ...listen,
      ...admin,
    ], {
      RUST_LOG: "error",
    });
    await until("the libSQL server answers", async () => {
      const response = await fetch(`${this.url}/health`).catch(() => undefined);
      await response?.body?.cancel();
      return response?.ok;
    });
    await until("the libSQL server is durable", async () => {
      const response = await fetch(`http://127.0.0.1:${this.#adminPort}/v1/namespaces/default/config`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ block_reads: false, block_writes: false, durability_mode: "strong" }),
      }).catch(() => undefined);
      await response?.body?.cancel();
      return response?.ok;
    });
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.kill("SIGKILL");
  }

  /** Rows of one statement, cells as texts; undefined where the server does not answer. */
  async ask(sql: string, args: readonly string[] = []): Promise<(string | null)[][] | undefined> {
    const stmt = { sql, args: args.map((value) => ({ type: "text", value })) };
    const response = await fetch(`${this.url}/v2/pipeline`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ requests: [{ type: "execute", stmt }, { type: "close" }] }),
      signal: AbortSignal.timeout(MOST_MS),
    }).catch(() => undefined);
    const answer = await response?.json().catch(() => undefined);
    const [executed] = answer?.results ?? [];
    if (executed === undefined) return undefined;
    // Before the first instance has made its tables there is nothing to read.
    if (executed.type !== "ok") return [];
    return executed.response.result.rows.map((row: { value?: string | number }[]) =>
      row.map(({ value }) => value === undefined ? null : String(value))
    );
  }

  /** The same, asked until it is answered. */
  async rows(sql: string, args: readonly string[] = []): Promise<(string | null)[][]> {
    return await until("the libSQL server tells", () => this.ask(sql, args));
  }
}
