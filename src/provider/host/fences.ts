// Remembers the highest fence each job's calls carried, and refuses a call from an older lease than that.

import { z } from "zod";
import { ProviderError } from "../../domain/errors.ts";
import type { Files } from "../../ports/host.ts";

export interface Fences {
  /** Rejects with `refused` (412) when a higher fence was seen for the job; else remembers this one. */
  admit(job: string | null, fence: number | null): Promise<void>;
}

const fencesSchema = z.record(z.string(), z.number());

/**
 * Fences are counted by job, since two Schellys with different jobs may share a provider and their epochs have
 * nothing to do with each other. With `path` null they are kept in memory only: a provider inside Schelly
 * itself has one caller, whose epoch starts anew when its state is made anew.
 */
export async function openFences(files: Files, path: string | null): Promise<Fences> {
  const highest = new Map<string, number>();
  if (path !== null && await files.info(path) !== undefined) {
    try {
      const saved = fencesSchema.parse(JSON.parse(await files.readText(path)));
      for (const [job, fence] of Object.entries(saved)) highest.set(job, fence);
    } catch (error) {
      const message = `Cannot read the fences in '${path}': ${(error as Error).message}: ` +
        "remove the file if no other Schelly calls this provider";
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
        const file = path === null ? "restart this program" : `remove '${path}' and restart this provider`;
        throw new ProviderError(
          "refused",
          `Cannot take a call with fence ${fence} for job '${key}': a call with fence ${seen} came before, so ` +
            "another Schelly has taken the job over: stop the older one; " +
            `if its state was made anew or restored on purpose, ${file}`,
          { status: 412 },
        );
      }
      if (fence === seen) return await last;
      highest.set(key, fence);
      if (path === null) return;
      const saved = last.then(() => {
        const text = JSON.stringify(Object.fromEntries(highest)) + "\n";
        return files.writeText(path, text, 0o600);
      });
      last = saved.catch(() => {});
      try {
        await saved;
      } catch (error) {
        const message = `Cannot save the fence ${fence} in '${path}': ${(error as Error).message}`;
        throw new ProviderError("unsent", message, { status: 503, cause: error });
      }
    },
  };
}
