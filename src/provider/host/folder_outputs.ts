// The outputs of the newest backups of a provider that is served alone: a file each in a folder beside its journal.

import { type KeptOutputs, MOST_OUTPUTS } from "../../ports/backup_memory.ts";
import type { Files } from "../../ports/host.ts";

/** Those in a host's folder, which must be there. */
export function folderOutputs(files: Files, folder: string): KeptOutputs {
  const pathOf = (id: string) => `${outputFolder(folder)}/${id}.txt`;
  const ids = async () => {
    const names = await files.list(outputFolder(folder));
    return names.filter((name) => name.endsWith(".txt")).map((name) => name.slice(0, -".txt".length)).sort();
  };
  const drop = async (dropped: readonly string[]) => {
    for (const id of dropped) await files.remove(pathOf(id)).catch(() => {});
  };
  return {
    async save(id, text) {
      await files.writeText(pathOf(id), text, 0o600);
      // Ids begin with the time they were made at.
      const kept = await ids();
      await drop(kept.slice(0, Math.max(0, kept.length - MOST_OUTPUTS)));
    },
    read: (id) => files.readText(pathOf(id)).catch(() => undefined),
    ids,
    drop,
  };
}

/** The folder of outputs beside a journal. */
export function outputFolder(folder: string): string {
  return `${folder}/output`;
}
