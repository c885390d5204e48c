// Why a backup is kept or goes, in sentences: from its row and from what retention would do now.

import { deletionText, type Run } from "../domain/backup.ts";
import { iso } from "../domain/instant.ts";
import { reasonFields } from "../domain/retention/reason_data.ts";
import { isSuspect, wasAccepted } from "../domain/suspicion.ts";
import type { ExplainView, ForesightView, LevelRankView } from "../ports/views/explain.ts";
import type { RetentionRowView, RetentionView } from "../ports/views/retention.ts";
import { fateNotes, proofNotes, rankNotes, withReference } from "./fate_notes.ts";

/** What is known beside the row. */
export interface Explained {
  /** What its job would do now; undefined when the job is not in the configuration. */
  retention?: RetentionView;
  /** Undefined when retention does not look at it; a text says why nothing could be foreseen. */
  foresight?: ForesightView | string;
  /** When it was known to be gone, UTC ms. */
  deletedAt?: number;
  /** Why what a run left stays, and until when. */
  leftover?: string;
}

/** Explains one row. */
export function explain(run: Run, { retention, foresight, deletedAt, leftover }: Explained): ExplainView {
  const kept = retention?.keep.find((row) => row.run_id === run.runId);
  const victim = retention?.remove.find((row) => row.run_id === run.runId);
  const going = run.status === "deleting" || run.status === "delete-error" || run.status === "deleted";
  const seen = typeof foresight === "object" ? foresight : undefined;
  const levels = seen?.levels ?? [];
  const { reasons, kept_for } = victim === undefined && kept !== undefined
    ? kept
    : reasonFields(victim === undefined ? run.reasons : []);
  return {
    id: run.id,
    run_id: run.runId,
    job: run.job,
    state: run.status,
    kept: !going && victim === undefined,
    tags: kept?.tags ?? victim?.tags ?? run.tags,
    reasons,
    kept_for,
    levels,
    fate: seen?.fate ?? null,
    released: seen?.released ?? null,
    longer: seen?.longer ?? null,
    deletion: !going ? null : {
      decided_at: iso(run.deleteIntentAt),
      why: deletionText(run),
      asked_by: run.deleteAskedBy,
      sent_at: iso(run.deleteSentAt),
      done_at: iso(deletedAt ?? null),
    },
    notes: [
      ...statusNotes(run, deletedAt),
      ...(leftover === undefined ? [] : [leftover]),
      ...marks(run),
      ...retentionNotes(run, retention, levels, kept, victim !== undefined),
      ...(seen === undefined ? [] : fateNotes(seen, run.id ?? run.runId)),
      ...(typeof foresight === "string" ? [`${foresight}.`] : []),
    ],
  };
}

function at(ms: number | null): string {
  return ms === null ? "an unknown time" : iso(ms).replace(/\.\d+Z$/, "Z");
}

function because(text: string | null): string {
  return text === null || text === "" ? "" : ` (${text})`;
}

const ENDED_AS = { failed: "failed", cancelled: "was cancelled" };

/** What was asked, what is known of it, and what comes next. */
function sentNote({ deleteSentAt, deleteAttempts, deleteNotBefore, endedAs, message }: Run): string {
  const times = deleteAttempts > 1 ? `, ${deleteAttempts} times by now` : "";
  // Of what a failed run left, the message says why it failed.
  const known = endedAs !== null || message === null ? "no answer is on record" : message;
  const next = deleteNotBefore === null ? "" : ` no sooner than ${at(deleteNotBefore)}`;
  return `The provider was asked at ${
    at(deleteSentAt)
  } to delete it${times}: ${known}. It counts as gone, but is not ` +
    `known to be: without an answer the provider is asked${next} whether it still has it, and only then to delete it again.`;
}

function statusNotes(run: Run, deletedAt?: number): string[] {
  switch (run.status) {
    case "intent":
    case "sending":
    case "unknown":
    case "running":
    case "cancelling":
      return ["It is not finished: retention looks at available backups only."];
    case "available":
      return [`Its provider said at ${at(run.endTime)} that it is available.`];
    case "missing":
      return [
        `Its provider did not have it any more when asked at ${at(run.missingAt)}: ` +
        "it is not taken for deleted, and retention does not count it.",
      ];
    case "deleting":
      return [
        ...(run.endedAs === null ? [] : [`Its run ${ENDED_AS[run.endedAs]}: it never was a backup.`]),
        `Its deletion was decided at ${at(run.deleteIntentAt)}${because(deletionText(run))}.`,
        run.deleteSentAt === null
          ? "Nothing was sent to the provider yet: a hold, or an approval taken back, still saves it."
          : sentNote(run),
      ];
    case "delete-error":
      return [
        `Its deletion failed after ${run.deleteAttempts} ${run.deleteAttempts === 1 ? "try" : "tries"}` +
        `${because(run.message)}; it is tried again no sooner than ${at(run.deleteNotBefore)}.`,
      ];
    case "deleted":
      if (run.deleteSentAt === null && run.deleteAskedBy !== null) {
        const why = run.reason === "storage_gone" ? run.message : deletionText(run);
        return [
          `It was taken off the record at ${at(run.deleteIntentAt)}${
            because(why)
          }: nothing was sent to its provider.`,
        ];
      }
      return [
        ...(run.endedAs === null ? [] : [`Its run ${ENDED_AS[run.endedAs]}: it never was a backup.`]),
        `It was deleted${because(deletionText(run))}: decided at ${
          at(run.deleteIntentAt)
        }, the provider was asked at ` +
        `${at(run.deleteSentAt)}${deletedAt === undefined ? "" : `, and it was gone at ${at(deletedAt)}`}.`,
      ];
    case "failed":
    case "lost":
    case "cancelled":
      return [
        `It ended as ${run.status} at ${at(run.endTime)}${because(run.message ?? run.reason)}: ` +
        "it is no backup, and an admin may delete what it left, by id.",
      ];
    case "skipped":
    case "expired":
      return ["It never started: there is no backup."];
  }
}

function marks(run: Run): string[] {
  const notes: string[] = [];
  if (run.holdAt !== null) {
    const until = run.holdUntil === null ? "until it is released" : `until ${at(run.holdUntil)}`;
    notes.push(
      `It is held by ${run.holdOwner ?? "somebody"} ${until}${because(run.holdReason)}: it is never deleted.`,
    );
  }
  if (isSuspect(run)) {
    notes.push(
      `It is suspect${because(run.suspectReason)}: it stands for no period and is not deleted ` +
        "until it is accepted or rejected.",
    );
  }
  if (wasAccepted(run)) {
    notes.push(`It was suspect${because(run.suspectReason)} and was accepted at ${at(run.acceptedAt)}.`);
  }
  if (run.rejectedAt !== null) {
    notes.push(
      `It was suspect${because(run.suspectReason)} and was rejected at ${at(run.rejectedAt)}: ` +
        "it stands for no period, and retention deletes it unless it is held or nothing else counts.",
    );
  }
  if (run.verification === "passed") {
    notes.push(`It was last proved restorable at ${at(run.verifiedAt)}.`);
  } else if (run.verification === "failed") {
    notes.push(`Its last verification, at ${at(run.verifiedAt)}, found that it cannot be restored whole.`);
  } else if (run.status === "available") notes.push("It was never proved restorable.");
  if (run.lockedAt !== null && run.status !== "deleted") {
    const text = run.lockedUntil === null
      ? "refuses to delete it, without a date; it is asked again a day later"
      : `refuses to delete it until ${at(run.lockedUntil)}`;
    notes.push(`Its storage ${text}, as its provider said at ${at(run.lockedAt)}: no DELETE is sent before.`);
  }
  if (run.importedAt !== null) {
    notes.push(
      `It was imported at ${at(run.importedAt)} from the provider's list, not made by a run of ours.`,
    );
  }
  if (run.attempt > 1) {
    notes.push(`It was made by try ${run.attempt} of its slot: the ones before failed.`);
  }
  if (run.maybeDuplicateAt !== null) {
    notes.push("Its start was sent more than once with an unknown fate: the provider may hold a second one.");
  }
  return notes;
}

function retentionNotes(
  run: Run,
  retention: RetentionView | undefined,
  levels: readonly LevelRankView[],
  kept: RetentionRowView | undefined,
  victim: boolean,
): string[] {
  if (run.status !== "available") return [];
  if (retention === undefined) {
    return [`Job '${run.job}' is not in the configuration: its backups are left untouched.`];
  }
  if (kept !== undefined && kept.reasons.length > 0) {
    const reasons = kept.reasons.map((words, at) => withReference(words, kept.kept_for[at], levels));
    return [`It is kept as ${reasons.join(", ")}.`, ...proofNotes(levels)];
  }
  if (!victim) return ["Retention takes no decision about it now, so it stays."];
  const latched = retention.guards.length > 0 && !retention.approved;
  return [
    run.rejectedAt !== null
      ? "It was rejected, and nothing else keeps it."
      : `No level, age or hold keeps it under the policy '${retention.policy}'.`,
    ...rankNotes(levels),
    latched
      ? "A retention pass would delete it, but a guard stops all deletions of this job:"
      : "The next retention pass deletes it, oldest first and as many a pass as the job allows.",
    ...(latched ? retention.guards.map((guard) => `${guard.guard}: ${guard.message}`) : []),
  ];
}
