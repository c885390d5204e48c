// What tells the outside how runs end and does not get through, in words for whoever asks how everything does.

/** A ping or hook that failed last, of a job, or the heartbeat, which belongs to none. */
export interface OutcomeTrouble {
  /** `ping`, `heartbeat`, or which hook. */
  what: string;
  job: string | undefined;
  why: string;
}

/** So many jobs of one cause are named. */
const MOST_NAMED = 5;

/** One note for each cause: a receiver that is down is one trouble, however many jobs have it. */
export function outcomeNotes(
  troubles: readonly OutcomeTrouble[],
): { name: string; wrong: boolean; message: string }[] {
  const byCause = Map.groupBy(troubles, ({ what, why }) => `${what}\n${why}`);
  return Array.from(byCause.values(), (alike) => {
    const { what, why } = alike[0]!;
    const jobs = alike.flatMap(({ job }) => job === undefined ? [] : [job]).sort();
    return { name: what, wrong: true, message: `${ofJobs(jobs)}${why}` };
  });
}

function ofJobs(jobs: readonly string[]): string {
  if (jobs.length === 0) return "";
  if (jobs.length === 1) return `of job '${jobs[0]}': `;
  const more = jobs.length > MOST_NAMED ? ` and ${jobs.length - MOST_NAMED} more` : "";
  return `of ${jobs.length} jobs (${jobs.slice(0, MOST_NAMED).join(", ")}${more}): `;
}
