// How edits are taken over: one at a time, shared by those who wait, and again where it could not be yet.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../src/config/values/config.ts";
import { ConfigError } from "../../src/domain/errors.ts";
import { NOTHING_CHANGED } from "../../src/app/config_changes.ts";
import { Reloads } from "../../src/app/reloads.ts";
import { FakeClock } from "../support/fake_clock.ts";

interface Script {
  load?: () => Promise<void>;
  busy?: () => string[];
  apply?: () => Promise<void>;
  changes?: string[];
}

function play(script: Script = {}) {
  const clock = new FakeClock(0);
  const stop = new AbortController();
  const said: string[] = [];
  const seen = { loads: 0, applies: 0, atOnce: 0, most: 0 };
  const reloads = new Reloads({
    clock,
    stop: stop.signal,
    async load() {
      seen.loads++;
      seen.most = Math.max(seen.most, ++seen.atOnce);
      await script.load?.().finally(() => seen.atOnce--);
      if (script.load === undefined) seen.atOnce--;
      return {} as Config;
    },
    busy: () => script.busy?.() ?? [],
    async apply() {
      seen.applies++;
      await script.apply?.();
      return script.changes ?? ["changed"];
    },
    taken: (text) => said.push(`taken: ${text}`),
    refused: (text) => said.push(`refused: ${text}`),
  });
  return { clock, stop, said, seen, reloads };
}

test("reload() answers what changed, and the last answer stays", async () => {
  const { reloads, said } = play();
  assert.equal(reloads.last, null);
  assert.deepEqual(await reloads.reload(), { ok: true, messages: ["changed"] });
  assert.deepEqual(reloads.last, { ok: true, messages: ["changed"] });
  assert.deepEqual(said, ["taken: changed"]);
});

test("reload() is never under way twice; who waits shares one that reads the files after he asked", async () => {
  const gate = Promise.withResolvers<void>();
  const { reloads, seen } = play({ load: () => gate.promise });
  const first = reloads.reload();
  const others = Array.from({ length: 50 }, () => reloads.reload());
  gate.resolve();
  await Promise.all([first, ...others]);
  assert.deepEqual([seen.loads, seen.most], [2, 1]);
});

test("reload() applies nothing of an invalid configuration", async () => {
  const issue = { file: "schelly.yaml", path: "jobs", message: "bad", severity: "error" as const };
  const { reloads, seen, said } = play({ load: () => Promise.reject(new ConfigError([issue])) });
  assert.deepEqual(await reloads.reload(), { ok: false, messages: ["schelly.yaml: jobs: bad"] });
  assert.equal(seen.applies, 0);
  assert.deepEqual(said, ["refused: schelly.yaml: jobs: bad"]);
});

test("reload() says why a configuration is refused, and not what is merely noted of it beside that", async () => {
  const issue = (message: string, severity: "error" | "note" | "warning" = "error") => (
    { file: "a.yaml", path: "", message, severity }
  );
  const found = [issue("fine", "note"), issue("hm", "warning"), issue("bad")];
  const { reloads, said } = play({ load: () => Promise.reject(new ConfigError(found)) });
  assert.deepEqual(await reloads.reload(), { ok: false, messages: ["a.yaml: bad"] });
  const many = ["1", "2", "3", "4", "5"].map((text) => issue(text));
  const other = play({ load: () => Promise.reject(new ConfigError(many)) });
  assert.equal((await other.reloads.reload()).messages.length, 5);
  assert.deepEqual([...said, ...other.said], [
    "refused: a.yaml: bad",
    "refused: a.yaml: 1; a.yaml: 2; a.yaml: 3; and 2 more: see 'schelly validate config'",
  ]);
});

test("reload() that a busy provider hinders is told once and taken over by itself later", async () => {
  let busy = ["nas"];
  const { reloads, clock, said, seen } = play({ busy: () => busy });
  assert.equal((await reloads.reload()).ok, false);
  await clock.advance(20_000);
  assert.equal(seen.loads > 2, true);
  assert.equal(said.length, 1);
  busy = [];
  await clock.advance(6_000);
  assert.equal(said.at(-1), "taken: changed");
  const { loads } = seen;
  await clock.advance(60_000);
  assert.equal(seen.loads, loads, "then it rests");
});

test("reload() that fails half way rejects, shows, and is fixed by itself", async () => {
  let fails = true;
  const { reloads, clock, said } = play({
    apply: () => fails ? Promise.reject(new Error("disk full")) : Promise.resolve(),
  });
  await assert.rejects(reloads.reload(), /disk full/);
  assert.deepEqual(reloads.last, { ok: false, messages: ["disk full"] });
  fails = false;
  await clock.advance(6_000);
  assert.deepEqual(said, ["refused: disk full", "taken: changed"]);
});

test("reload() takes nothing over once the program stops", async () => {
  const { reloads, stop, seen } = play();
  stop.abort();
  assert.equal((await reloads.reload()).ok, false);
  assert.equal(seen.applies, 0);
});

test("who asks after the files were taken up already is told what was, when and by what", async () => {
  const changes = [["job 'a' changed"], [NOTHING_CHANGED], [NOTHING_CHANGED, "2 backups stay"]];
  const clock = new FakeClock(Date.parse("2026-03-02T10:00:00Z"));
  const reloads = new Reloads({
    clock,
    stop: new AbortController().signal,
    load: () => Promise.resolve({} as Config),
    busy: () => [],
    apply: () => Promise.resolve(changes.shift() ?? [NOTHING_CHANGED]),
    taken: () => {},
    refused: () => {},
  });
  assert.deepEqual((await reloads.reload("an edit of the files")).messages, ["job 'a' changed"]);
  await clock.advance(1_000);
  const told = "nothing changed since: this very configuration is in use since 2026-03-02T10:00:00.000Z, " +
    "taken up as asked for by an edit of the files: job 'a' changed";
  assert.deepEqual(await reloads.reload(), { ok: true, messages: [told] });
  assert.deepEqual((await reloads.reload()).messages, [told, "2 backups stay"]);
});

test("where nothing was ever edited it is said since when that is so", async () => {
  const { reloads, clock, said } = play({ changes: [NOTHING_CHANGED] });
  await clock.advance(60_000);
  const { messages } = await reloads.reload();
  assert.deepEqual(messages, [
    "nothing changed since: this very configuration is in use since Schelly started, at 1970-01-01T00:00:00.000Z",
  ]);
  assert.deepEqual(said, [`taken: ${messages[0]}`]);
});
