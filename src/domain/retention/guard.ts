// Stops a suspicious pass: judges the whole elected set before pacing, and says which victims may go now.

import { iso } from "../instant.ts";
import { damagedBackup, isSuspectByProof } from "../verification/verification.ts";

/** The automatic stops. */
export type GuardName =
  | "too_many"
  | "not_found"
  | "unread_list"
  | "duplicate_id"
  | "restored_store"
  | "from_the_future"
  | "failed_check"
  | "upkeep_failed"
  | "first_policy"
  | "untrusted_clock"
  | "freeze"
  | "newest_suspect";

/**
 * How each guard behaves. `latched`: stays until approved, else it clears when its cause is gone. `overridable`: an
 * approval lets the approved set go although the guard finds its cause in this very pass.
 */
export const GUARDS: Readonly<Record<GuardName, { latched: boolean; overridable: boolean }>> = {
  too_many: { latched: true, overridable: true },
  not_found: { latched: true, overridable: true },
  // Also clears when the list is read again.
  unread_list: { latched: true, overridable: true },
  duplicate_id: { latched: true, overridable: true },
  restored_store: { latched: true, overridable: true },
  from_the_future: { latched: true, overridable: true },
  // An approval releases the latch of an earlier pass; a check that fails now still stops everything.
  failed_check: { latched: true, overridable: false },
  // Also clears when the storage is found whole. An approval answers this finding, until there is another.
  upkeep_failed: { latched: true, overridable: true },
  first_policy: { latched: true, overridable: true },
  untrusted_clock: { latched: false, overridable: false },
  freeze: { latched: false, overridable: false },
  newest_suspect: { latched: false, overridable: false },
};

/** A share of victims is no cause for alarm up to this many. */
const FEW_VICTIMS = 3;
/** So many missing backups are no coincidence any more. */
const MANY_MISSING = 3;

/**
 * What a pass knows when its guards judge it. Times are UTC ms. `missing`, `future` and `foreign` tell of what no
 * approval has answered since, or they would stop every later pass too. What other flows find (an id that came twice, a
 * restored store, a check that failed) is latched by them, and known to `allowed` as a latch.
 */
export interface GuardFacts {
  job: string;
  now: number;
  /** How many backups count (neither suspect nor from the future), victims included. */
  counted: number;
  /**
   * How many the election would delete; also those that stopped passes, a pause or a freeze left behind, for a pile
   * that grew goes as suddenly as one that an edit made.
   */
  victims: number;
  /** Greatest share of the counted ones, in percent, that may go without an approval. */
  maxPercent: number;
  /** How many backups the provider did not know any more. */
  missing: number;
  /** How many are dated ahead of now. */
  future: number;
  /** How many of the available were not made by this job under a policy it had (imported, migrated, re-added). */
  foreign: number;
  /** The clock is in doubt, at the latest until this instant; null when it is trusted. */
  clockUntrustedUntil: number | null;
  /** Nothing at all is deleted; `until` null: until someone releases it. */
  freeze: { reason: string | null; until: number | null } | null;
  /** The newest backup, when it is suspect, and why. */
  suspectNewest: { id: string; reason: string } | null;
}

/** One reason why a pass may not delete. `message` is a sentence for people, with the numbers. */
export interface GuardFinding {
  guard: GuardName;
  latched: boolean;
  overridable: boolean;
  message: string;
}

/** Every guard that finds its cause in these facts; none: the pass may delete its victims. */
export function judge(facts: GuardFacts): GuardFinding[] {
  const approve = approveText(facts.job);
  const findings: GuardFinding[] = [];
  const find = (guard: GuardName, message: string) => findings.push({ guard, ...GUARDS[guard], message });

  if (facts.victims > FEW_VICTIMS && facts.victims * 100 > facts.maxPercent * facts.counted) {
    find("too_many", `${shareText(facts)} at once, max_percent allows ${facts.maxPercent} %: ${approve}`);
  }
  if (facts.missing >= MANY_MISSING) {
    find(
      "not_found",
      `${facts.missing} backups are not known to the provider any more: check that it still serves the same storage; ` +
        approve,
    );
  }
  if (facts.future > 0) {
    find(
      "from_the_future",
      `${count(facts.future, "backup is", "backups are")} dated ahead of ${
        iso(facts.now)
      }: check the clock; ${approve}`,
    );
  }
  if (facts.foreign > 0 && facts.victims > 0) {
    find(
      "first_policy",
      `${count(facts.foreign, "backup was", "backups were")} not made by this job, ` +
        `and its policy would delete ${facts.victims} of ${facts.counted} for the first time: ${approve}`,
    );
  }
  if (facts.clockUntrustedUntil !== null) {
    find(
      "untrusted_clock",
      `the clock is not trusted until ${iso(facts.clockUntrustedUntil)}: nothing is deleted before, ` +
        "unless an operator says that it is right",
    );
  }
  if (facts.freeze !== null && (facts.freeze.until === null || facts.freeze.until > facts.now)) {
    const end = facts.freeze.until === null ? "until it is released" : `until ${iso(facts.freeze.until)}`;
    const reason = facts.freeze.reason === null ? "" : ` (${facts.freeze.reason})`;
    find("freeze", `deletions are frozen ${end}${reason}`);
  }
  if (facts.suspectNewest !== null) {
    find("newest_suspect", newestSuspectText(facts.suspectNewest.id, facts.suspectNewest.reason));
  }
  return findings;
}

function approveText(job: string): string {
  return `look with 'schelly retention show ${job}', then 'schelly retention approve ${job}'`;
}

/** `6 of 10 backups (60 %) would be deleted`. */
function shareText({ victims, counted }: Pick<GuardFacts, "victims" | "counted">): string {
  const percent = counted === 0 ? 0 : Math.floor((victims * 1000) / counted) / 10;
  return `${victims} of ${counted} backups (${percent} %) would be deleted`;
}

/**
 * The text of a guard that latched earlier, with the figures of this look: whoever answers it lets go what is elected now.
 * Undefined where it stands as it is, or was latched by another flow, in words of its own.
 */
export function latchedNow(
  { guard, message }: { guard: string; message: string },
  findings: readonly GuardFinding[],
  facts: Pick<GuardFacts, "job" | "victims" | "counted">,
): string | undefined {
  const found = findings.find((finding) => finding.guard === guard)?.message ??
    (guard === "too_many"
      ? `${shareText(facts)} now, fewer than when this stopped: ${approveText(facts.job)}`
      : undefined);
  if (found === undefined || withoutTimes(found) === withoutTimes(message)) return undefined;
  const isSameKind = guard === "too_many" ? / backups? \(.*\) would be deleted /.test(message) : false;
  return isSameKind || withoutFigures(found) === withoutFigures(message) ? found : undefined;
}

function withoutTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "");
}

function withoutFigures(text: string): string {
  return withoutTimes(text).replace(/\d+/g, "#").replace(/\bbackups? (?:is|are|was|were)\b/g, "backup");
}

/** What stops a job whose newest backup is suspect, and what to do. */
export function newestSuspectText(id: string, reason: string): string {
  return `${newestSuspectFinding(id, reason)}; ${suspectRemedy(id, reason)}`;
}

/** What stops it alone. */
export function newestSuspectFinding(id: string, reason: string): string {
  return `the newest backup '${id}' is suspect (${reason}): nothing is deleted`;
}

/** What to do about a suspect: what is damaged is fixed before anybody decides what it counts for. */
export function suspectRemedy(id: string, reason: string): string {
  if (!isSuspectByProof(reason)) {
    return `look at it ('schelly backups show ${id}'), then 'schelly backups accept ${id}' or 'schelly backups reject ${id}'`;
  }
  return `look at it ('schelly backups show ${id}'), mend its storage, then 'schelly backups verify ${id}'; ` +
    `only what is lost for good: 'schelly backups reject ${id}'`;
}

/** What a latched guard has found, of its text: without what to do about it, which `guardRemedy` tells. */
export function guardFinding(message: string): string {
  const at = message.search(/[:;,] (?:look with|nothing of job|nothing is deleted)/);
  return at < 0 ? message : message.slice(0, at);
}

/** What to do about a latched guard: what it found first, and only then its answer, which lets deletions go on. */
export function guardRemedy(job: string, guard: string, message: string): string {
  const answer = `'schelly retention approve ${job}'`;
  const damaged = damagedBackup(message);
  if (damaged !== undefined) {
    return `look at it ('schelly backups show ${damaged}'), mend its storage, then 'schelly backups verify ${damaged}', ` +
      `which ends this; so does 'schelly backups reject ${damaged}', for what is lost for good. ` +
      `${answer} lets deletions go on with the damage`;
  }
  if (guard === "upkeep_failed") {
    return `fix the storage ('schelly events --type provider.upkeep' says what was found): once it is found whole, ` +
      `deletions go on. ${answer} lets them go on with the damage`;
  }
  return `see 'schelly retention show ${job}', then answer it with ${answer}`;
}

/**
 * The victims that may go now, in their order.
 *
 * A finding that no approval overrides stops all. Any other finding, and any guard latched earlier, lets only those
 * victims go that `approval` names (null: no approval, none go). Without findings and latches all may go.
 */
export function allowed(
  victims: readonly string[],
  approval: readonly string[] | null,
  findings: readonly GuardFinding[],
  latchedBefore: readonly string[],
): string[] {
  if (findings.some((finding) => !finding.overridable)) return [];
  if (findings.length === 0 && latchedBefore.length === 0) return [...victims];
  if (approval === null) return [];
  const approved = new Set(approval);
  return victims.filter((runId) => approved.has(runId));
}

/** The victims of one pass at the job's pace: the first ones, the oldest. `maxPerPass` may be Infinity. */
export function pace(victims: readonly string[], maxPerPass: number): string[] {
  return victims.slice(0, Math.max(0, maxPerPass));
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
