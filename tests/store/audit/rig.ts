// What the tests of the trail share: a state with some events in it, a look at its rows behind its back, and verifying it.

import type { KeptHead, TrailReport } from "../../../src/ports/audit_trail.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { SqlRow } from "../../../src/store/database/database.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { type OpenStore, openStore, type StoreOptions } from "../../../src/store/run_store.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { nodeFiles } from "../../support/node_files.ts";
import { event, NOW, storeOptions } from "../fixture.ts";

const PORTS = {
  files: nodeFiles,
  clock: new FakeClock(NOW),
  http: () => Promise.reject(new Error("no network")),
};

/** Opens the state at a path. */
export function openAt(path: string, options: Partial<StoreOptions> = {}): Promise<OpenStore> {
  return openStore({ ...storeOptions(`file:${path}`), ...options });
}

/** An event of the trail; its message tells it from others. */
export function audited(n: number, fields: Partial<EngineEvent> = {}): EngineEvent {
  return event({
    type: "freeze.begun",
    level: "warning",
    message: `Change ${n}`,
    data: { by: "anna", n },
    ...fields,
  });
}

/** Commits each event in a change of its own. */
export async function tell(store: OpenStore, ...events: EngineEvent[]): Promise<void> {
  for (const one of events) await store.commit({ job: "", writes: [], events: [one] });
}

/** Runs SQL on a state that nobody has open, as somebody with the file would; answers the rows of the last. */
export async function meddle(path: string, ...statements: string[]): Promise<SqlRow[]> {
  const options = { token: null, waitMs: 1, requestTimeoutMs: 1 };
  const database = await openDatabase({ kind: "file", path }, PORTS, options);
  try {
    return (await database.write(statements.map((sql) => ({ sql, args: [] })))).at(-1)!;
  } finally {
    await database.close();
  }
}

/** What verifying the state at a path finds. */
export async function verified(path: string, kept: KeptHead | null = null): Promise<TrailReport> {
  await using store = await openAt(path);
  return await store.trail.verify(kept);
}
