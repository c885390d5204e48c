// Backups that their provider does not have any more, and of which nobody has taken notice yet.

/** How many of a job, and one of them to begin with. */
export interface Missing {
  job: string;
  count: number;
  /** Id of the one that was missed last. */
  latest: string;
  /** When the first of them was missed (UTC ms); null where that is not known. */
  since: number | null;
}

/** What is missing and what to do about it; a sentence without a full stop. */
export function missingText(missing: Missing): string {
  return `${missingFinding(missing)}; ${missingRemedy(missing)}`;
}

/** What is missing alone. */
export function missingFinding({ count, latest }: Omit<Missing, "job" | "since">): string {
  return count === 1
    ? `backup '${latest}' is not at its provider any more and counts for nothing`
    : `${count} backups are not at their provider any more, the last one missed is '${latest}', and count for nothing`;
}

/** The same in a few words. */
export function missingBrief(count: number): string {
  return `${count === 1 ? "1 backup is" : `${count} backups are`} not at the provider any more`;
}

/** What to do about it. */
export function missingRemedy({ job, count }: Pick<Missing, "job" | "count">): string {
  const look = `look for ${count === 1 ? "it" : "them"}: 'schelly runs list --job ${job} --status missing'`;
  return `${look}, then say that you have with 'schelly retention approve ${job}'`;
}
