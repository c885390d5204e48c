// The notifications and the operations of one running app, put together from what its parts share.

import { LongWork } from "../../engine/context/long_work.ts";
import type { JobEdits } from "../../ports/job_edits.ts";
import type { Operations } from "../../ports/operations.ts";
import type { Books } from "../books.ts";
import { contactRows } from "../contact_book.ts";
import { departuresOf } from "../future/departures_of.ts";
import { metricRows } from "../metric_rows.ts";
import { deletionsUntil } from "../notify/deletions_until.ts";
import { Notifications } from "../notify/notifications.ts";
import { createOperations } from "../operations/operations.ts";
import { partsForRestart } from "../config_changes.ts";
import type { Reloads } from "../reloads.ts";
import { stateWork } from "../state_work.ts";
import type { Keepers } from "./keepers.ts";
import type { Facts, Shared } from "./running_parts.ts";

/** Begun by the caller; `operations` are asked for only then. */
export function notificationsOf(shared: Shared, facts: Facts, operations: () => Operations): Notifications {
  const { host, engine, store, watch, schedules, followers } = shared;
  const foreseen = { engine, store, clock: host.clock, watch, schedules };
  const notifications = new Notifications({
    host,
    clock: host.clock,
    facts,
    outbox: store.outbox,
    notify: () => shared.config.notify,
    publicUrl: () => shared.config.server.publicUrl,
    departuresWithin: async (job, ms) => (await departuresOf(foreseen, job, ms))?.going ?? null,
    deletionsUntil: (job, until) => deletionsUntil(operations(), job, host.clock.now(), until),
  });
  followers.add(notifications);
  return notifications;
}

/** What callers may ask of it. */
export function operationsOf(
  shared: Shared,
  { facts, notifications, books, reloads, edits, keepers }: {
    facts: Facts;
    notifications: Notifications;
    books: Books;
    reloads: Reloads;
    edits: JobEdits;
    keepers: Keepers;
  },
): Operations {
  const { coverages, departures, planned, restoreBook } = books;
  const { sheets, snapshots, adoption } = keepers;
  const { host, closing, store, schedules, providers, supervision, engine } = shared;
  const { metrics, upkeep } = shared.followers;
  const { clock, files } = host;
  const { intervalOf } = facts;
  return createOperations({
    ...facts,
    edits,
    notifications,
    happened: (since) => store.outbox.happened(since),
    config: () => shared.config,
    loadPlanned: shared.loadPlanned,
    env: host.env,
    trail: store.trail,
    files,
    machineName: host.machine().name,
    restoreBook,
    instance: () => shared.instance(),
    callsOf: (key, job) => providers.callsOf(key, job),
    sheetTrouble: () => sheets.trouble(),
    snapshotTrouble: () => snapshots.trouble(),
    adoptionTrouble: () => adoption.trouble(),
    stateWeakness: () => store.weakness,
    schedules,
    coverages,
    departures,
    planned,
    promises: () => coverages.kept(),
    work: new LongWork(clock, closing.signal),
    output: (run) => providers.outputOf(run),
    ...stateWork({ store, clock, sink: shared.followers.sink, config: () => shared.config.state }),
    readOriginal: async (path, job) => {
      const { readOriginalFile } = await import("../../store/original_file.ts");
      return await readOriginalFile(path, files, job);
    },
    reload: (by) => supervision.reloading(() => reloads.reload(by)),
    lastReload: () => reloads.last,
    restartParts: () => partsForRestart(shared.started, shared.config),
    providerTroubles: () => providers.troubles(),
    outcomeTroubles: () => shared.tellers.troubles(),
    upkeepTroubles: () => upkeep.troubles(shared.config.providers),
    async *renderMetrics(jobs) {
      metrics.setBacklog(await notifications.backlog());
      metrics.setSnapshots(snapshots.figures());
      const { providers } = shared.config;
      metrics.setUpkeep(upkeep.rows(providers), upkeep.figures(providers));
      metrics.setContacts(contactRows(shared.followers.contacts, providers));
      const rows = metricRows(
        { engine, coverages, departures, intervalOf, setStops: metrics.setStops },
        jobs,
      );
      yield* metrics.render({ names: engine.jobNames(), rows, most: shared.config.metrics.mostJobs });
    },
  });
}
