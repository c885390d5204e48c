// Everything that can be done by the page, by name.

import type { Act, ActLook } from "./act.ts";
import { given, REASON, UNTIL } from "./act_fields.ts";
import { BACKUP_ACTS } from "./backup_acts.ts";
import { wordField } from "./in_force.ts";
import { lookAtDeletions } from "./look_at_deletions.ts";
import { lookAtLocks } from "./look_at_locks.ts";
import {
  lookAtChannel,
  lookAtFreeze,
  lookAtJob,
  lookAtPause,
  lookAtResume,
  lookAtRun,
  lookAtUnfreeze,
} from "./look_at_job.ts";

const path = (job: string) => `/jobs/${encodeURIComponent(job)}`;

export const ACTS = {
  run: {
    verb: "Run now",
    icon: "run",
    endpoint: "POST /jobs/{job}/trigger",
    title: (job) => `Run ${job} now`,
    look: lookAtJob,
    before: () => [
      "Its provider is asked for a backup at once, whatever the schedule says; the next slot stays as it is.",
      "Where one is under way already, nothing is begun.",
    ],
    request: (job) => ({ method: "POST", path: `${path(job)}/trigger` }),
    after: (job) => `The backup of ${job} was asked for.`,
    runOf: ({ run_id }) => typeof run_id === "string" ? run_id : undefined,
  },
  pause: {
    verb: "Pause",
    icon: "pause",
    endpoint: "POST /jobs/{job}/pause",
    title: (job) => `Pause ${job}`,
    look: lookAtPause,
    before: () => [
      "Its slots are skipped, and said to be, until the pause ends.",
      "No backup of it is deleted meanwhile. A run under way goes on.",
    ],
    fields: () => [REASON, UNTIL],
    request: (job, { reason, until }) => ({
      method: "POST",
      path: `${path(job)}/pause`,
      body: given({ reason, until }),
    }),
    after: (job) => `${job} is paused.`,
  },
  resume: {
    verb: "Resume",
    icon: "run",
    endpoint: "POST /jobs/{job}/resume",
    title: (job) => `Resume ${job}`,
    look: lookAtResume,
    before: () => ["It runs again at its next slot, and its deletions go on as its policy says."],
    request: (job) => ({ method: "POST", path: `${path(job)}/resume` }),
    after: (job) => `${job} is no longer paused.`,
  },
  cancel: {
    verb: "Cancel",
    icon: "cancel",
    endpoint: "POST /runs/{run_id}/cancel",
    title: (run) => `Cancel run ${run}`,
    look: lookAtRun,
    before: () => [
      "Its provider is asked to stop it. What it has written so far is no backup.",
      "A freeze or a hold forbids this.",
    ],
    request: (run) => ({ method: "POST", path: `/runs/${encodeURIComponent(run)}/cancel` }),
    after: (run, { state }) =>
      state === "cancelled" ? `Run ${run} is cancelled.` : `Run ${run} is being cancelled.`,
    runOf: ({ run_id }) => typeof run_id === "string" ? run_id : undefined,
  },
  approve: {
    verb: "Approve the deletions",
    icon: "approve",
    isGrave: true,
    endpoint: "POST /jobs/{job}/retention/approve",
    title: (job) => `Approve the deletions of ${job}`,
    before: () => [
      "Exactly this set of backups is deleted, oldest first, at the pace of the job. What is deleted is gone.",
      "The approval is for this set alone, and lapses after 24 hours. Holds, a freeze and a failed check stop it as ever.",
    ],
    look: lookAtDeletions,
    fields: (job) => [{ name: "typed", label: `Type ${job} to go on`, kind: "typed", expected: job }],
    request: (job, { digest = "" }) => ({
      method: "POST",
      path: `${path(job)}/retention/approve`,
      body: { digest },
    }),
    after: (job) => `The deletions of ${job} are approved.`,
  },
  unlock: {
    verb: "Remove a lock",
    icon: "release",
    isGrave: true,
    endpoint: "POST /jobs/{job}/unlock",
    title: (job) => `Remove a lock from the storage of ${job}`,
    look: lookAtLocks,
    before: () => [
      "The lock that you name is removed, whoever may be at work under it; one of a program of ours that works stays.",
      "Removed too early, it lets a clean-up take what a backup is just writing: be sure that its program has ended.",
    ],
    fields: (_, look) => [
      { name: "lock", label: "Type the id of the lock to remove", kind: "text", ...lockHint(look) },
    ],
    request: (job, { lock = "" }) => ({
      method: "POST",
      path: `${path(job)}/unlock`,
      body: { locks: [lock] },
    }),
    after: (_, { answers }) => unlockWords(answers),
  },
  freeze: {
    verb: "Freeze all deletions",
    icon: "freeze",
    endpoint: "PUT /freeze",
    title: () => "Freeze all deletions",
    look: lookAtFreeze,
    before: () => [
      "Not one backup of any job is deleted or cancelled until the freeze ends. Backups go on.",
      "What was sent to a provider already is not stopped by it.",
      "Storage grows meanwhile.",
    ],
    fields: (_, look) => [REASON, UNTIL, ...wordField(look)],
    request: (_, { reason, until }) => ({ method: "PUT", path: "/freeze", body: given({ reason, until }) }),
    after: () => "All deletions are frozen.",
  },
  unfreeze: {
    verb: "Release the freeze",
    icon: "release",
    isGrave: true,
    endpoint: "DELETE /freeze",
    title: () => "Release the freeze",
    look: lookAtUnfreeze,
    before: () => ["Deletions of all jobs go on at once, as their policies say; guards hold as ever."],
    fields: () => [{ name: "typed", label: "Type release to go on", kind: "typed", expected: "release" }],
    request: () => ({ method: "DELETE", path: "/freeze" }),
    after: () => "The freeze is released.",
  },
  reload: {
    verb: "Reload the configuration",
    icon: "reload",
    endpoint: "POST /-/reload",
    title: () => "Reload the configuration",
    before: () => [
      "The configuration is read again, and taken over where all of it is valid; an invalid one changes nothing.",
      "Runs under way end by what was in force when they began.",
    ],
    request: () => ({ method: "POST", path: "/-/reload" }),
    after: (_, { messages }) =>
      Array.isArray(messages) && messages.length > 0
        ? `The configuration was read again: ${messages.join("; ")}`
        : "The configuration was read again, and nothing in it has changed.",
  },
  test: {
    verb: "Send a test",
    icon: "bell",
    endpoint: "POST /notify/{channel}/test",
    title: (channel) => `Send a test to ${channel}`,
    look: lookAtChannel,
    before: () => ["One message of each kind is sent at once, each marked as a test."],
    request: (channel) => ({ method: "POST", path: `/notify/${encodeURIComponent(channel)}/test` }),
    after: (channel, { sent }) => testWords(channel, sent),
  },
  trust: {
    verb: "Trust the clock",
    icon: "clock",
    isGrave: true,
    endpoint: "POST /clock/trust",
    title: () => "Trust the clock of the machine",
    before: () => [
      "You say that the time is right. Deletions that the doubt about it stopped go on.",
      "With a clock that is ahead, backups would seem older than they are.",
    ],
    fields: () => [{ name: "typed", label: "Type right to go on", kind: "typed", expected: "right" }],
    request: () => ({ method: "POST", path: "/clock/trust" }),
    after: () => "The clock is trusted.",
  },
  ...BACKUP_ACTS,
} as const satisfies Record<string, Act>;

export type ActName = keyof typeof ACTS;

/** The act of a name; undefined where there is none. */
export function findAct(name: string): Act | undefined {
  return Object.hasOwn(ACTS, name) ? ACTS[name as ActName] : undefined;
}

/** The lock where there is one alone. */
function lockHint(look: ActLook | undefined): { hint?: string } {
  const [only, ...more] = look?.rows?.rows ?? [];
  return only === undefined || more.length > 0 ? {} : { hint: `There is one: ${only[0]}` };
}

function unlockWords(answers: unknown): string {
  const [first] = Array.isArray(answers) ? answers as { outcome?: string; message?: string }[] : [];
  if (first === undefined) return "Its provider has no locks to remove.";
  return first.outcome === "removed" ? "The lock is removed." : `The lock is not removed: ${first.message}`;
}

function testWords(channel: string, sent: unknown): string {
  const all = Array.isArray(sent) ? sent as { title?: string; ok?: boolean; message?: string | null }[] : [];
  const bad = all.filter(({ ok }) => ok !== true);
  if (bad.length === 0) return `${channel} took all ${all.length} messages.`;
  return `${channel} did not take ${bad.length} of ${all.length} messages: ${
    bad[0]!.message ?? "no word why"
  }`;
}
