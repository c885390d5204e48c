// Restores by the server: what is on record of each, whatever its provider answers, and what a later process makes of that.
// Also tests restore_events.ts and operations/restores.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { restoreOperations } from "../../../src/app/operations/restores.ts";
import { RestoreBook } from "../../../src/app/restores/restore_book.ts";
import { ProviderError, StoreError } from "../../../src/domain/errors.ts";
import { queueCalls } from "../../../src/engine/context/calls.ts";
import type { StoredEvent } from "../../../src/ports/queries.ts";
import type { RestoreCall, RestoreOperation } from "../../../src/ports/restore.ts";
import type { Change } from "../../../src/ports/store.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeIds } from "../../support/fake_ids.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { testRun } from "../../support/memory_reads.ts";
import { memoryTree } from "../../support/memory_tree.ts";

const ANN = { name: "ann", role: "admin" } as const;
const RUN = testRun({ runId: "r1", id: "b1", job: "db", providerKey: "p" });
const WISH = { target: "/r/a", include: [], dryRun: false, overwrite: false, anyOwner: false };

/** A provider that restores as the test says, and remembers how often it was asked. */
class RestoringProvider extends FakeProvider {
  asked = 0;
  known = new Map<string, RestoreOperation>();
  canRestore = true;
  onRestore: () => void = () => {};
  onLook: () => void = () => {};

  override async capabilities() {
    return { ...await super.capabilities(), restore: this.canRestore, browse: this.canRestore };
  }
  restore(id: string, call: RestoreCall): Promise<RestoreOperation> {
    this.asked++;
    try {
      this.onRestore();
    } catch (error) {
      return Promise.reject(error);
    }
    const { operationId, target, dryRun } = call;
    const operation = this.known.get(operationId) ??
      { operationId, id, target, dryRun, state: "running" as const, message: "at it", startedAt: 1 };
    this.known.set(operationId, operation);
    return Promise.resolve(operation);
  }
  operation(operationId: string): Promise<RestoreOperation | undefined> {
    try {
      this.onLook();
    } catch (error) {
      return Promise.reject(error);
    }
    return Promise.resolve(this.known.get(operationId));
  }
  cancelOperation(operationId: string): Promise<void> {
    this.end(operationId, "failed", "it was cancelled");
    return Promise.resolve();
  }
  browse(_id: string, path: string) {
    return Promise.resolve(path === "none" ? undefined : { entries: [{ path: "a", type: "file" as const }] });
  }
  end(operationId: string, state: "done" | "failed", message: string): void {
    this.known.set(operationId, { ...this.known.get(operationId)!, state, message, files: 3, bytes: 9 });
  }
}

async function rig({ isHere = true, roots = ["/r"] } = {}) {
  const clock = new FakeClock(Date.UTC(2026, 2, 1));
  const provider = new RestoringProvider({ clock, key: "p" });
  const calls = queueCalls(provider, 1, clock);
  const files = new MemoryFiles();
  files.putFolder("/r");
  const events: StoredEvent[] = [];
  const state = { failing: 0, configured: true };
  const store = {
    commit(change: Change) {
      if (state.failing-- > 0) return Promise.reject(new StoreError("unknown", "the disk is full"));
      events.push(...change.events!.map((event, at) => ({ ...event, seq: events.length + at })));
      return Promise.resolve({ result: "done" } as const);
    },
    events: () => Promise.resolve([...events].reverse()),
  };
  const parts = {
    ...{ clock, ids: new FakeIds(clock), files, tree: memoryTree(files), store, roots: () => roots },
    callsOf: () => state.configured ? calls : undefined,
    isHere: () => isHere,
  };
  const book = new RestoreBook(parts);
  await book.start();
  return { book, parts, clock, provider, events, files, state, types: () => events.map(({ type }) => type) };
}

const accepted = (outcome: Awaited<ReturnType<RestoreBook["begin"]>>) => {
  assert.ok(outcome.outcome === "accepted", JSON.stringify(outcome));
  return outcome.restore;
};

test("a restore is on record before its provider is asked, is followed, and its end is told once it is saved", async () => {
  const { book, clock, provider, events, types, state } = await rig();
  provider.onRestore = () => assert.deepEqual(types(), ["restore.begun"]);
  const { operationId } = accepted(await book.begin(RUN, { ...WISH, include: ["etc"] }, ANN));
  assert.equal(book.get(operationId)?.message, "at it");
  provider.end(operationId, "done", "3 files restored");
  state.failing = 1;
  await clock.advance(1_500);
  assert.equal(book.get(operationId)?.state, "running", "what is not saved is not told");
  await clock.advance(6_000);
  const { state: end, files, bytes, endedAt } = book.get(operationId)!;
  assert.deepEqual([end, files, bytes, endedAt !== null], ["done", 3, 9, true]);
  assert.deepEqual(types(), ["restore.begun", "restore.done"]);
  assert.match(
    events[0]!.message,
    /^ann asked for backup 'b1' to be restored into '\/r\/a', of it one path$/,
  );
  assert.match(events[1]!.message, /was restored into '\/r\/a' for ann: 3 files, 9 B$/);
  assert.deepEqual([events[1]!.job, events[1]!.runId], ["db", "r1"]);
  assert.deepEqual(book.list({ limit: 5 }).map((one) => one.operationId), [operationId]);
  assert.deepEqual(book.list({ limit: 5, job: "other" }), []);
});

test("nothing is asked for where it surely must not be, and nothing of that is on record", async () => {
  const { book, provider, types, files, state } = await rig();
  const says = async (run = RUN, wish = {}) => {
    const outcome = await book.begin(run, { ...WISH, ...wish }, ANN);
    assert.ok(outcome.outcome !== "accepted");
    return `${outcome.outcome}: ${outcome.message}`;
  };
  files.put("/r/full/there", "x");
  assert.match(await says({ ...RUN, status: "deleting" }), /^conflict: .*it is 'deleting'/);
  assert.match(await says(RUN, { target: "/etc/a" }), /^refused: .*alone: '\/r'/);
  assert.match(await says(RUN, { target: "/r/full" }), /^refused: .*not empty/);
  provider.canRestore = false;
  assert.match(
    await says(),
    /^conflict: .*no extension 'restore': 'schelly backups restore b1 --to DIR' says/,
  );
  state.configured = false;
  assert.match(await says(), /^conflict: .*'p' is not in the configuration/);
  assert.match(
    (await (await rig({ roots: [] })).book.begin(RUN, WISH, ANN) as { message: string }).message,
    /names no/,
  );
  const elsewhere = await rig({ isHere: false });
  const outside = await elsewhere.book.begin(RUN, { ...WISH, target: "/rx" }, ANN);
  assert.deepEqual([outside.outcome, elsewhere.provider.asked], ["refused", 0]);
  assert.deepEqual([types(), provider.asked], [[], 0]);
});

test("what its provider refuses has failed; what it did not answer is asked for again, never more than thrice", async () => {
  const here = await rig();
  here.provider.onRestore = () => {
    throw new ProviderError("unknown", "the password does not open it", { status: 503 });
  };
  const wrong = await here.book.begin(RUN, WISH, ANN);
  assert.deepEqual(wrong, { outcome: "conflict", message: "the password does not open it" });
  assert.equal(here.book.list({ limit: 1 })[0]?.state, "failed", "in this program nothing is left in doubt");

  const { book, clock, provider, types } = await rig({ isHere: false });
  provider.onRestore = () => {
    throw new ProviderError("unsent", "it is busy", { status: 409 });
  };
  assert.deepEqual(await book.begin(RUN, WISH, ANN), { outcome: "conflict", message: "it is busy" });
  assert.deepEqual(types(), ["restore.begun", "restore.failed"]);
  let lost = 1;
  provider.onRestore = () => {
    if (lost-- > 0) throw new ProviderError("unknown", "the answer was lost");
  };
  const one = accepted(await book.begin(RUN, WISH, ANN));
  assert.match(one.message, /has not answered yet: the answer was lost/);
  await clock.advance(3_000);
  assert.equal(book.get(one.operationId)?.message, "at it");
  provider.end(one.operationId, "failed", "the disk is full");
  await clock.advance(3_000);
  assert.equal(book.get(one.operationId)?.state, "failed");
  lost = Infinity;
  provider.asked = 0;
  const never = accepted(await book.begin(RUN, WISH, ANN));
  await clock.advance(600_000);
  assert.match(book.get(never.operationId)!.message, /does not know of it: what became of it is not known/);
  assert.equal(provider.asked, 3);
});

test("a provider that does not answer changes nothing for a day", async () => {
  const { book, clock, provider } = await rig();
  const { operationId } = accepted(await book.begin(RUN, WISH, ANN));
  provider.onLook = () => {
    throw new ProviderError("unknown", "it is away");
  };
  await clock.advance(23 * 3_600_000);
  assert.equal(book.get(operationId)?.state, "running");
  await clock.advance(2 * 3_600_000);
  assert.deepEqual([book.get(operationId)?.state, book.get(operationId)?.message], ["failed", "it is away"]);
});

test("a key stands for one restore of one caller", async () => {
  const { book, provider } = await rig();
  const keyed = { ...WISH, callerKey: "k" };
  const first = accepted(await book.begin(RUN, keyed, ANN));
  assert.equal(accepted(await book.begin(RUN, keyed, ANN)).operationId, first.operationId);
  assert.equal((await book.begin(RUN, { ...keyed, target: "/r/b" }, ANN)).outcome, "refused");
  assert.notEqual(
    accepted(await book.begin(RUN, { ...keyed, target: "/r/c" }, { ...ANN, name: "bob" })).operationId,
    first.operationId,
  );
  assert.equal(provider.asked, 2);
});

test("a key that comes twice at once begins one restore", async () => {
  const { book, provider } = await rig();
  const keyed = { ...WISH, callerKey: "k" };
  const both = await Promise.all([book.begin(RUN, keyed, ANN), book.begin(RUN, keyed, ANN)]);
  const ids = both.map((one) => accepted(one).operationId);
  assert.equal(ids[0], ids[1]);
  assert.equal(provider.asked, 1);
});

test("a later process follows what ran to its end, and says of what nobody knows that nobody knows it", async () => {
  const first = await rig();
  const ends = accepted(await first.book.begin(RUN, WISH, ANN)).operationId;
  const dry = accepted(await first.book.begin(RUN, { ...WISH, dryRun: true }, ANN)).operationId;
  const lost = accepted(await first.book.begin(RUN, { ...WISH, target: "/r/b" }, ANN)).operationId;
  await first.book[Symbol.asyncDispose]();
  assert.equal(first.events.length, 2, "a dry run writes nothing, and is on no record");
  first.provider.known.delete(lost);
  first.provider.asked = 0;
  const later = new RestoreBook(first.parts);
  await later.start();
  assert.equal(later.get(ends)?.state, "running");
  assert.match(later.get(ends)!.message, /started anew/);
  first.provider.end(ends, "done", "");
  await first.clock.advance(5_000);
  assert.deepEqual([later.get(ends)?.state, later.get(dry)], ["done", undefined]);
  assert.match(later.get(lost)!.message, /look at what is in '\/r\/b'/);
  assert.equal(first.provider.asked, 0, "nothing is begun anew");
  first.state.configured = false;
  const third = new RestoreBook(first.parts);
  await third.start();
  assert.deepEqual(third.list({ limit: 9 }).map(({ state }) => state).sort(), ["done", "failed"]);
});

test("a restore is cancelled at its provider; one that is over is not", async () => {
  const { book, clock } = await rig();
  const { operationId } = accepted(await book.begin(RUN, WISH, ANN));
  assert.equal(await book.cancel("none"), undefined);
  assert.equal((await book.cancel(operationId))?.outcome, "accepted");
  await clock.advance(2_000);
  assert.equal(book.get(operationId)?.message, "it was cancelled");
  assert.equal((await book.cancel(operationId))?.outcome, "conflict");
});

test("filesOf() asks the provider of an available backup, and says why it cannot", async () => {
  const { book, parts, provider } = await rig();
  const { filesOf } = restoreOperations({ restoreBook: book, callsOf: parts.callsOf });
  assert.equal((await filesOf(RUN, "", undefined, 5)).outcome, "page");
  assert.equal((await filesOf(RUN, "none", undefined, 5)).outcome, "none");
  assert.equal((await filesOf({ ...RUN, status: "deleted" }, "", undefined, 5)).outcome, "conflict");
  provider.canRestore = false;
  assert.match(
    (await filesOf(RUN, "", undefined, 5) as { message: string }).message,
    /no extension 'browse'/,
  );
});

test("two restores under way never fill folders of which one lies in the other", async () => {
  const { book, provider } = await rig();
  const into = async (target: string) => await book.begin(RUN, { ...WISH, target }, ANN);
  assert.equal((await into("/r/a")).outcome, "accepted");
  for (const target of ["/r/a", "/r/a/deep", "/r", "/r/./a/"]) {
    const refused = await into(target);
    assert.equal(refused.outcome, "conflict", target);
    assert.match(refused.outcome === "conflict" ? refused.message : "", /is filling '\/r\/a'/);
  }
  assert.equal((await into("/r/ab")).outcome, "accepted");
  assert.equal(provider.asked, 2);
  assert.equal(
    (await book.begin(RUN, { ...WISH, target: "/r/a/dry", dryRun: true }, ANN)).outcome,
    "accepted",
  );
});

test("what is known against a backup is on record with the restore, and shown", async () => {
  const { book, events } = await rig();
  const damaged = testRun({
    ...{ runId: "r2", id: "b2", job: "db", providerKey: "p", verification: "failed", verifiedAt: 0 },
    ...{ suspectAt: 1, suspectReason: "its verification failed: a.txt" },
  });
  const begun = await book.begin(damaged, WISH, ANN);
  const warning = /it is damaged: its verification of 1970-01-01T00:00:00.000Z failed/;
  assert.match(begun.outcome === "accepted" ? begun.restore.warning ?? "" : "", warning);
  assert.match(events[0]!.message, /although it is damaged/);
});

test("a look says beforehand why a restore would be refused, and begins none", async () => {
  const here = await rig();
  here.files.put("/r/full/file", "x");
  const why = async (target: string, book = here.book) => {
    const looked = await book.look(RUN, { ...WISH, target });
    return looked === undefined ? undefined : "message" in looked ? looked.message : looked.outcome;
  };
  assert.equal(await why("/r/a"), undefined);
  assert.match((await why("/etc/x"))!, /restores into the folders that are named/);
  assert.match((await why("/r/full"))!, /it is not empty/);
  const far = await rig({ isHere: false });
  assert.equal(await why("/etc/x", far.book), undefined, "only its provider can see its folders");
  assert.deepEqual([here.provider.asked, here.events, here.book.list({ limit: 9 })], [0, [], []]);
});
