// The JSON schema in the real yaml-language-server: completion, hover and a diagnostic, as editors show them.
// The server is fetched by npm once, into a folder of its own beside the temporary files.

import { test } from "node:test";
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { jsonSchema } from "../../../src/config/schema/schema.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { missing } from "../../support/require_tool.ts";

const VERSION = "1.19.2";
const FOLDER = `${process.env.SCHELLY_TEST_CACHE ?? tmpdir()}/schelly-yaml-language-server-${VERSION}`;
const PROGRAM = `${FOLDER}/node_modules/yaml-language-server/bin/yaml-language-server`;
const PATIENCE_MS = 30_000;

/** Why the test is skipped; false when the server is there. */
function fetchServer(): string | false {
  if (existsSync(PROGRAM)) return false;
  const args = ["install", "--prefix", FOLDER, "--no-audit", "--no-fund", "--ignore-scripts"];
  const ended = spawnSync("npm", [...args, `yaml-language-server@${VERSION}`], { timeout: 60_000 });
  if (ended.status === 0 && existsSync(PROGRAM)) return false;
  return missing("yaml-language-server", "npm cannot fetch it");
}

/** The language server protocol over the server's own streams. */
class Client {
  #buffer = new Uint8Array();
  #next = 0;
  readonly #answers = new Map<number, (result: any) => void>();
  readonly #diagnostics: any[] = [];

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.on("data", (chunk: Uint8Array) => this.#read(chunk));
    child.stderr.resume();
  }

  async ask(method: string, params: unknown): Promise<any> {
    const id = ++this.#next;
    const answer = new Promise<any>((resolve) => this.#answers.set(id, resolve));
    this.#send({ id, method, params });
    return await this.#within(answer, method);
  }

  tell(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  /** The first list of problems that is not empty. */
  async problems(): Promise<any[]> {
    for (let waited = 0; waited < PATIENCE_MS; waited += 20) {
      const found = this.#diagnostics.find((list) => list.length > 0);
      if (found !== undefined) return found;
      await systemClock.sleep(20);
    }
    return assert.fail("no problem was told");
  }

  async #within<T>(answer: Promise<T>, what: string): Promise<T> {
    const limit = new AbortController();
    const late = systemClock.sleep(PATIENCE_MS, limit.signal).then(() => assert.fail(`no answer to ${what}`));
    try {
      return await Promise.race([answer, late]);
    } finally {
      late.catch(() => {});
      limit.abort();
    }
  }

  #send(message: Record<string, unknown>): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.child.stdin.write(`Content-Length: ${new TextEncoder().encode(text).length}\r\n\r\n${text}`);
  }

  #read(chunk: Uint8Array): void {
    this.#buffer = new Uint8Array([...this.#buffer, ...chunk]);
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#buffer);
      const head = /^Content-Length: (\d+)[^]*?\r\n\r\n/i.exec(text);
      if (head === null) return;
      const end = head[0].length + Number(head[1]);
      if (this.#buffer.length < end) return;
      const message = JSON.parse(new TextDecoder().decode(this.#buffer.slice(head[0].length, end)));
      this.#buffer = this.#buffer.slice(end);
      this.#take(message);
    }
  }

  #take(message: any): void {
    if (message.method === "textDocument/publishDiagnostics") {
      this.#diagnostics.push(message.params.diagnostics);
    } else if (message.method !== undefined && message.id !== undefined) {
      // What it asks of the editor: its settings, one answer an item.
      const items = message.params?.items ?? [];
      this.#send({ id: message.id, result: items.map(() => ({})) });
    } else if (message.id !== undefined) this.#answers.get(message.id)?.(message.result);
  }
}

const TEXT = `# yaml-language-server: $schema=./schelly.schema.json
jobs:
  - name: postgres
    grace_time: 1h
    missed_runs: sometimes
    r
`;

test("the schema gives completion, hover and a diagnostic in yaml-language-server", {
  skip: fetchServer(),
}, async () => {
  const folder = await mkdtemp(`${tmpdir()}/schelly-editor-`);
  await writeFile(`${folder}/schelly.schema.json`, JSON.stringify(jsonSchema()));
  await writeFile(`${folder}/schelly.yaml`, TEXT);
  const child = spawn("node", [PROGRAM, "--stdio"], { stdio: ["pipe", "pipe", "pipe"] });
  try {
    const client = new Client(child);
    const uri = `file://${folder}/schelly.yaml`;
    await client.ask("initialize", {
      processId: process.pid,
      rootUri: `file://${folder}`,
      capabilities: { textDocument: { completion: {}, hover: {} }, workspace: { configuration: false } },
    });
    client.tell("initialized", {});
    client.tell("workspace/didChangeConfiguration", {
      settings: { yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false } } },
    });
    client.tell("textDocument/didOpen", {
      textDocument: { uri, languageId: "yaml", version: 1, text: TEXT },
    });

    const problems = await client.problems();
    assert.match(JSON.stringify(problems), /latest.*skip/);

    const hover = await client.ask("textDocument/hover", {
      textDocument: { uri },
      position: { line: 3, character: 6 },
    });
    const description = jsonSchema().properties!.jobs!.items!.properties!.grace_time!.description as string;
    assert.ok(JSON.stringify(hover).replaceAll("\\\\", "").includes(description), JSON.stringify(hover));

    const completion = await client.ask("textDocument/completion", {
      textDocument: { uri },
      position: { line: 5, character: 5 },
    });
    const items = Array.isArray(completion) ? completion : completion.items;
    const labels = items.map(({ label }: { label: string }) => label);
    for (const key of ["retention", "retry_interval", "renamed_from"]) {
      assert.ok(labels.includes(key), `${key} is offered: ${labels}`);
    }
  } finally {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  }
});
