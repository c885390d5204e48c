// Ways for a job in trouble to look well.

import type { PlantedBug } from "./planted_bug.ts";

export const HEALTH_BUGS: readonly PlantedBug[] = [
  {
    id: "HE1",
    what: "a job whose last backup failed counts as well while it has an older good one",
    file: "src/domain/health.ts",
    find: "if (lastFailure === null || (success !== null && success >= lastFailure.at)) return undefined;",
    replace: "if (lastFailure === null || success !== null) return undefined;",
    tests: ["tests/domain/health_test.ts", "tests/app/operations/job_health_test.ts"],
    simulated: true,
  },
  {
    id: "HE2",
    what: "a good backup that is dated ahead of now hides that none came for long",
    file: "src/domain/health.ts",
    find: "lastSuccessAt !== null && lastSuccessAt <= now + FUTURE_TOLERANCE_MS ? lastSuccessAt : null;",
    replace: "lastSuccessAt;",
    tests: ["tests/domain/health_test.ts"],
  },
  {
    id: "HE3",
    what: "a backup that is under way for ever keeps its job from being late",
    file: "src/domain/health.ts",
    find: "(underWaySince !== null && expectedMs !== null && now - underWaySince <= expectedMs);",
    replace: "underWaySince !== null;",
    tests: ["tests/domain/health_test.ts"],
  },
  {
    id: "HE4",
    what: "a start whose provider is not there counts as a backup that runs",
    file: "src/app/operations/job_health.ts",
    find: '  if (!isWaiting(run) && !isTriedAgain(run) && run.status !== "unknown") return null;',
    replace: '  if (run.status !== "unknown") return null;',
    tests: ["tests/app/operations/job_health_test.ts"],
    simulated: true,
  },
  {
    id: "HE5",
    what: "a job whose provider could not be opened shows as well",
    file: "src/app/operations/job_health.ts",
    find: "    providerTrouble: facts.troubleOf?.(job.providerKey) ?? null,",
    replace: "    providerTrouble: null,",
    tests: ["tests/app/operations/job_health_test.ts"],
  },
  {
    id: "HE6",
    what: "the verbose answer of /readyz names no job that is unwell",
    file: "src/app/operations/readiness.ts",
    find: "      if (withJobs) checks.push(...await unwellChecks(parts));\n",
    replace: "",
    tests: ["tests/app/operations/readiness_test.ts"],
  },
  {
    id: "HE7",
    what: "schelly status ends with 0 whatever is wrong",
    file: "src/cli/jobs/status.ts",
    find: "  return status.well ? EXIT.ok : EXIT.failed;",
    replace: "  return EXIT.ok;",
    tests: ["tests/cli/jobs/status_test.ts"],
  },
  {
    id: "HE8",
    what: "a job that fails shows as running while its next backup is under way",
    file: "src/domain/health.ts",
    find: "  const { job, lastFailure } = facts;",
    replace: "  const { job, lastFailure } = facts;\n  if (facts.underWaySince !== null) return undefined;",
    tests: ["tests/domain/health_test.ts"],
  },
  {
    id: "LB1",
    what:
      "a job whose every good backup is lost at its provider counts as well, since its last success is not long ago",
    file: "src/store/read/stats_query.ts",
    find: "lastKeptAt: isThere ? end : null });",
    replace: "lastKeptAt: end });",
    tests: ["tests/app/operations/job_health_test.ts", "tests/store/read/facts_book_test.ts"],
  },
];
