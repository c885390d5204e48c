// I10, I13, I17 and I22 of what comes in by an import and of what went missing, and the second promise about it.

import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { BackupInfo } from "../../../src/ports/provider.ts";
import { type Finding, keyOf, type Listed, MINUTE, show, type Witness } from "./witness.ts";

/** So many may be gone without it being suspicious in itself. */
const FEW = 3;
/** What ended so short before a look need not be in the list yet; with room for queues. */
const YOUNG_MS = 15 * MINUTE;

/** I10: an import is marked, held where no time tells its period, and of no run that was given up. */
export function I10_importsAreStrangers(
  witness: Witness,
  before: Run | undefined,
  after: Run,
): Finding {
  if (before !== undefined || after.trigger !== "import") return;
  if (after.importedAt === null) return `${show(after)} came in without its mark`;
  const isTimed = (after.periodTime ?? after.startTime) !== null;
  if (isTimed === (after.holdAt !== null)) {
    return `${show(after)} came in ${isTimed ? "with a time, and held" : "without a time, and free to go"}`;
  }
  const effects = witness.providers.get(after.providerKey)!.effects.filter(({ id }) => id === after.id);
  const named = effects.map(({ owner }) => owner?.job).find((job) => job !== undefined);
  if (named !== undefined && named !== after.job) {
    return `${show(after)} came in, and its provider says that it is of job '${named}'`;
  }
  const owners = effects.map(({ runId }) => witness.model.runs.get(runId));
  const own = owners.find((run) => run?.job === after.job && run.status === "failed" && run.id === null);
  // An id that was given twice proves nothing.
  if (own !== undefined && effects.length === 1) {
    return `${show(after)} came in as a stranger's, and is of ${show(own)}`;
  }
}

/** Why one that a list names stays out of a job that it names, where it is on record already, or its run is. */
const ON_RECORD = [
  /^it is known: /,
  /^the provider says it is of run /,
  /^its run changed /,
  /^it was taken by another run /,
];

/** I58: what a list names as a job's own is on record once a state that was put back has taken it in. */
export function I58_restoreBringsBack(
  witness: Witness,
  job: Job,
  listed: readonly BackupInfo[],
  skipped: readonly { id: string; why: string }[],
): Finding {
  for (const info of listed) {
    if (info.job !== job.name || info.state !== "available" || info.host !== undefined) continue;
    const reason = skipped.find(({ id }) => id === info.id)?.why;
    if (reason !== undefined && ON_RECORD.some((known) => known.test(reason))) continue;
    const runs = [...witness.model.runs.values()];
    if (runs.some((run) => run.id === info.id && job.providerKeys.includes(run.providerKey))) continue;
    return `backup '${info.id}' of job '${job.name}' is listed and lives, and a restored state does not take it in` +
      (reason === undefined ? "" : `: ${reason}`);
  }
}

/** I58: no job at a provider that can list was left out as that was over. */
export function I58_allWereAsked(
  witness: Witness,
  names: ReadonlySet<string>,
  asked: ReadonlySet<string>,
): Finding {
  for (const { name, providerKey } of witness.declared) {
    if (!names.has(name) || asked.has(`${name} ${providerKey}`)) continue;
    if (
      ![...asked].some((one) => one.startsWith(`${name} `)) &&
      witness.providers.get(providerKey)!.capabilitySet.list
    ) {
      return `a restored state has taken in all there is, and nobody asked for job '${name}'`;
    }
  }
}

/** I13: nothing is called missing but on its provider's word: on a GET of it, and on the list where it was compared. */
export function I13_missingOnProof(witness: Witness, before: Run | undefined, after: Run): Finding {
  if (after.status !== "missing" || before?.status === "missing") return;
  const said = witness.said.get(keyOf(after.providerKey, after.id!));
  if (said?.life !== witness.lifeNumber || said.info !== null) {
    return `${show(after)} is called missing, which its provider did not say`;
  }
  if (isCompared(after) && listLacking(witness, after) === undefined) {
    return `${show(after)} is called missing by a list, and no list lacked it`;
  }
}

/** I17: what came in by an import goes only after an operator has seen it there. */
export function I17_importWasSeen(witness: Witness, run: Run): Finding {
  if (run.trigger !== "import" || run.acceptedAt !== null || run.rejectedAt !== null) return;
  const approved = witness.order.get(`approval ${run.job}`) ?? 0;
  if (approved < (witness.order.get(`import ${run.runId}`) ?? 0)) {
    return `DELETE of ${show(run)}, which was imported and nobody has seen since`;
  }
}

/** I22: once something is missing, the guard is up, unless an operator has answered it. */
export function I22_missingStops(witness: Witness, before: Run | undefined, after: Run): Finding {
  if (after.status !== "missing" || before?.status !== "available" || !isCompared(after)) return;
  if (witness.model.latches.get(after.job)?.has("not_found") || isAnswered(witness, after.job)) return;
  return `${show(after)} is missing, and nothing stops the deletions of its job`;
}

/** I22: when many are gone, or the list is empty, none is called missing before an operator has said so. */
export function I22_fewGoMissing(witness: Witness, before: Run | undefined, after: Run): Finding {
  if (after.status !== "missing" || before?.status !== "available" || !isCompared(after)) return;
  const list = listLacking(witness, after);
  const job = witness.jobOf(after.job);
  if (list === undefined || job === undefined || isAnswered(witness, after.job)) return;
  if (list.ids.size === 0) return `${show(after)} is called missing by an empty list`;
  if (witness.jumpedAt > list.at - 2 * YOUNG_MS) return;
  const there = witness.model.runsOf(after.job).filter((run) =>
    run.status === "available" && job.providerKeys.includes(run.providerKey)
  );
  const missed = [...list.missed].filter((runId) => witness.model.runs.get(runId)?.job === job.name).length;
  const gone =
    there.filter((run) =>
      !list.ids.has(run.id!) && run.endTime !== null && run.endTime <= list.askedAt - YOUNG_MS &&
      witness.insertedAt.get(run.runId)! < list.at
    ).length + missed;
  // One less: a deletion by hand may have come between the count and the mark.
  if (gone - 1 > FEW && (gone - 1) * 100 > job.guard.maxPercent * (there.length + missed)) {
    return `${gone} of ${job.name} are gone, and ${show(after)} is called missing`;
  }
}

/** The second promise: once a healed provider was looked at, what it lost is missing or stops deletions, and what it has counts. */
export function P2_lossesAreNoticed(witness: Witness, job: Job): Finding {
  const provider = witness.providers.get(job.providerKey)!;
  if (job.reconcileMs === null || !provider.capabilitySet.list) return;
  const guards = witness.model.latches.get(job.name);
  const isTold = guards?.has("not_found") || guards?.has("unread_list") || guards?.has("failed_check");
  for (const run of witness.model.runsOf(job.name)) {
    if (run.id === null || !job.providerKeys.includes(run.providerKey)) continue;
    const effects = provider.effects.filter(({ id }) => id === run.id);
    // An id that was given twice stands for whichever is left.
    if (effects.length !== 1 || effects[0]!.deletedAt !== null) continue;
    const { forgotten } = effects[0]!;
    const isOld = run.endTime === null || run.endTime <= witness.now() - YOUNG_MS;
    if (run.status === "available" && forgotten && isOld && !isTold) {
      return `${show(run)} is called available, and its provider has lost it`;
    }
    if (run.status === "missing" && !forgotten) return `${show(run)} is called missing, and is there`;
  }
}

/** True where a comparison with a list, not a look before a DELETE, called it missing. */
export function isCompared(run: Run): boolean {
  return run.message?.includes("neither in its list") === true;
}

/** True where an operator has approved since the guard of the missing ones was tripped. */
function isAnswered({ order }: Witness, job: string): boolean {
  const tripped = order.get(`latch ${job} not_found`);
  return tripped !== undefined && (order.get(`approval ${job}`) ?? 0) > tripped;
}

/** The newest list of this life that lacks it. */
function listLacking(witness: Witness, run: Run): Listed | undefined {
  return witness.listed.get(run.providerKey)?.find((list) =>
    list.life === witness.lifeNumber && !list.ids.has(run.id!)
  );
}
