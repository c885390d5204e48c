// A restic repository on a disk that has gone bad.

import { chmod, readdir, readFile, writeFile } from "node:fs/promises";

/** Smaller packs hold folders: for those restic would look again and again. */
const LEAST_BYTES = 10_000;

/** Turns one bit in each pack of data. */
export async function damagePacks(repository: string): Promise<void> {
  for (const folder of await readdir(`${repository}/data`)) {
    for (const pack of await readdir(`${repository}/data/${folder}`)) {
      const path = `${repository}/data/${folder}/${pack}`;
      const content = await readFile(path);
      if (content.length < LEAST_BYTES) continue;
      await chmod(path, 0o600);
      await writeFile(path, content.map((byte, at) => at === 100 ? byte ^ 1 : byte));
    }
  }
}
