// The folder of the state file, where built-in providers keep their journals too; part of the composition root.

import type { Files } from "../ports/host.ts";

/** Makes the folder where it is missing, so that a first start needs no preparation; null for a server's state. */
export async function makeStateFolder(url: string, files: Files): Promise<string | null> {
  const folder = stateFolder(url, files.workingFolder());
  // Where it cannot be made, opening the state says why.
  if (folder !== null) await files.makeFolder(folder, 0o700).catch(() => {});
  return folder;
}

function stateFolder(url: string, workingFolder: string): string | null {
  const path = /^file:(?:\/\/)?(.*)$/.exec(url)?.[1];
  if (path === undefined) return null;
  const absolute = path.startsWith("/") ? path : `${workingFolder}/${path}`;
  return absolute.slice(0, absolute.lastIndexOf("/")) || "/";
}
