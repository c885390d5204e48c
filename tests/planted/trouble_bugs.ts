// Ways to tell trouble too late, wrongly, twice or not at all.

import type { PlantedBug } from "./planted_bug.ts";

export const TROUBLE_BUGS: readonly PlantedBug[] = [
  {
    id: "TO1",
    what: "a job that has failed for weeks is said to fail since its last try",
    file: "src/domain/health.ts",
    find: "  return first !== null && first <= last && (success === null || first > success) ? first : last;",
    replace: "  return last;",
    tests: ["tests/domain/health_test.ts", "tests/app/operations/job_health_test.ts"],
  },
  {
    id: "TO2",
    what: "a suspect backup ends the trouble of its job although it may be worthless",
    file: "src/store/schema/failing.ts",
    find: "`NOT ${IS_SUSPECT.replace(/\\b(?=(?:suspect|rejected|accepted)_at)/g, row)})`;",
    replace: "`true)`;",
    tests: ["tests/store/schema/failing_test.ts"],
  },
  {
    id: "TO3",
    what: "a wrong password waits for an hour as if it could come right by itself",
    file: "src/engine/run/start.ts",
    find: 'reason: error.unusable ?? "retry" }',
    replace: 'reason: "retry" }',
    tests: ["tests/app/operations/job_health_test.ts"],
  },
];
