// Starts the real program, and providers for it, each in a process of its own; what went wrong shows what they said.
// It runs from source, or is the binary that SCHELLY_TEST_BINARY names.

import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/runtime/clock.ts";
import type { OriginalEntry } from "./original_provider.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What starts the program; its arguments follow. */
export const PROGRAM: readonly [string, ...string[]] = process.env.SCHELLY_TEST_BINARY
  ? [process.env.SCHELLY_TEST_BINARY]
  : [Deno.execPath(), "run", "-q", "-P=default", "--config", `${ROOT}deno.json`, `${ROOT}src/main.ts`];

/** Of this process's environment, only what finding programs and loading the source needs. */
const ENVIRONMENT = Object.fromEntries(
  ["PATH", "HOME", "TMPDIR", "DENO_DIR", "DENO_TLS_CA_STORE"].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]!]]
  ),
);

const TRANSCRIPT = Boolean(process.env.SCHELLY_TEST_TRANSCRIPT);
/** How long a process may take to say that it is ready, or to end. */
const PATIENCE_MS = 60_000;

export type Environment = Record<string, string>;
export type Signal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGKILL" | "SIGSTOP" | "SIGCONT";

/** How a process ended; 128 + n when by signal n. */
export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** One process and what it said so far. */
export class Child {
  out = "";
  err = "";
  /** Resolves when it has ended and everything it said was read. */
  readonly ended: Promise<Ended>;
  readonly #process: Deno.ChildProcess;
  #over = false;

  constructor(readonly name: string, argv: readonly string[], env: Environment, cwd: string) {
    // Not by node:child_process, which under Deno may lose what a process said last.
    this.#process = new Deno.Command(argv[0]!, {
      args: argv.slice(1),
      env: { ...ENVIRONMENT, ...env },
      clearEnv: true,
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const read = Promise.all([
      collect(this.#process.stdout, (text) => this.out += text),
      collect(this.#process.stderr, (text) => this.err += text),
    ]);
    this.ended = this.#process.status.then(async ({ code }) => {
      this.#over = true;
      // Something it left behind may hold its output open: what it said itself is there by then.
      await Promise.race([read, systemClock.sleep(1_000)]);
      return { code, out: this.out, err: this.err };
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Sends a signal; nothing when it has ended already. */
  signal(signal: Signal): void {
    if (!this.#over) this.#process.kill(signal);
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: Signal = "SIGKILL"): Promise<Ended> {
    this.signal(signal);
    return await this.end();
  }

  /** Waits for the end; fails when it does not come. */
  async end(): Promise<Ended> {
    const limit = new AbortController();
    const late = systemClock.sleep(PATIENCE_MS, limit.signal).then(() => undefined, () => undefined);
    const ended = await Promise.race([this.ended, late]);
    limit.abort();
    assert.ok(ended !== undefined, `${this.name} did not end within ${PATIENCE_MS / 1000} s`);
    return ended;
  }

  /** Waits until `find` finds something in what it says on one of its outputs. */
  async said(output: "out" | "err", pattern: RegExp): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null;
    await until(`${this.name} says ${pattern}`, () => {
      found = pattern.exec(this[output]);
      if (found === null && this.#over) throw new Error(`${this.name} ended without saying ${pattern}`);
      return found !== null;
    });
    return found!;
  }

  /** Ends it, politely at first, so that it can end what it has started. */
  async [Symbol.asyncDispose](): Promise<void> {
    const limit = new AbortController();
    this.signal("SIGTERM");
    void systemClock.sleep(5_000, limit.signal).then(() => this.signal("SIGKILL"), () => {});
    await this.ended;
    limit.abort();
  }
}

/** A JSON answer over HTTP. */
export interface Answer<T = any> {
  status: number;
  body: T;
  headers: Headers;
}

/** A running `schelly run`. */
export class Server {
  /** In which the last backup by hand was started, by whatever server: one that follows quickly goes on in the same. */
  static #second = 0;

  constructor(
    readonly rig: Rig,
    readonly child: Child,
    /** `http://127.0.0.1:PORT`. */
    readonly url: string,
    /** Milliseconds from its start until it was ready. */
    readonly readyMs: number,
  ) {}

  /** Resolves whatever the status is. */
  async request<T = any>(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...(options.body === undefined ? {} : JSON_BODY), ...options.headers },
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
  }

  async get<T = any>(path: string): Promise<T> {
    const { status, body } = await this.request<T>("GET", path);
    assert.equal(status, 200, `GET ${path}: ${JSON.stringify(body)}`);
    return body;
  }

  async post<T = any>(path: string, body?: unknown): Promise<Answer<T>> {
    return await this.request<T>("POST", path, { body });
  }

  /** Runs of a job, newest first, with their exact status in `state`. */
  async runs(job?: string): Promise<any[]> {
    return await this.get(`/runs?limit=1000${job === undefined ? "" : `&job=${job}`}`);
  }

  /** Starts a backup by hand and waits until it is available; never two in one second, which is one period. */
  async backup(job: string): Promise<any> {
    await until("the next second", () => Math.floor(systemClock.now() / 1000) !== Server.#second);
    const { body } = await until("a start is accepted", async () => {
      const answer = await this.post(`/jobs/${job}/trigger`);
      assert.ok([202, 409].includes(answer.status), JSON.stringify(answer.body));
      return answer.status === 202 && answer;
    });
    Server.#second = Math.floor(systemClock.now() / 1000);
    return await until("the backup is available", async () => {
      const run = await this.get(`/runs/${body.run_id}`);
      assert.ok(run.state === "running" || run.state === "available", JSON.stringify(run));
      return run.state === "available" && run;
    });
  }

  async kill(signal: Signal = "SIGKILL"): Promise<Ended> {
    return await this.child.kill(signal);
  }
}

const JSON_BODY = { "content-type": "application/json" };

export interface ServerOptions {
  /** The document but `server` and `state`; absent: whatever `schelly.yaml` in the folder says already, or the environment. */
  yaml?: string;
  /** No YAML at all. */
  envOnly?: boolean;
  env?: Environment;
  args?: string[];
  /** What starts it instead of `PROGRAM`. */
  program?: typeof PROGRAM;
}

/** A provider in a process of its own. */
export interface ProviderProcess {
  url: string;
  child: Child;
}

export interface OriginalProcess extends ProviderProcess {
  /** Everything that happened there so far. */
  ledger(): Promise<OriginalEntry[]>;
  ledgerFile: string;
}

/** One test's folder and processes; all of them end with the test. */
export class Rig implements AsyncDisposable {
  readonly folder = mkdtempSync(`${tmpdir()}/schelly-e2e-`);
  readonly socket = `${this.folder}/schelly.sock`;
  readonly configFile = `${this.folder}/schelly.yaml`;
  readonly children: Child[] = [];
  #names = 0;

  /** Starts anything. */
  spawn(name: string, argv: readonly string[], env: Environment = {}): Child {
    const child = new Child(`${name} ${++this.#names}`, argv, env, this.folder);
    this.children.push(child);
    return child;
  }

  /** Writes `schelly.yaml`: `yaml` below a server of this folder; `server` are further keys of that. */
  async configure(yaml: string, server = ""): Promise<void> {
    const ground =
      `server: { listen: "127.0.0.1:0", socket: ${this.socket}${server === "" ? "" : `, ${server}`} }\n` +
      `state: { url: "file:${this.folder}/state/schelly.db" }\n`;
    await writeFile(this.configFile, ground + yaml);
  }

  /** Starts `schelly run` without waiting for anything. */
  startServer(options: ServerOptions = {}): Child {
    const source = options.envOnly ? [] : ["--config", this.configFile];
    return this.spawn(
      "schelly run",
      [...options.program ?? PROGRAM, "run", ...source, ...options.args ?? []],
      options.env,
    );
  }

  /** Starts `schelly run` and waits until it is ready. */
  async server(options: ServerOptions = {}): Promise<Server> {
    if (options.yaml !== undefined) await this.configure(options.yaml);
    const begun = systemClock.monotonic();
    const child = this.startServer(options);
    const [, url] = await child.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
    await until("/readyz answers 200", async () => {
      const response = await fetch(`${url}/readyz`).catch(() => undefined);
      await response?.body?.cancel();
      return response?.status === 200;
    });
    return new Server(this, child, url!, systemClock.monotonic() - begun);
  }

  /** Runs one command to its end. */
  async cli(...args: string[]): Promise<Ended> {
    return await this.cliWith({}, ...args);
  }

  async cliWith(env: Environment, ...args: string[]): Promise<Ended> {
    const ended = await this.spawn(`schelly ${args[0]}`, [...PROGRAM, ...args], env).end();
    transcribe(`schelly ${args.map(shellWord).join(" ")}`, ended);
    return ended;
  }

  /** A command to this folder's server that must succeed; its JSON. */
  async ask<T = any>(...args: string[]): Promise<T> {
    const ended = await this.cli(...args, "--json", "--socket", this.socket);
    assert.equal(ended.code, 0, `schelly ${args.join(" ")}: ${ended.err}`);
    return JSON.parse(ended.out);
  }

  /** Runs another program to its end; it must succeed. */
  async tool(argv: [string, ...string[]], env: Environment = {}): Promise<string> {
    const ended = await this.spawn(argv[0], argv, env).end();
    transcribe(argv.map(shellWord).join(" "), ended);
    assert.equal(ended.code, 0, `${argv.join(" ")}: ${ended.err}`);
    return ended.out;
  }

  /** A provider with the original's manners. `name` tells ledgers apart. */
  async originalProvider(
    options: { name?: string; port?: number; durationMs?: number; failEvery?: number } = {},
  ): Promise<OriginalProcess> {
    const ledgerFile = `${this.folder}/${options.name ?? "ledger"}.jsonl`;
    const child = this.spawn("original provider", [
      ...[Deno.execPath(), "run", "-q", "-A", "--config", `${ROOT}deno.json`],
      ...[`${ROOT}tests/support/original_provider.ts`, "--ledger", ledgerFile],
      ...["--port", String(options.port ?? 0), "--duration-ms", String(options.durationMs ?? 100)],
      ...["--fail-every", String(options.failEvery ?? 0)],
    ]);
    const [, url] = await child.said("out", /"url":"([^"]+)"/);
    const ledger = async () => {
      const text = await readFile(ledgerFile, "utf8").catch(() => "");
      return text.split("\n").slice(0, -1).map((line) => JSON.parse(line) as OriginalEntry);
    };
    return { url: url!, child, ledger, ledgerFile };
  }

  /** `schelly provider serve …`, its journal in `stateFolder` under this rig's folder. */
  async servedProvider(
    args: string[],
    env: Environment = {},
    stateFolder = "provider",
  ): Promise<ProviderProcess> {
    const folder = `${this.folder}/${stateFolder}`;
    await mkdir(folder, { recursive: true });
    const common = ["--listen", "127.0.0.1:0", "--state-folder", folder];
    const child = this.spawn("provider", [...PROGRAM, "provider", "serve", ...args, ...common], env);
    const [, url] = await child.said("err", /Serving .* at (http:\/\/\S+?)\.\n/);
    return { url: url!, child };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The youngest first: servers before the providers they call.
    for (const child of this.children.toReversed()) await child[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What every process said on stderr, the end of it. */
  report(): string {
    return this.children.filter((child) => child.err !== "")
      .map((child) => `--- ${child.name} said:\n${child.err.slice(-MOST_SHOWN)}`).join("\n");
  }
}

const MOST_SHOWN = 6_000;

/** A test with a rig; when it fails, the error ends with what the processes said. */
export function programTest(
  name: string,
  body: (rig: Rig) => Promise<void>,
  options: { skip?: string | false } = {},
): void {
  test(name, { skip: options.skip ?? false }, async () => {
    await using rig = new Rig();
    try {
      await body(rig);
    } catch (error) {
      if (error instanceof Error) error.message += `\n${rig.report()}`;
      throw error;
    }
  });
}

/** Waits, in real time, until the condition holds; the first value that is neither false nor undefined is answered. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  mostMs = PATIENCE_MS,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = systemClock.monotonic() + mostMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) {
      return found as NonNullable<Exclude<T, false>>;
    }
    assert.ok(systemClock.monotonic() < end, `not within ${mostMs / 1000} s: ${what}`);
    await systemClock.sleep(20);
  }
}

/** A pattern that fires once a day, `inMs` from now or up to a second later; and that instant. */
export function dailyPattern(inMs: number): { pattern: string; slot: number } {
  const slot = Math.ceil((systemClock.now() + inMs) / 1000) * 1000;
  const [hours, minutes, seconds] = new Date(slot).toISOString().slice(11, 19).split(":").map(Number);
  return { pattern: `${seconds} ${minutes} ${hours} * * *`, slot };
}

/** A port that is free now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

function transcribe(line: string, { code, out, err }: Ended): void {
  if (!TRANSCRIPT) return;
  const rest = [out, err].filter((text) => text !== "").map((text) => text.replace(/\n?$/, "\n")).join("");
  process.stdout.write(`$ ${line}\n${rest}${code === 0 ? "" : `[exit code ${code}]\n`}\n`);
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
}
