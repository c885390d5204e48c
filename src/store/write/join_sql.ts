// The SQL that makes two jobs on record one, step by step; each statement takes rows of the former name and the name
// that stays. What the job itself is to say afterwards (cursor, pause, schedule) is written beside it, by `job`.

import { FAILING_SINCE_BY_ROWS } from "../schema/failing.ts";
import { joinJobDays } from "../schema/job_days.ts";
import { isOldSlot } from "../schema/old_runs.ts";
import { joinTallies } from "../schema/tallies.ts";
import { joinVerifications } from "../schema/verifications.ts";

const former = "e.value ->> 0";
const stays = "e.value ->> 1";
const from = "FROM json_each(?1) AS e";
// Those that the triggers of a job's counters look at.
const counted = "runs.status IN ('available', 'missing', 'deleting', 'delete-error', 'deleted')";
const dropOf = (table: string) => `DELETE FROM ${table} WHERE job IN (SELECT ${former} ${from})`;

/**
 * In this order. The triggers of `runs` do not look at a row's job, so the counters of the two are added up here; the
 * rows that come over are stamped as changed, and their reasons wait for the next pass, which counts anew.
 */
export const JOIN_JOBS: readonly string[] = [
  // A slot that old runs decided is decided; between rows an index says so.
  `INSERT INTO guard (id, ok, fence) SELECT 1, NULL, 1 ${from} WHERE EXISTS (SELECT 1 FROM runs AS one
    WHERE one.slot IS NOT NULL AND one.attempt = 1 AND (one.job = ${former} AND ${
    isOldSlot(stays, "one.slot")
  }
      OR one.job = ${stays} AND ${isOldSlot(former, "one.slot")})) LIMIT 1`,
  `UPDATE old_groups SET job = ${stays} ${from} WHERE old_groups.job = ${former}`,
  // Until the one that stays was known, the schedule was the former one.
  `INSERT INTO schedule_versions SELECT ${stays}, old.since, old.schedule, old.timezone ${from}
    JOIN schedule_versions AS old ON old.job = ${former} JOIN jobs ON jobs.job = ${stays}
    WHERE old.since < jobs.known_since ON CONFLICT DO NOTHING`,
  `INSERT INTO policy_versions SELECT ${stays}, old.since, old.policy, old.timezone ${from}
    JOIN policy_versions AS old ON old.job = ${former} WHERE true ON CONFLICT DO NOTHING`,
  // What failed runs of either left stays where nobody has said since when it may go: the greatest of NULL is NULL.
  // What was missing of either and not answered by an approval of both stays to be answered.
  `UPDATE jobs SET known_since = min(jobs.known_since, old.known_since),
    revision = max(jobs.revision, old.revision) + 1, changes = max(jobs.changes, old.changes) + 1,
    available_count = jobs.available_count + old.available_count,
    approved_at = min(jobs.approved_at, old.approved_at),
    cleans_failed_since = max(jobs.cleans_failed_since, old.cleans_failed_since)
    ${from} JOIN jobs AS old ON old.job = ${former} WHERE jobs.job = ${stays}`,
  `UPDATE runs SET caller_key = NULL ${from} WHERE runs.job = ${former} AND runs.caller_key IS NOT NULL
    AND EXISTS (SELECT 1 FROM runs AS other WHERE other.job = ${stays} AND other.caller_key = runs.caller_key)`,
  `UPDATE runs SET job = ${stays}, verdict = NULL,
    reasons = CASE WHEN runs.status = 'available' THEN '[]' ELSE runs.reasons END,
    stamp = CASE WHEN ${counted} THEN (SELECT changes FROM jobs WHERE jobs.job = ${stays}) END,
    proof_stamp = NULL
    ${from} WHERE runs.job = ${former}`,
  `UPDATE jobs SET failing_since = ${FAILING_SINCE_BY_ROWS("jobs.job")} ${from}
    JOIN jobs AS old ON old.job = ${former} WHERE jobs.job = ${stays}`,
  `INSERT INTO places SELECT ${stays}, old.provider_key, old.available, old.managed ${from}
    JOIN places AS old ON old.job = ${former} WHERE true
    ON CONFLICT DO UPDATE SET available = places.available + excluded.available`,
  joinTallies(former, stays, from),
  joinJobDays(former, stays, from),
  ...joinVerifications(former, stays, from),
  `INSERT INTO latches SELECT ${stays}, old.guard, old.latched_at, old.message ${from}
    JOIN latches AS old ON old.job = ${former} WHERE true
    ON CONFLICT DO UPDATE SET latched_at = max(latches.latched_at, excluded.latched_at)`,
  // An approval is of one exact set, which neither of the two has any more.
  `DELETE FROM approvals WHERE job IN (SELECT ${former} ${from} UNION SELECT ${stays} ${from})`,
  // What was told of a job was told of its former name: where it is not well, that is told once under the new one.
  ...[
    "notify_tracks",
    "notify_planned",
    "places",
    "tallies",
    "job_days",
    "latches",
    "verify_states",
    "policy_versions",
    "schedule_versions",
    "jobs",
  ]
    .map(dropOf),
];
