// The OpenAPI document: complete, without loose ends.
// Also tests answers.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Document } from "../support/openapi_cases.ts";
import { judgeBy } from "../support/openapi_judge.ts";
import { testApi } from "../support/test_api.ts";

interface Operation {
  summary?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { description?: string; content?: Record<string, unknown> }>;
}

async function documentOf() {
  const response = await testApi().ask("GET /openapi.json");
  return await response.json() as {
    openapi: string;
    info: { title: string; version: string };
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
  };
}

test("GET /openapi.json is OpenAPI 3.1 of this version and the same every time", async () => {
  const { ask } = testApi();
  const document = await documentOf();
  assert.equal(document.openapi, "3.1.0");
  assert.equal(document.info.version, "1.2.3");
  const first = await (await ask("GET /openapi.json")).text();
  assert.equal(await (await ask("GET /openapi.json")).text(), first);
});

test("every $ref of the document resolves, and every schema is used", async () => {
  const document = await documentOf();
  const used = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === "$ref") {
        const name = /^#\/components\/schemas\/(\w+)$/.exec(String(value))?.[1];
        assert.ok(name !== undefined && name in document.components.schemas, `${value} leads nowhere`);
        used.add(name);
      } else visit(value);
    }
  };
  visit(document);
  assert.deepEqual([...used].sort(), Object.keys(document.components.schemas).sort());
});

test("every endpoint has words, its path parameters, a success, and problems for what can go wrong", async () => {
  const { paths } = await documentOf();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const name = `${method} ${path}`;
      assert.ok(operation.summary && operation.tags?.length === 1, name);
      const named = [...path.matchAll(/{(\w+)}/g)].map((match) => match[1]);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      assert.deepEqual(declared.map((parameter) => parameter.name), named, name);
      assert.ok(declared.every((parameter) => parameter.required), name);
      const statuses = Object.keys(operation.responses);
      assert.ok(statuses.some((status) => status.startsWith("2")), name);
      for (const [status, response] of Object.entries(operation.responses)) {
        assert.ok(response.description, `${name} ${status}`);
        if (Number(status) >= 400 && status !== "503") {
          assert.deepEqual(
            Object.keys(response.content ?? {}),
            ["application/problem+json"],
            `${name} ${status}`,
          );
        }
      }
    }
  }
});

test("the document names every parameter of the published interface", async () => {
  const { paths } = await documentOf();
  const names = paths["/backups"]!.get!.parameters!.map((parameter) => parameter.name);
  assert.deepEqual(names, ["status", "tag", "suspect", "job", "since", "until", "limit", "cursor"]);
});

test("an answer that the document does not foresee is found, whatever is wrong with it", async () => {
  const { ask } = testApi();
  const judge = judgeBy(await (await ask("GET /openapi.json")).json() as Document);
  const of = (path: string, value: unknown, status = 200, type = "application/json") =>
    judge("GET", path, { status, type, body: JSON.stringify(value) });
  const freeze = await (await ask("GET /freeze")).json();
  assert.equal(of("/freeze", freeze), undefined);
  assert.match(of("/freeze", { ...freeze, frozen: undefined })!, /'frozen'/);
  assert.match(of("/freeze", { ...freeze, frozen: "yes" })!, /frozen must be boolean/);
  assert.match(of("/freeze", { ...freeze, since: "today" })!, /since must match format/);
  assert.match(of("/freeze", { ...freeze, more: 1 })!, /unevaluated/);
  assert.match(of("/freeze", freeze, 201)!, /201 is not in the document/);
  assert.match(of("/freeze", freeze, 200, "text/plain")!, /text\/plain is not in the document/);
  const job = await (await ask("GET /jobs/db")).json();
  const guard = { guard: "g", since: null, latched: true, message: "m" };
  assert.equal(of("/jobs/db", { ...job, guards: [guard] }), undefined);
  assert.match(of("/jobs/db", { ...job, guards: [{ ...guard, more: 1 }] })!, /guards\/0/);
  const problem = { type: "about:blank", title: "Not found", status: 404, detail: "There is no such job" };
  assert.equal(of("/jobs/none", problem, 404, "application/problem+json"), undefined);
  const plan = { job: "j", provider: "p", dry_run: true, imported: [], skipped: [], would_delete: [] };
  const migrated = (value: unknown) =>
    judge("POST", "/jobs/db/migrate", { status: 200, type: "application/json", body: JSON.stringify(value) });
  assert.equal(migrated({ ...plan, levels_lost: [] }), undefined);
  assert.match(migrated(plan)!, /levels_lost/);
  assert.match(migrated({ ...plan, levels_lost: [], more: 1 })!, /unevaluated/);
});
