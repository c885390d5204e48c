// Ways to lose the cause of a trouble between where it is known and who is told of it, or to tell another one.

import type { PlantedBug } from "./planted_bug.ts";

export const CAUSE_BUGS: readonly PlantedBug[] = [
  {
    id: "CW1",
    what: "a title about a suspect keeps what follows of it, not why",
    file: "src/domain/health.ts",
    find: "brief: suspectBrief(reason),",
    replace: "brief: shortCause(newestSuspectFinding(id, reason)),",
    tests: ["tests/domain/notify/texts_test.ts"],
  },
  {
    id: "CW2",
    what: "how far a run had come stands as the cause of its cancel",
    file: "src/domain/cancelled.ts",
    find: "return said === null ? why : `${why}; it said last: ${said}`;",
    replace: "return said ?? why;",
    tests: ["tests/domain/cancelled_test.ts"],
  },
  {
    id: "CW3",
    what: "a backup that its provider does not cancel looks well until it is late",
    file: "src/app/operations/job_health.ts",
    find: "    ...endlessOf(open),\n",
    replace: "",
    tests: ["tests/app/operations/job_health_test.ts"],
  },
  {
    id: "CW4",
    what: "a job that is renamed is told as bad again",
    file: "src/domain/notify/look.ts",
    find: " ?? formerTrack(look, tracks, names);",
    replace: ";",
    tests: ["tests/domain/notify/look_test.ts"],
  },
  {
    id: "CW5",
    what: "who was told that a job is bad never hears that it does not run any more",
    file: "src/domain/notify/track.ts",
    find: "  if (LEFT.includes(look.state) && spell.told > 0 &&",
    replace: "  if (LEFT.includes(look.state) && spell.told > 99 &&",
    tests: ["tests/domain/notify/look_test.ts"],
  },
  {
    id: "CW6",
    what: "a latched guard tells for ever what would have gone when it latched",
    file: "src/engine/retention/retain.ts",
    find: '  for (const guard of pass.retold) writes.push({ write: "latch", guard });\n',
    replace: "",
    tests: ["tests/engine/retention/retain_test.ts"],
  },
  {
    id: "CW7",
    what: "what failed and healed in quiet hours and is over is told as if it went on",
    file: "src/domain/notify/track.ts",
    find: 'const isHeldBack = track.news === "flapping" && track.held;',
    replace: "const isHeldBack = false;",
    tests: ["tests/domain/notify/look_test.ts"],
  },
  {
    id: "CW8",
    what: "backups that were made and are suspect are told as not made",
    file: "src/app/notify/job_details.ts",
    find: "  if (unsound.size === 0) return",
    replace: "  if (unsound.size >= 0) return",
    tests: ["tests/app/notify/notifications_test.ts"],
  },
  {
    id: "CW9",
    what: "a job past its dates shows a next slot that it will not run",
    file: "src/domain/schedule/next_to_run.ts",
    find: " || (to !== null && next >= to) ? null",
    replace: " ? null",
    tests: ["tests/domain/schedule/next_to_run_test.ts"],
  },
];
