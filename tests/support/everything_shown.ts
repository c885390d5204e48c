// What a running program shows of itself to anybody: every answer, every file. To be searched for what must not be there.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import type { Server } from "./program.ts";
import type { RawRequest } from "./raw_server.ts";

/** Fails when `text` holds one of these secrets. */
export function assertClean(what: string, text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    assert.ok(at < 0, `${what} holds '${secret}': …${text.slice(Math.max(0, at - 150), at + 80)}…`);
  }
}

/** Says all it was told, to whoever reads its answers. */
export function talkative({ method, target, headers, body }: RawRequest): string {
  return JSON.stringify({ method, target, headers, body });
}

/** The answer of every GET endpoint that the document names, for these jobs and every run and backup there is. */
export async function everyRead(
  server: Server,
  headers: Record<string, string>,
  jobs: string[],
): Promise<[string, string][]> {
  const get = (path: string) => server.request("GET", path, { headers });
  const { body: document } = await get("/openapi.json");
  const { body: runs } = await get("/runs?limit=1000");
  const { body: operations } = await get("/operations");
  const values: Record<string, string[]> = {
    job: jobs,
    run_id: runs.map((run: { run_id: string }) => run.run_id),
    id: runs.flatMap((run: { id: string | null }) => run.id ?? []),
    op: [...operations.map((one: { operation_id: string }) => one.operation_id), "of-nobody"],
  };
  const paths = Object.entries<Record<string, unknown>>(document.paths)
    .filter(([, methods]) => "get" in methods)
    .flatMap(([path]) => {
      const name = /\{(\w+)\}/.exec(path)?.[1];
      const filled = name === undefined
        ? [path]
        : values[name]!.map((value) => path.replace(/\{\w+\}/, encodeURIComponent(value)));
      return filled;
    });
  assert.ok(paths.length > 30, paths.join());
  const answers: [string, string][] = [];
  for (const path of [...paths, "/readyz?verbose", "/events?limit=10000", "/nothing"]) {
    const { body, headers: sent } = await get(path);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    answers.push([`GET ${path}`, `${text}\n${JSON.stringify([...sent])}`]);
  }
  return answers;
}

/** Every file below, after a look that only its owner may read it. */
export function filesBelow(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found.flatMap((entry) => {
    const path = `${entry.parentPath}/${entry.name}`;
    assert.equal(statSync(path).mode & 0o077, 0, `${path} is for its owner alone`);
    return entry.isFile() ? [path] : [];
  });
}

/** A file as it lies there. */
export function textOf(path: string): [string, string] {
  return [path, readFileSync(path).toString("latin1")];
}
