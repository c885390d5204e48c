// What comes into the state and goes out of it: imports, the original's records, copies, and what is refused in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stateOperations, type StateParts } from "../../../src/app/operations/state.ts";
import { StoreError } from "../../../src/domain/errors.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const HOUR = 3_600_000;
const BOSS = { name: "boss", role: "admin" } as const;
const SOCKET = { name: "socket", role: "admin", isLocal: true } as const;

const operationsOf = ({ engine }: Rig, changes: Partial<StateParts> = {}) =>
  stateOperations({
    engine,
    snapshotFolder: () => undefined,
    takeSnapshot: () => Promise.reject(new Error("not asked for here")),
    room: () => Promise.resolve(null),
    giveBack: () => Promise.reject(new Error("not asked for here")),
    readOriginal: () => Promise.resolve([]),
    ...changes,
  });

test("an import shows what came in, and what a trial would bring", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 0 0 1 1 *", retention: policy("hourly=5") }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", capabilities: { list: true } })],
  });
  r.provider.seed({ id: "old-1", startedAt: r.clock.now() - HOUR });
  const operations = operationsOf(r);
  const dry = (await operations.importBackups("db", BOSS, true))!;
  assert.ok(dry.outcome === "done");
  assert.deepEqual(dry.view.imported.map(({ id, run_id }) => [id, run_id]), [["old-1", null]]);
  const wet = (await operations.importBackups("db", BOSS, false))!;
  assert.ok(wet.outcome === "done");
  const [row] = await r.store.find("old-1");
  assert.deepEqual(wet.view.imported.map(({ id, run_id }) => [id, run_id]), [["old-1", row!.runId]]);
  assert.equal(await operations.importBackups("nobody", BOSS, false), undefined);
});

test("an import from a provider that cannot list is refused", async () => {
  await using r = await rig();
  assert.deepEqual(await operationsOf(r).importBackups("db", BOSS, false), {
    outcome: "conflict",
    message: "Cannot import into job 'db': its provider 'p' cannot list what it has",
  });
});

test("a migration says which levels of the original are lost, and what file it cannot read", async () => {
  await using r = await rig({ jobs: [{ retention: policy("daily=4") }] });
  const done = (await operationsOf(r).migrate("db", "/old.db", BOSS, true))!;
  assert.ok(done.outcome === "done" && done.view.levels_lost.length > 0);
  const readOriginal = () => Promise.reject(new StoreError("corrupt", "it is no database"));
  assert.deepEqual(await operationsOf(r, { readOriginal }).migrate("db", "/old.db", BOSS, true), {
    outcome: "conflict",
    message: "it is no database",
  });
  const bug = () => Promise.reject(new TypeError("a bug"));
  await assert.rejects(operationsOf(r, { readOriginal: bug }).migrate("db", "/old.db", BOSS, true), /a bug/);
  assert.equal(await operationsOf(r).migrate("nobody", "/old.db", BOSS, true), undefined);
});

test("a copy to a path that cannot be written is the caller's to fix, a broken state is not", async () => {
  await using r = await rig();
  const fails = (kind: "not_writable" | "corrupt") =>
    operationsOf(r, { takeSnapshot: () => Promise.reject(new StoreError(kind, "no")) });
  assert.deepEqual(await fails("not_writable").snapshot("/copy", SOCKET), {
    outcome: "conflict",
    message: "no",
  });
  await assert.rejects(fails("corrupt").snapshot("/copy", SOCKET), StoreError);
});

test("over TCP a copy goes only below the folder that is named for it, at the socket anywhere", async () => {
  await using r = await rig();
  const copied: string[] = [];
  const takeSnapshot = (path: string) => {
    copied.push(path);
    return Promise.resolve({} as never);
  };
  const outcomes = async (
    folder: string | undefined,
    by: typeof BOSS | typeof SOCKET,
    ...paths: string[]
  ) => {
    const { snapshot } = operationsOf(r, { takeSnapshot, snapshotFolder: () => folder });
    return await Promise.all(paths.map(async (path) => (await snapshot(path, by)).outcome));
  };
  const paths = [
    "/copies/a.db",
    "/copies/of/a.db",
    "/copies",
    "/copies/",
    "/copies-2/a.db",
    "/copies/../a.db",
    "/a.db",
  ];
  const [yes, no] = ["written", "refused"];
  assert.deepEqual(await outcomes("/copies", BOSS, ...paths), [yes, yes, no, yes, no, no, no]);
  assert.deepEqual(await outcomes(undefined, BOSS, ...paths), paths.map(() => no));
  assert.deepEqual(await outcomes(undefined, SOCKET, ...paths), paths.map(() => yes));
  assert.equal(copied.length, 3 + paths.length);
});

test("room is given back where the state file was made for it, and shown everywhere", async () => {
  await using r = await rig();
  const asked: string[] = [];
  const withRoom = (isInSlices: boolean) =>
    operationsOf(r, {
      room: () => Promise.resolve({ bytes: 9_000_000, freeBytes: 5_000_000, pageBytes: 4096, isInSlices }),
      giveBack: (before, by) => {
        asked.push(by.name);
        return Promise.resolve({ ...before, bytes: 4_000_000, freeBytes: 0 });
      },
    });
  const view = { bytes_before: 9_000_000, bytes_after: 4_000_000, free_bytes: 5_000_000 };
  const done = await withRoom(true).compact(BOSS, false);
  assert.deepEqual(done, { outcome: "done", view: { ...view, dry_run: false, needs_stop: false } });
  const dry = await withRoom(false).compact(BOSS, true);
  assert.deepEqual(dry, { outcome: "done", view: { ...view, dry_run: true, needs_stop: true } });
  const old = await withRoom(false).compact(BOSS, false);
  assert.ok(old.outcome === "conflict");
  assert.match(old.message, /5 MB are free: stop Schelly and run `schelly state compact`/);
  const remote = await operationsOf(r).compact(BOSS, true);
  assert.ok(remote.outcome === "conflict");
  assert.match(remote.message, /is the business of the libSQL server/);
  assert.deepEqual(asked, ["boss"]);
});
