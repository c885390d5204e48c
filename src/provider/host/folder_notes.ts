// The notes of a provider that is served alone: a small file each beside its journal.

import type { NoteName, ProviderNotes } from "../../ports/backup_memory.ts";
import type { Files } from "../../ports/host.ts";

/** Those in `folder`, which must be there. */
export function folderNotes(files: Files, folder: string): ProviderNotes {
  const pathOf = (name: NoteName) => `${folder}/${name}.json`;
  return {
    read: async (name) =>
      await files.info(pathOf(name)) === undefined ? undefined : await files.readText(pathOf(name)),
    write: (name, text) => files.writeText(pathOf(name), text, 0o600),
    toForget: (name) => `remove '${pathOf(name)}'`,
  };
}
