// I10 to I15: what is written down is true, complete and final.

import type { Run, Status } from "../../../src/domain/backup.ts";
import type { JobState } from "../../../src/ports/store.ts";
import type { FakeProvider } from "../../support/fake_provider.ts";
import { type Finding, keyOf, show, type Witness } from "./witness.ts";

const EDGES: Record<Status, string> = {
  intent: "sending expired skipped failed cancelled",
  sending: "intent running available unknown failed",
  unknown: "sending running available intent failed",
  running: "available failed lost cancelling",
  cancelling: "cancelled available running failed lost",
  available: "missing deleting",
  missing: "available deleting",
  deleting: "deleted delete-error available missing",
  "delete-error": "deleting deleted",
  deleted: "",
  failed: "available deleting deleted",
  lost: "available deleting",
  cancelled: "deleting deleted",
  skipped: "",
  expired: "",
};

/** I10: an id that reached the program is on record, or the doubt is. */
export function I10_idIsKept(
  { model, tidiedAway, mislaid }: Witness,
  provider: FakeProvider,
  entry: { runId: string; id: string },
): Finding {
  const run = model.runs.get(entry.runId);
  if (tidiedAway.has(entry.runId)) return;
  if (run === undefined) return `id ${entry.id} was made for ${entry.runId}, which has no row`;
  if (run.id === entry.id || run.maybeDuplicateAt !== null) return;
  if (["unsettled", "duplicate_id"].includes(run.reason ?? "") || run.status === "unknown") return;
  // A provider that forgot it says that it never began.
  if (provider.effects.some((one) => one.id === entry.id && (one.forgotten || mislaid.has(one)))) return;
  return `id ${entry.id} of ${provider.key} was answered for ${show(run)} and is not on record`;
}

/** I11: an id belongs to one row for ever. */
export function I11_idBoundOnce({ model }: Witness, before: Run | undefined, after: Run): Finding {
  if (before?.id !== null && before?.id !== undefined && after.id !== before.id) {
    return `${show(before)} changed its id to ${after.id}`;
  }
  if (after.id === null || before?.id === after.id) return;
  for (const other of model.runs.values()) {
    if (other.runId !== after.runId && other.id === after.id && other.providerKey === after.providerKey) {
      return `id ${after.id} is bound twice: ${show(other)}, ${show(after)}`;
    }
  }
}

/** I12: only the edges that the design draws. */
export function I12_legalMoves({ providers }: Witness, before: Run | undefined, after: Run): Finding {
  if (before === undefined || before.status === after.status) return;
  if (!EDGES[before.status].split(" ").includes(after.status)) {
    return `${show(before)} became ${after.status}`;
  }
  if (before.status === "deleting" && after.status === "available" && before.deleteSentAt !== null) {
    // Its storage refused the first, and nothing happened: that is its word, and true.
    const isRefused = after.lockedAt !== null && before.deleteAttempts <= 1;
    if (!isRefused) return `${show(before)} came back although its DELETE was sent`;
    const provider = providers.get(after.providerKey);
    if (provider?.effects.some(({ id, deletedAt }) => id === after.id && deletedAt !== null)) {
      return `${show(before)} came back as locked, and its storage has deleted it`;
    }
  }
  if (before.job !== after.job || before.providerKey !== after.providerKey) return `${show(before)} moved`;
}

/** I13: available only on the provider's word. */
export function I13_availableOnProof(
  { saidAvailable }: Witness,
  before: Run | undefined,
  after: Run,
): Finding {
  if (after.status !== "available" || before?.status === "available" || before?.status === "deleting") return;
  if (after.id === null || !saidAvailable.has(keyOf(after.providerKey, after.id))) {
    return `${show(after)} is called available, which its provider never said`;
  }
}

/** What is left of a run some time after its backup was deleted. */
function asOld(run: Run): Run {
  return {
    ...run,
    message: null,
    tags: [],
    reasons: [],
    holdReason: null,
    holdOwner: null,
    suspectReason: null,
  };
}

/** I14: what was acknowledged is in the store, and nothing else. */
export function I14_acknowledgedIsStored(
  { model }: Witness,
  rows: ReadonlyMap<string, string>,
  jobs: ReadonlyMap<string, string>,
): Finding {
  for (const run of model.runs.values()) {
    const [text, stored] = [textOfRow(run), rows.get(run.runId)];
    if (stored !== text && !(run.status === "deleted" && stored === textOfRow(asOld(run)))) {
      return `row ${show(run)} is not as acknowledged: ${text} / ${stored}`;
    }
  }
  if (rows.size !== model.runs.size) return `${rows.size} rows, ${model.runs.size} acknowledged`;
  if (jobs.size !== model.jobs.size) return `${jobs.size} jobs, ${model.jobs.size} acknowledged`;
  for (const job of model.jobs.values()) {
    const [text, stored] = [textOfJob(job), jobs.get(job.job)];
    if (stored !== text) return `job ${job.job} is ${stored}, acknowledged ${text}`;
  }
}

/** A row as one text, whatever the order of its fields; its reasons, which are words for people, apart. */
export function textOfRow(run: Run): string {
  return JSON.stringify(run, fieldsOf(run));
}

/** What a job's row is compared by. */
export function textOfJob(job: JobState): string {
  return `${job.cursor} ${job.policy} ${job.schedule}`;
}

let fields: string[] = [];

function fieldsOf(run: Run): string[] {
  const names = Object.keys(run).filter((name) => name !== "reasons");
  if (names.length !== fields.length) fields = names.sort();
  return fields;
}

/** I15: times are whole numbers, and a start comes before its end while the clock is right. */
export function I15_times(witness: Witness, run: Run): Finding {
  for (const at of [run.createdAt, run.startTime, run.endTime, run.slot, run.deleteSentAt]) {
    if (at !== null && !Number.isInteger(at)) return `${show(run)} has the time ${at}`;
  }
  if (witness.jumpedAt >= (witness.insertedAt.get(run.runId) ?? 0)) return;
  if (run.startTime !== null && run.endTime !== null && run.endTime < run.startTime) {
    return `${show(run)} ends before it starts`;
  }
}
