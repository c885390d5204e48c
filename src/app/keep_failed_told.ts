// What the program says at its start of `keep_failed` where nobody has set it: which default applies, and why.

import { keepFailedText } from "../domain/leftovers.ts";
import type { Engine } from "../engine/engine.ts";

/** Names told one by one. */
const MOST_NAMES = 10;

/** One sentence for the jobs whose leftovers go by default, one for those that keep them since they are older than that. */
export function keepFailedTold(engine: Pick<Engine, "jobNames" | "job">): string[] {
  const unset = engine.jobNames().map((name) => engine.job(name)!).filter(({ job: { keepFailed } }) =>
    !keepFailed.isSet && keepFailed.ms !== Infinity
  );
  const going = unset.filter(({ state }) => state.cleansFailedSince !== null);
  const kept = unset.filter(({ state }) => state.cleansFailedSince === null);
  const told: string[] = [];
  if (going.length > 0) {
    const after = keepFailedText(going[0]!.job.keepFailed.ms);
    told.push(
      `What failed runs of ${namesOf(going)} leave is deleted after ${after} and a later backup: ` +
        "keep_failed is not set, and this is the default of built-ins",
    );
  }
  if (kept.length > 0) {
    told.push(
      `What failed runs of ${namesOf(kept)} leave stays for ever: the state knew ${
        kept.length === 1 ? "it" : "them"
      } before there was keep_failed: set it, to ${keepFailedText(kept[0]!.job.keepFailed.ms)} or to forever`,
    );
  }
  return told;
}

function namesOf(schedulers: readonly { job: { name: string } }[]): string {
  const names = schedulers.slice(0, MOST_NAMES).map(({ job }) => `'${job.name}'`).join(", ");
  const more = schedulers.length - MOST_NAMES;
  return `${schedulers.length === 1 ? "job" : "jobs"} ${names}${more > 0 ? ` and ${more} more` : ""}`;
}
