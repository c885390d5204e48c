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
];
