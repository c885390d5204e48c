// The state store for who only reads it, while another instance has it: nothing is changed there, whatever is asked.

import { StoreError } from "../domain/errors.ts";
import { auditTrail } from "./audit/verify.ts";
import { openPlace } from "./database/open_database.ts";
import { shownPlace, stateLocation } from "./database/state_location.ts";
import { createStateMemories } from "./memory/state_memory.ts";
import { createOutbox } from "./outbox/state_outbox.ts";
import { knownLocks } from "./read/known_locks.ts";
import { createPageMemo } from "./read/page_memo.ts";
import { createReads, timesBy } from "./read/reads.ts";
import { bookOf, factsOf, type OpenStore, type StoreOptions } from "./run_store.ts";
import { readStanding } from "./schema/change_seq.ts";
import { MIGRATIONS, schemaVersion } from "./schema/migrations.ts";
import { adoptionOf } from "./write/adoption.ts";
import { readPastClock } from "./write/clock_memory.ts";
import type { GroupCommit } from "./write/group_commit.ts";
import { LEASE_NAME } from "./write/held_lease.ts";
import { readPastBoots } from "./write/lease.ts";

/**
 * Opens it. Rejects with `StoreError`, also where the schema is not the one of this version: an older one is brought up to
 * date by who takes it over.
 */
export async function openReadStore(options: StoreOptions): Promise<OpenStore> {
  const { clock, watch, sink } = options;
  const location = stateLocation(options.url);
  const shown = shownPlace(location, options.shownUrl);
  const { database, server } = await openPlace(location, shown, options);
  try {
    const version = await schemaVersion(database, shown);
    if (version !== MIGRATIONS.length) throw otherSchema(shown, version);
    watch.recall(await readPastClock(database));
    const past = await readPastBoots(database);
    const times = timesBy(watch);
    const reads = createReads(database, clock, times);
    // Others change it, and tell nobody here.
    const book = bookOf(database, times, () => Promise.resolve(false));
    const standing = async () => (await readStanding(database, LEASE_NAME)).join();
    const pages = createPageMemo(standing);
    return {
      ...reads,
      ...await adoptionOf(database, NO_COMMITS),
      showBackups: (query, show) => pages.shown(query, show, (counted) => reads.showBackups(query, counted)),
      showRuns: (query, show) => pages.shown(query, show, (counted) => reads.showRuns(query, counted)),
      standing,
      commit: refused,
      tidy: refused,
      storedFacts: (jobs) => jobs === undefined ? book.all() : factsOf(database, times.latest(), jobs),
      hasLocks: (await knownLocks(database)).any,
      fence: 0,
      bootSeq: past.bootSeq,
      storeId: past.storeId ?? "",
      created: false,
      restored: null,
      get weakness() {
        return server?.weakness ?? null;
      },
      look: async () => await server?.look(),
      snapshot: refused,
      room: () => database.room(),
      giveBack: refused,
      memories: createStateMemories(database, NO_COMMITS, `the state '${shown}'`),
      trail: auditTrail(database, clock),
      outbox: createOutbox(database, NO_COMMITS, sink),
      lease: { epoch: 0, holder: "", former: null, renew: refused, release: refused, whyLost: refused },
      [Symbol.asyncDispose]: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function refused(): Promise<never> {
  return Promise.reject(
    new StoreError(
      "failed",
      "Cannot save to the state: this instance is on standby, and only the active one may",
    ),
  );
}

const NO_COMMITS: GroupCommit = { commit: refused, alone: refused, close: () => Promise.resolve() };

function otherSchema(shown: string, version: number): StoreError {
  return new StoreError(
    "failed",
    `Cannot show the state at '${shown}' yet: its schema is version ${version}, and this Schelly reads ` +
      `${MIGRATIONS.length}: it is brought up to date when this one takes over`,
  );
}
