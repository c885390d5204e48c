// What one running app does beside the jobs: for the day on which it is lost the sheet, the copies of its state, and what
// a state that was put back takes in; what keeps true what is told of providers that do not answer; and how
// durable a state server is.

import type { Operations } from "../../ports/operations.ts";
import { recordEvent } from "../followers.ts";
import { ContactKeeper } from "../contact_keeper.ts";
import { Adoption } from "../recovery/adoption.ts";
import { createSheetKeeper, type SheetKeeper } from "../recovery/sheet_keeper.ts";
import { ServerLook } from "../server_look.ts";
import { createSnapshotKeeper, type SnapshotKeeper } from "../snapshots/snapshot_keeper.ts";
import { stateFile } from "../../store/database/state_location.ts";
import type { Shared } from "./running_parts.ts";

/** Disposed with what they were made with. */
export interface Keepers {
  sheets: SheetKeeper;
  snapshots: SnapshotKeeper;
  adoption: Adoption;
  start(): void;
}

/** None of them does anything before `start`. */
export function keepersOf(
  shared: Shared,
  operations: () => Operations,
  resources: AsyncDisposableStack,
): Keepers {
  const { host: { clock }, engine, store, followers } = shared;
  const sheets = resources.use(createSheetKeeper(shared, operations));
  const snapshots = resources.use(createSnapshotKeeper(shared));
  const contacts = resources.use(
    new ContactKeeper({
      clock,
      troubled: () => followers.contacts.troubles(shared.config.providers).map(({ provider }) => provider),
      providerOf: (key) => shared.providers.callsOf(key)?.provider,
    }),
  );
  const record = (event: Parameters<typeof recordEvent>[2]) => recordEvent(store, followers.sink, event);
  const adoption = resources.use(new Adoption({ engine, store, clock, record }));
  const isServer = stateFile(shared.config.state.url) === undefined;
  const tell = (weakness: string | null) =>
    weakness === null
      ? followers.say("store.error", "info", "Commits of the state server outlive its power again")
      : followers.say("store.error", "warning", weakness);
  const look = isServer ? resources.use(new ServerLook({ clock, store, tell })) : undefined;
  return {
    ...{ sheets, snapshots, adoption },
    start() {
      sheets.start();
      snapshots.start();
      adoption.start();
      contacts.start();
      look?.start();
    },
  };
}
