// Backups that their provider does not have any more, and of which nobody has taken notice yet.

/** How many of a job, and one of them to begin with. */
export interface Missing {
  job: string;
  count: number;
  /** Id of the one that was missed last. */
  latest: string;
}

/** What is missing and what to do about it; a sentence without a full stop. */
export function missingText({ job, count, latest }: Missing): string {
  const look = `look for ${count === 1 ? "it" : "them"}: 'schelly runs list --job ${job} --status missing'`;
  const what = count === 1
    ? `backup '${latest}' is not at its provider any more and counts for nothing`
    : `${count} backups are not at their provider any more, the last one missed is '${latest}', and count for nothing`;
  return `${what}; ${look}, then say that you have with 'schelly retention approve ${job}'`;
}
