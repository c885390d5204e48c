// Work on the state file that callers ask for, each on the audit trail: a copy of it, and giving back what is free.

import type { StateConfig } from "../config/values/config.ts";
import type { Clock } from "../ports/host.ts";
import type { EventSink } from "../ports/events.ts";
import type { OpenStore } from "../store/run_store.ts";
import { compactEvent, snapshotEvent } from "./audit_events.ts";
import { recordEvent } from "./followers.ts";
import { snapshotView } from "./operations/snapshot_view.ts";
import type { StateParts } from "./operations/state.ts";

interface StateWorkParts {
  store: OpenStore;
  clock: Clock;
  sink: EventSink;
  /** In force. */
  config(): StateConfig;
}

/** What `StateParts` say of the state file. */
export function stateWork(
  { store, clock, sink, config }: StateWorkParts,
): Omit<StateParts, "engine" | "readOriginal"> {
  return {
    snapshotFolder: () => config().snapshotFolder,
    takeSnapshot: async (path, by) => {
      const view = snapshotView(await store.snapshot(path));
      await recordEvent(store, sink, snapshotEvent(clock.now(), path, by));
      return view;
    },
    room: () => store.room(),
    giveBack: async (before, by) => {
      // Asked only of a state file, which always has room to tell of.
      const left = (await store.giveBack())!;
      await recordEvent(store, sink, compactEvent(clock.now(), before, left, by));
      return left;
    },
  };
}
