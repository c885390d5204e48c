// Ways to lose what was, as it is put away in little room: what is packed is not found, not proved, or not gone.

import type { PlantedBug } from "./planted_bug.ts";

const PACKS = ["tests/store/write/pack_events_test.ts"];

const OLD = ["tests/store/write/make_old_test.ts"];

export const HISTORY_BUGS: readonly PlantedBug[] = [
  {
    id: "HC1",
    what: "events that are packed are found no more",
    file: "src/store/read/event_store.ts",
    find: "  if (packed.length === 0) return rows;",
    replace: "  if (packed.length >= 0) return rows;",
    tests: PACKS,
    simulated: true,
  },
  {
    id: "HC2",
    what: "a pack that lies behind enough rows is left out, although some of its events come before them",
    file: "src/store/read/event_store.ts",
    find: "rows[limit - 1]?.seq ?? null",
    replace: "rows[0]?.seq ?? null",
    tests: PACKS,
  },
  {
    id: "HC3",
    what: "what does not fit into the trail is packed with the rest",
    file: "src/store/write/pack_events.ts",
    find: "if (!isNext || digestOf(end, row.link, row) !== row.digest) break;",
    replace: "if (!isNext) break;",
    tests: PACKS,
  },
  {
    id: "HC4",
    what: "a pack is as good as its last digest says, whatever is in it",
    file: "src/store/audit/chain_check.ts",
    find: "const digest = digestOf(this.head.digest, link, row);",
    replace: "const digest = row.digest ?? digestOf(this.head.digest, link, row);",
    tests: PACKS,
  },
  {
    id: "HC5",
    what: "two packs may hold the same events",
    file: "src/store/audit/packed_trail.ts",
    find: "WHERE link < ended LIMIT 1",
    replace: "WHERE link < ended - 6 LIMIT 1",
    tests: PACKS,
  },
  {
    id: "HC6",
    what: "a pack goes as soon as its first event is old enough",
    file: "src/store/write/prune_events.ts",
    find: "  const rest = isPack && going.length < checked.length\n",
    replace: "  const rest = isPack && going.length < 0\n",
    tests: PACKS,
  },
  {
    id: "HC7",
    what: "the event that says where the trail ends is packed away, and numbers are given twice",
    file: "src/store/write/pack_events.ts",
    find: "AND seq < ${NEWEST} AND type NOT IN",
    replace: "AND type NOT IN",
    tests: PACKS,
  },
  {
    id: "HC8",
    what: "the log is written back into the state while a copy of it is made",
    file: "src/store/database/file_copy.ts",
    find: "this.#isUnderWay ? 0 : CHECKPOINT_PAGES",
    replace: "CHECKPOINT_PAGES",
    tests: ["tests/store/database/database_test.ts"],
  },
  {
    id: "HC9",
    what: "a copy gives back the lock that keeps a second process from the state",
    file: "src/store/database/file_copy.ts",
    find: "    } finally {\n      file.close();\n    }\n",
    replace: "    } finally {\n      file.close();\n      reader.close();\n    }\n",
    tests: ["tests/store/database/database_test.ts"],
  },
  {
    id: "HC10",
    what: "a state that was written back while it was copied passes for a copy of one moment",
    file: "src/store/database/file_copy.ts",
    find: "began.disturbed !== this.#disturbed || now?.mtime !== began.info?.mtime",
    replace: "began.disturbed !== this.#disturbed",
    tests: ["tests/store/database/database_test.ts"],
  },
  {
    id: "HC11",
    what: "an id that an old run has may be bound anew",
    file: "src/store/write/run_parts.ts",
    find: "  if (id === null || id === undefined) return [];\n  const rows",
    replace: "  if (id === null || id !== null) return [];\n  const rows",
    tests: OLD,
  },
  {
    id: "HC12",
    what: "a slot that an old run decided may be decided again",
    file: "src/store/write/change_sql.ts",
    find: "AND runs.slot <= ${slot}) AND NOT ${isOldSlot(job, slot)}`",
    replace: "AND runs.slot <= ${slot})`",
    tests: OLD,
  },
  {
    id: "HC13",
    what: "skipped slots become one range over an old run between them",
    file: "src/store/write/tidy.ts",
    find: '      AND NOT EXISTS (SELECT 1 FROM ${fromOldSlots("row.job", "before.slot", "row.slot")})\n',
    replace: "",
    tests: OLD,
  },
  {
    id: "HC14",
    what: "what becomes old is counted as gone",
    file: "src/store/schema/old_runs.ts",
    find: "AFTER DELETE ON runs WHEN NOT EXISTS (SELECT 1 FROM moving) BEGIN",
    replace: "AFTER DELETE ON runs BEGIN",
    tests: OLD,
  },
  {
    id: "HC15",
    what:
      "an old run is unknown where a provider lists it: the state is taken for one that went back in time",
    file: "src/store/read/run_reads.ts",
    find: "if (await readOldRun(database, runId) === undefined) never.push(runId);",
    replace: "never.push(runId);",
    tests: OLD,
  },
];
