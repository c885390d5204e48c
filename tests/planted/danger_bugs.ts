// Rare ways to miss a backup, to delete on the word of what is none, and to write where another writes.

import type { PlantedBug } from "./planted_bug.ts";

export const DANGER_BUGS: readonly PlantedBug[] = [
  {
    id: "DG1",
    what: "a restart drops a start in line for slots that were skipped for its sake, and no backup is made",
    file: "src/engine/run/recover.ts",
    find: "      : await isSuperseded(context, job)",
    replace:
      "      : (run.slot !== null && job.slots.latest(run.slot, now) !== null) || await isSuperseded(context, job)",
    tests: ["tests/engine/run/recover_test.ts"],
    simulated: true,
    from: 1_100,
  },
  {
    id: "DG2",
    what: "a restart drops a start that is still tried for a slot that comes too late to be run",
    file: "src/engine/run/recover.ts",
    find: '  return decisions.some(({ decide }) => decide === "run");',
    replace: "  return decisions.length > 0;",
    tests: ["tests/engine/run/recover_test.ts"],
  },
  {
    id: "DG3",
    what:
      "a start that was long in line is too late after a restart, though newer slots were skipped for its sake",
    file: "src/engine/run/recover.ts",
    find:
      "  const newest = job.startDeadlineMs === null ? Math.max(dueAt, Math.min(state.cursor, now)) : dueAt;",
    replace: "  const newest = dueAt + 0 * state.cursor;",
    tests: ["tests/engine/run/recover_test.ts"],
  },
  {
    id: "DG4",
    what:
      "who waited for a state that was compacted meanwhile sets modes in the former one, and makes it a log by its name",
    file: "src/store/database/file_connection.ts",
    find: "    if (!isMoved()) watched = await takeUp",
    replace: "    watched = await takeUp",
    tests: ["tests/store/compact_file_test.ts"],
  },
  {
    id: "DG5",
    what: "a backup is deleted on the word of one that was rejected after it had proved itself",
    file: "src/engine/retention/delete_call.ts",
    find: '{ condition: "good", runId: witness.runId }',
    replace: '{ condition: "status", runId: witness.runId, in: ["available"] }',
    tests: ["tests/engine/retention/retain_test.ts"],
  },
  {
    id: "DG6",
    what: "a day's newest is looked for among those with a slot alone once the one of it counts otherwise",
    file: "src/store/schema/job_days.ts",
    find: "const later = `max(${FROM}, ",
    replace: "const later = `max(${UNTIL}, ",
    tests: ["tests/store/run_store_test.ts"],
  },
  {
    id: "DG7",
    what: "a day goes on showing a backup that was rejected as its newest good one",
    file: "src/store/schema/job_days.ts",
    find: "AND (${is} IS NOT 'succeeded' OR newest_good <>",
    replace: "AND (newest_good = '' OR newest_good <>",
    tests: ["tests/store/run_store_test.ts"],
  },
  {
    id: "DG8",
    what: "one path whose disk is away has all others read in another folder",
    file: "src/config/environment/restic_places.ts",
    find: "(read.length === 0 ? former : read).some(isFormer)",
    replace: "(read.length === 0 ? former : read).every(isFormer)",
    tests: ["tests/config/environment/restic_places_test.ts"],
  },
  {
    id: "DG9",
    what: "while a disk is away what is at the same paths elsewhere is backed up in its place",
    file: "src/provider/builtin/restic_reading.ts",
    find: "    if (known.folder !== otherFolder) return;",
    replace: "    if (known.folder !== undefined) return;",
    tests: ["tests/provider/builtin/restic_reading_test.ts"],
  },
  {
    id: "DG10",
    what: "a backup does not ask where its paths were read before",
    file: "src/provider/builtin/restic.ts",
    find: ", demandSameReading(spec, ports.files, notes)]",
    replace: "]",
    tests: ["tests/e2e/relative_paths_test.ts"],
  },
];
