// A copy of the state as JSON; part of the composition root.

import { iso } from "../../domain/instant.ts";
import type { SnapshotView } from "../../ports/views/state.ts";
import type { Snapshot } from "../../store/read/snapshot.ts";

/** What a copy holds. */
export function snapshotView(snapshot: Snapshot): SnapshotView {
  return {
    path: snapshot.path,
    taken_at: iso(snapshot.takenAt),
    bytes: snapshot.bytes,
    store_id: snapshot.storeId,
    jobs: snapshot.jobs,
    runs: snapshot.runs,
    available: snapshot.available,
    newest_run_at: iso(snapshot.newestRunAt),
  };
}
