// Jobs that one cause keeps, told together: a provider that is down is one trouble, however many jobs it has.

import { sharedCause } from "./health.ts";

/** A job that somebody has to look at. */
interface Trouble {
  job: string;
  state: string;
  cause?: string | null;
  provider?: string | null;
  of_all?: boolean | null;
}

/** Some jobs with one trouble: their names, in order, and the first of them. */
interface AlikeTrouble<T> {
  jobs: string[];
  first: T;
}

/**
 * Puts those of one word, one cause and one provider together, in the order of the first of each; what is trouble of the
 * whole program is one whatever the providers are. Two providers may say the same for two reasons.
 */
export function alikeTrouble<T extends Trouble>(unwell: readonly T[]): AlikeTrouble<T>[] {
  const groups = new Map<string, AlikeTrouble<T>>();
  for (const one of unwell) {
    const whose = one.of_all ? null : one.provider;
    const key = JSON.stringify([one.state, one.cause ? sharedCause(one.cause) : one.job, whose]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { jobs: [one.job], first: one });
    else group.jobs.push(one.job);
  }
  return [...groups.values()];
}
