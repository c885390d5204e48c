// Answers about large jobs, kept for a minute as long as nothing has changed that they depend on: several look at the same
// page, and each would have a hundred thousand backups played anew.

import type { Job } from "../domain/job.ts";
import type { Clock } from "../ports/host.ts";

const KEPT_MS = 60_000;
const MOST_KEPT = 16;

/** What an answer depends on. */
interface Standing {
  /** As it was declared: another object after each edit. */
  declared: Job;
  /** Another text after each change of its backups, or of what stops it. */
  state: string;
}

interface Kept<T> extends Standing {
  /** By the monotonic clock. */
  at: number;
  answer: T;
}

/** Keeps the latest of them. */
export class RecentAnswers<T> {
  readonly #kept = new Map<string, Kept<T>>();

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  /** That of `question`, made by `make` where none is kept that still stands. Rejects as `make` does. */
  async of(question: string, standing: Standing, make: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(question);
    const now = this.clock.monotonic();
    if (
      known !== undefined && known.state === standing.state && known.declared === standing.declared &&
      now - known.at < KEPT_MS
    ) return known.answer;
    const answer = await make();
    this.#kept.delete(question);
    this.#kept.set(question, { ...standing, at: now, answer });
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return answer;
  }
}
