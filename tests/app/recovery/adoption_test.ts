// After a restore: providers are asked once for all their jobs, again where they could not be, and over a restart until
// all were; whose cannot list is said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ADOPTER, Adoption } from "../../../src/app/recovery/adoption.ts";
import { ProviderError } from "../../../src/domain/errors.ts";
import type { ImportWish } from "../../../src/engine/inventory/import_backups.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { BackupInfo } from "../../../src/ports/provider.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const RESTORED = Date.UTC(2026, 10, 28, 12);

/** Jobs by name, each at a provider. */
function adopting(jobs: Record<string, string>, adoptsSince: number | null = RESTORED) {
  const clock = new FakeClock(RESTORED + 1000);
  const lists: Record<string, number> = {};
  const down = new Set<string>();
  const imports: [string, ImportWish][] = [];
  const events: EngineEvent[] = [];
  const state = { adopted: 0 };
  const info = (id: string): BackupInfo => ({ id, state: "available", status: "available" });
  const callsOf = (key: string) => ({
    capabilities: () => Promise.resolve({ list: key !== "plain" }),
    list() {
      lists[key] = (lists[key] ?? 0) + 1;
      if (down.has(key)) return Promise.reject(new ProviderError("unsent", `${key} is down`));
      return Promise.resolve([info("b1"), info("b2")]);
    },
  });
  const engine = {
    jobNames: () => Object.keys(jobs),
    job: (name: string) => ({ job: { name, providerKey: jobs[name] }, calls: callsOf(jobs[name]!) }),
    importBackups({ job: { name } }: { job: { name: string } }, wish: ImportWish) {
      imports.push([name, wish]);
      const skipped = [
        { id: "b2", why: "it is of job 'x'" },
        { id: "of-a", why: "it is of job 'a'" },
        { id: "b3", why: "it is known: run r" },
      ];
      return Promise.resolve({
        rows: [{ id: `of-${name}` }],
        proven: [],
        skipped,
        owners: new Map(),
        wouldDelete: [],
      });
    },
  };
  const adoption = new Adoption({
    engine: engine as never,
    store: { adoptsSince, adopted: () => Promise.resolve(void state.adopted++) },
    clock,
    record: (event) => Promise.resolve(void events.push(event)),
  });
  return { adoption, clock, lists, down, imports, events, state };
}

test("each provider is asked once for all its jobs, and what was done is said in one event", async () => {
  const { adoption, clock, lists, imports, events, state } = adopting({ a: "p", b: "p", c: "q", d: "plain" });
  assert.match(adoption.trouble()!, /restored at 2026-11-28T12:00:00\.000Z.*its providers are being asked/);
  adoption.start();
  await clock.advance(0);
  assert.deepEqual(lists, { p: 1, q: 1 });
  assert.deepEqual(imports.map(([name, { by, dryRun, listed }]) => [name, by, dryRun, listed?.length]), [
    ["a", ADOPTER, false, 2],
    ["b", ADOPTER, false, 2],
    ["c", ADOPTER, false, 2],
  ]);
  assert.deepEqual([state.adopted, adoption.trouble(), events.length], [1, null, 1]);
  assert.match(
    events[0]!.message,
    /: 3 backups taken in; 3 listed ones stay out, .*; the providers of 1 job cannot list what they have \('d'\)/,
  );
  adoption[Symbol.dispose]();
});

test("a provider that is down is asked again until it answers, and the others are not", async () => {
  const { adoption, clock, lists, down, state, events } = adopting({ a: "p", b: "q" });
  down.add("p");
  adoption.start();
  await clock.advance(0);
  assert.deepEqual([lists, state.adopted], [{ p: 1, q: 1 }, 0]);
  assert.match(adoption.trouble()!, /1 job left to ask for, 'a' first: p is down/);
  await clock.advance(60_000);
  assert.deepEqual(lists, { p: 2, q: 1 });
  down.clear();
  await clock.advance(60_000);
  assert.deepEqual([lists, state.adopted, events.length, adoption.trouble()], [{ p: 3, q: 1 }, 1, 1, null]);
  adoption[Symbol.dispose]();
});

test("a state that was not put back asks nobody", async () => {
  const { adoption, clock, lists, imports, events } = adopting({ a: "p" }, null);
  adoption.start();
  await clock.advance(600_000);
  assert.deepEqual([lists, imports, events, adoption.trouble()], [{}, [], [], null]);
  adoption[Symbol.dispose]();
});
