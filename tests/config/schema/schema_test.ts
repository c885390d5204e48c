// The JSON schema that editors read, and the example that shows every key, hold to the one schema.
// Also tests schema_job.ts, schema_notify.ts, schema_promise.ts and schema_server.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "yaml";
import type { CommandProviderSpec } from "../../../src/domain/provider_spec.ts";
import { jsonSchema, type JsonSchemaNode, keysAt } from "../../../src/config/schema/schema.ts";
import { EXAMPLES } from "../../../src/config/schema/schema_examples.ts";
import { load } from "../../support/load_text.ts";

const EXAMPLE = await readFile(new URL("../../../schelly.example.yaml", import.meta.url), "utf8");
const SCHEMA_FILE = new URL("../../../schelly.schema.json", import.meta.url);

/** The example with every commented key made live. */
const WHOLE_EXAMPLE = EXAMPLE.replace(/^(\s*)#(?=(?:- )?[a-z0-9_-]+:)/gm, "$1");

test("schelly.schema.json is what jsonSchema() makes", async () => {
  assert.deepEqual(
    JSON.parse(await readFile(SCHEMA_FILE, "utf8")),
    JSON.parse(JSON.stringify(jsonSchema())),
    "write it anew: schelly config schema > schelly.schema.json",
  );
});

test("jsonSchema() describes every key and closes every object", () => {
  const missing: string[] = [];
  const visit = (node: JsonSchemaNode, path: string) => {
    for (const branch of node.anyOf ?? []) visit(branch, path);
    if (node.items !== undefined) visit(node.items, `${path}[]`);
    if (node.properties === undefined) return;
    if (node.additionalProperties !== false) missing.push(`${path} is open`);
    for (const [key, inner] of Object.entries(node.properties)) {
      if (typeof inner.description !== "string") missing.push(`${path}.${key} has no description`);
      visit(inner, `${path}.${key}`);
    }
  };
  visit(jsonSchema(), "");
  assert.deepEqual(missing, []);
  assert.equal(jsonSchema().$schema, "http://json-schema.org/draft-07/schema#");
});

test("jsonSchema() gives examples that its own patterns and the loader take", async () => {
  const jobKeys = [
    "schedule",
    "timezone",
    "grace_time",
    "max_duration",
    "retry_interval",
    "min_size",
    "from",
  ];
  for (const key of jobKeys) {
    const examples = jsonSchema().properties!.jobs!.items!.properties![key]!.examples as unknown[];
    assert.ok(examples.length > 0, key);
    for (const example of examples) {
      await load(
        `jobs: [{ name: a, provider: { url: "http://p/b" }, ${key}: ${JSON.stringify(example)} }]\n`,
      );
    }
  }
  for (const key of ["hourly", "daily", "weekly", "monthly", "yearly"] as const) {
    for (const example of EXAMPLES[key]!) {
      const retention = `retention: { ${key}: ${JSON.stringify(example)} }`;
      await load(`jobs: [{ name: a, provider: { url: "http://p/b" }, ${retention} }]\n`);
    }
  }
});

test("keysAt() knows the keys of mappings, lists, unions and named entries", () => {
  assert.deepEqual(keysAt([]), [
    "server",
    "log",
    "state",
    "standby",
    "events",
    "metrics",
    "heartbeat",
    "recovery_sheet",
    "restore",
    "notify",
    "jobs_dir",
    "providers",
    "defaults",
    "jobs",
  ]);
  assert.deepEqual(keysAt(["notify", "channels", "any"], "ntfy"), [
    "type",
    "url",
    "url_file",
    "ca_file",
    "token",
    "token_file",
    "timeout",
  ]);
  assert.equal(keysAt(["jobs", 3, "retention"]).includes("daily"), true);
  assert.equal(keysAt(["jobs", 3, "provider"]).includes("use"), true);
  assert.equal(keysAt(["providers", "any", "restic"]).includes("repository"), true);
  assert.equal(keysAt(["server", "auth", "tokens", 0]).includes("role"), true);
  assert.deepEqual(keysAt(["providers", "any", "headers"]), []);
});

test("schelly.example.yaml is valid and makes the demo it promises", async () => {
  const config = await load(EXAMPLE);
  assert.deepEqual(config.notes, []);
  assert.deepEqual(config.server.listen, { hostname: "127.0.0.1", port: 8080 });
  assert.equal(config.server.socket, "/home/me/demo/schelly.sock");
  assert.equal(config.state.url, "file:/home/me/demo/schelly.db");
  assert.equal(config.jobs[0]!.schedule, "*/5 * * * * *");
  assert.equal(config.jobs[0]!.retention.levels.secondly.count, 6);
  assert.equal(config.jobs[0]!.retention.levels.minutely.count, 3);
});

test("schelly.example.yaml stays valid with every commented key made live", async () => {
  const config = await load(WHOLE_EXAMPLE, { secrets: "optional", files: { "/home/me/jobs.d/.kept": "" } });
  assert.deepEqual([...config.providers.keys()], [
    ...["demo", "nas", "web@web-1", "web@db", "home-restic", "disk", "cluster", "offsite"],
  ]);
  const warnings = config.notes.filter((note) => note.severity !== "note").map((note) => note.path);
  assert.deepEqual(warnings, []);
});

test("schelly.example.yaml shows every key there is", () => {
  const example = parse(WHOLE_EXAMPLE) as Record<string, unknown>;
  const shown = new Set<string>();
  const collect = (value: unknown) => {
    if (Array.isArray(value)) return value.forEach(collect);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      shown.add(key);
      collect(inner);
    }
  };
  collect(example);
  const absent = new Set<string>();
  const visit = (node: JsonSchemaNode) => {
    for (const branch of node.anyOf ?? []) visit(branch);
    if (node.items !== undefined) visit(node.items);
    if (typeof node.additionalProperties === "object") visit(node.additionalProperties);
    for (const [key, inner] of Object.entries(node.properties ?? {})) {
      if (!shown.has(key) && !new RegExp(`\\b${key}\\b`).test(EXAMPLE)) absent.add(key);
      visit(inner);
    }
  };
  visit(jsonSchema());
  assert.deepEqual([...absent], []);
});

test("schelly.example.yaml names the defaults that hold", () => {
  const schema = jsonSchema();
  /** The schema node at keys, through unions. */
  const defaultAt = (...keys: string[]): unknown => {
    let nodes = [schema];
    for (const key of keys) {
      nodes = nodes.flatMap((node) => [node, ...node.anyOf ?? []])
        .flatMap((
          node,
        ) => [node.properties?.[key] ?? node.items?.properties?.[key] ?? node.additionalProperties])
        .filter((node): node is JsonSchemaNode => typeof node === "object");
    }
    return nodes[0]?.default;
  };
  const example = parse(WHOLE_EXAMPLE) as any;
  const same = (value: unknown, ...keys: string[]) => assert.equal(value, defaultAt(...keys), keys.join("."));
  same(example.server.stop_timeout, "server", "stop_timeout");
  same(example.log.level, "log", "level");
  const [job] = example.jobs;
  for (const key of ["enabled", "jitter", "missed_runs", "grace_time", "retry_interval", "on_unknown"]) {
    same(job[key], "jobs", key);
  }
  for (
    const key of ["week_starts", "min_keep", "min_age", "keep_oldest", "verified", "max_deletes_per_pass"]
  ) {
    same(job.retention[key], "jobs", "retention", key);
  }
  same(job.retention.guard.max_percent, "jobs", "retention", "guard", "max_percent");
  same(example.providers.demo.max_concurrent, "providers", "demo", "max_concurrent");
  same(
    example.providers["home-restic"].restic.on_incomplete,
    "providers",
    "home-restic",
    "restic",
    "on_incomplete",
  );
});

test("schelly.example.yaml's commands make, find and delete a real archive", async () => {
  const { providers } = await load(EXAMPLE);
  const spec = providers.get("demo") as CommandProviderSpec;
  const cwd = await mkdtemp(`${tmpdir()}/schelly-demo-`);
  const run = async (argv: readonly string[]) => {
    const env = { ...process.env, SCHELLY_BACKUP_ID: "b-1", SCHELLY_DATA_ID: "b-1" };
    try {
      const { stdout } = await promisify(execFile)(argv[0]!, argv.slice(1), { cwd, env });
      return { code: 0, stdout };
    } catch (error) {
      return { code: (error as { code: number }).code, stdout: "" };
    }
  };
  try {
    assert.equal((await run(spec.get!)).code, 3);
    assert.equal((await run(spec.delete)).code, 3);
    const made = await run(spec.create);
    assert.equal(made.code, 0);
    const answer = JSON.parse(made.stdout.trim().split("\n").at(-1)!);
    assert.equal(answer.size_mb > 0 && answer.size_mb < 0.1, true);
    const listed = await promisify(execFile)("tar", [
      "-xzOf",
      `${cwd}/demo/backups/b-1.tar.gz`,
      "source/diary.txt",
    ]);
    assert.match(listed.stdout, /written for backup b-1/);
    assert.equal((await run(spec.get!)).code, 0);
    assert.equal((await run(spec.delete)).code, 0);
    assert.equal((await run(spec.get!)).code, 3);
  } finally {
    await rm(cwd, { recursive: true });
  }
});

test("schelly.example.yaml points editors at the schema beside it", () => {
  assert.match(EXAMPLE, /^# yaml-language-server: \$schema=\.\/schelly\.schema\.json\n/);
  assert.match(fileURLToPath(SCHEMA_FILE), /schelly\.schema\.json$/);
});
