// Remembers the highest fence each job's calls carried, and refuses a call from an older lease than that.

import { z } from "zod";
import { ProviderError } from "../../domain/errors.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";

export interface Fences {
  /**
   * Rejects with `refused`: 412 when a higher fence was seen for the job, 400 when this one is higher than it can be;
   * else remembers it.
   */
  admit(job: string | null, fence: number | null): Promise<void>;
}

/**
 * How much higher a fence may be than the highest seen, of whatever job. A fence goes up by one with each start of a
 * Schelly: restarted every five seconds, one gets there in two months. Without a bound, one call would lock the right
 * Schelly out for ever.
 */
const MOST_HIGHER = 1_000_000;

const fencesSchema = z.record(z.string(), z.number());

/**
 * Fences are counted by job, since two instances of Schelly with different jobs may share a provider and their epochs have
 * nothing to do with each other. With `notes` null they are kept in memory only: a provider inside Schelly
 * itself has one caller, whose epoch starts anew when its state is made anew.
 */
export async function openFences(notes: ProviderNotes | null): Promise<Fences> {
  const highest = new Map<string, number>();
  const text = await notes?.read("fences");
  if (text !== undefined) {
    try {
      const saved = fencesSchema.parse(JSON.parse(text));
      for (const [job, fence] of Object.entries(saved)) highest.set(job, fence);
    } catch (error) {
      const message = `Cannot read the fences of this provider: ${(error as Error).message}: ` +
        `${notes!.toForget("fences")} if no other Schelly calls it`;
      throw new ProviderError("unsent", message, { status: 503, cause: error });
    }
  }
  let last: Promise<void> = Promise.resolve();

  return {
    async admit(job, fence) {
      if (fence === null) return;
      const key = job ?? "";
      const seen = highest.get(key) ?? -Infinity;
      if (fence < seen) {
        const reset = notes === null
          ? "restart this program"
          : `${notes.toForget("fences")} and restart this provider`;
        throw new ProviderError(
          "refused",
          `Cannot take a call with fence ${fence} for job '${key}': a call with fence ${seen} came before, so ` +
            "another Schelly has taken the job over: stop the older one; " +
            `if its state was made anew or restored on purpose, ${reset}`,
          { status: 412 },
        );
      }
      if (fence === seen) return await last;
      // Of a job that is new here, those of its Schelly's other jobs tell.
      let known = 0;
      for (const other of highest.values()) known = Math.max(known, other);
      if (fence > known + MOST_HIGHER) {
        throw new ProviderError(
          "refused",
          `Cannot believe the fence ${fence} of a call for job '${key}': it goes up by one with each start of a Schelly, ` +
            `and the highest so far was ${known}: expected at most ${known + MOST_HIGHER}`,
          { status: 400 },
        );
      }
      highest.set(key, fence);
      if (notes === null) return;
      const saved = last.then(() => {
        const text = JSON.stringify(Object.fromEntries(highest)) + "\n";
        return notes.write("fences", text);
      });
      last = saved.catch(() => {});
      try {
        await saved;
      } catch (error) {
        const message = `Cannot save the fence ${fence}: ${(error as Error).message}`;
        throw new ProviderError("unsent", message, { status: 503, cause: error });
      }
    },
  };
}
