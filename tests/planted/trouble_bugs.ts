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
  {
    id: "TO4",
    what: "an outage of many jobs is told minutes late, since looks at many jobs are spaced far apart",
    file: "src/app/notify/watcher.ts",
    find: "const soon = Math.min(calm, Math.max(TROUBLE_MS, spent * TROUBLE_SHARE));",
    replace: "const soon = calm;",
    tests: ["tests/app/notify/notifications_test.ts"],
  },
  {
    id: "TO5",
    what: "a message names the first hundred of very many jobs as if they were all",
    file: "src/app/notify/watcher.ts",
    find: "jobs_cut: shown.length < count,",
    replace: "jobs_cut: false,",
    tests: ["tests/app/notify/notifications_test.ts"],
  },
  {
    id: "TO6",
    what: "after each restart it is told anew that a channel takes nothing",
    file: "src/observe/notify/courier.ts",
    find: "    route.isTold ??= all.some(({ error }) => error !== null);\n",
    replace: "",
    tests: ["tests/observe/notify/courier_test.ts"],
  },
  {
    id: "TO7",
    what: "a hook that fails each time leaves the status well",
    file: "src/app/outcomes/job_hooks.ts",
    find: "    else troubles.set(outcome.which, why);",
    replace: "",
    tests: ["tests/app/outcomes/job_hooks_test.ts"],
  },
  {
    id: "TO8",
    what: "the reason of a refused reload is lost among notes",
    file: "src/app/reloads.ts",
    find: '  const reasons = issues.filter(({ severity }) => severity === "error");',
    replace: "  const reasons = issues;",
    tests: ["tests/app/reloads_test.ts"],
  },
  {
    id: "TO9",
    what: "a channel that is written as its address shows that address, which is a secret",
    file: "src/config/document/redact.ts",
    find: '  if (path[0] === "notify" && path[1] === "channels" && path.length === 3) return true;\n',
    replace: "",
    tests: ["tests/config/schema/right_forms_test.ts"],
  },
];
