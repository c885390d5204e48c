// What upkeep a restic repository has where its settings say nothing of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResticProviderSpec } from "../../../src/domain/provider_spec.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";
import { load, notesOf } from "../../support/load_text.ts";

const WEEK = 7 * 24 * 3_600_000;

/** The settings of restic as they stand after `{`, by the names of their entries. */
function configOf(entries: Record<string, string>): string {
  const lines = Object.entries(entries)
    .map(([name, more]) => `  ${name}: { restic: { paths: [/x], password: x, ${more} } }\n`);
  const jobs = Object.keys(entries).map((name) => `  - { name: ${name}, provider: ${name} }\n`);
  return `defaults: { timezone: Europe/Berlin }\nproviders:\n${lines.join("")}jobs:\n${jobs.join("")}`;
}

/** By entry: when it prunes and when it checks, as patterns, `with each`, or null. */
async function upkeepOf(entries: Record<string, string>): Promise<Record<string, unknown[]>> {
  const { providers } = await load(configOf(entries));
  const specs = [...providers.values()] as ResticProviderSpec[];
  return Object.fromEntries(specs.map(({ key, prune, pruneUpkeep, checkUpkeep }) => [key, [
    prune ? "with each" : pruneUpkeep?.schedule?.pattern ?? pruneUpkeep?.afterDeletions ?? null,
    checkUpkeep?.schedule?.pattern ?? null,
  ]]));
}

test("a repository without settings of upkeep is pruned and checked weekly, each provider at times of its own", async () => {
  const names = Array.from({ length: 40 }, (_, at) => `host-${at}`);
  const entries = Object.fromEntries(names.map((name) => [name, `repository: /${name}`]));
  const found = await upkeepOf(entries);
  assert.deepEqual(await upkeepOf(entries), found, "a restart moves none");
  const patterns = Object.values(found).flat() as string[];
  assert.equal(patterns.length, 80);
  assert.ok(new Set(patterns).size > 75, "spread");
  assert.equal(new Set(patterns.map((pattern) => pattern.at(-1))).size, 7, "over all days");
  for (const pattern of patterns) {
    const parsed = parseSchedule(pattern, "Europe/Berlin");
    assert.ok("schedule" in parsed, pattern);
    const from = Date.UTC(2026, 6, 1);
    const first = parsed.schedule.next(from)!;
    assert.ok(first - from <= WEEK, pattern);
    assert.equal(parsed.schedule.next(first), first + WEEK, pattern);
  }
});

test("what is written of upkeep stays as it was, and `never` turns it off", async () => {
  const found = await upkeepOf({
    off: "repository: /off, prune: never, check: never",
    before: "repository: /before, prune: false, check: never",
    each: "repository: /each, prune: true, check: { schedule: '0 5 1 * *' }",
    after: "repository: /after, prune: { after_deletions: 20 }, check: never",
  });
  assert.deepEqual(found, {
    off: [null, null],
    before: [null, null],
    each: ["with each", "0 5 1 * *"],
    after: [20, null],
  });
});

test("of the entries of one repository one prunes and one checks: the one that says so, else the first that says nothing", async () => {
  const twice = await upkeepOf({ a: "repository: /r", b: "repository: local:/r/" });
  assert.equal(twice.a!.every((pattern) => typeof pattern === "string"), true);
  assert.deepEqual(twice.b, [null, null]);
  const asked = await upkeepOf({ a: "repository: /r", b: "repository: /r, prune: true, check: never" });
  assert.equal(asked.a![0], null, "the other prunes");
  assert.equal(typeof asked.a![1], "string", "nobody else checks");
  assert.deepEqual(asked.b, ["with each", null]);
  const second = await upkeepOf({ a: "repository: /r, prune: never, check: never", b: "repository: /r" });
  assert.deepEqual(second.a, [null, null]);
  assert.equal(second.b!.every((pattern) => typeof pattern === "string"), true);
});

test("validate notes the upkeep that nobody wrote, and config show its times", async () => {
  const text = configOf({ nas: "repository: /r", quiet: "repository: /q, prune: never, check: never" });
  const { effective, providers } = await load(text);
  const { pruneUpkeep, checkUpkeep } = providers.get("nas") as ResticProviderSpec;
  const [prune, check] = [pruneUpkeep!.schedule!.pattern, checkUpkeep!.schedule!.pattern];
  assert.deepEqual(await notesOf(text), [
    "note schelly.yaml:3:18: providers.nas.restic: has weekly upkeep by default, " +
    `prune: { schedule: "${prune}" }, check: { schedule: "${check}" } (Europe/Berlin) ` +
    "(write another time, or prune: never, check: never)",
  ]);
  const rows = effective.filter(({ path }) => /\.(prune|check)\b/.test(path))
    .map(({ path, value, source }) => `${path} = ${value}  # ${source}`);
  assert.deepEqual(rows, [
    `providers.nas.restic.prune.schedule = ${prune}  # default`,
    `providers.nas.restic.check.schedule = ${check}  # default`,
    "providers.quiet.restic.prune = never  # schelly.yaml:4",
    "providers.quiet.restic.check = never  # schelly.yaml:4",
  ]);
});
