// The file beside a state in which a compacted one is made: nobody needs what a process that died left of it.

import type { Files } from "../../ports/host.ts";

/** Where the compacted state is made, until it takes the place of the state. */
export function unfinishedPath(path: string): string {
  return `${path}.compacting`;
}

/** Removes what is left of one; for who holds the state's lock. */
export async function removeUnfinished(path: string, files: Files): Promise<void> {
  for (const suffix of ["", "-journal"]) {
    const left = unfinishedPath(path) + suffix;
    // Where it cannot be removed it harms nobody.
    if (await files.info(left).catch(() => undefined) !== undefined) await files.remove(left).catch(() => {});
  }
}
