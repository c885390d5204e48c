// Where a restore may write: never into a folder that is not empty unless that is wanted, never outside of it, never
// over a link. One place for all kinds of providers.

import { ProviderError } from "../../domain/errors.ts";
import type { FileTree, TreeEntry } from "../../ports/file_tree.ts";
import type { Files } from "../../ports/host.ts";
import { findGatherPlace, type GatherPlace, isBelow } from "./gather_place.ts";

export interface TargetPorts {
  files: Files;
  tree: FileTree;
}

export interface Target {
  /** Every link on the way followed. */
  path: string;
  isThere: boolean;
  isEmpty: boolean;
  /** What is there. */
  entry?: TreeEntry;
  /** Where what is restored is gathered first. */
  gatherIn: GatherPlace;
}

/** A new file system has it, and nobody put it there. */
export const OF_THE_DISK = "lost+found";

/**
 * Looks at the folder, and changes nothing. `roots`: the folders in which it must lie; null: anywhere.
 * Rejects with `refused` and a sentence for whoever chose it.
 */
export async function findTarget(
  ports: TargetPorts,
  target: string,
  { overwrite, roots }: { overwrite: boolean; roots: readonly string[] | null },
): Promise<Target> {
  const refuse = (why: string) =>
    new ProviderError("refused", `Cannot restore into '${target}': ${why}`, { status: 422 });
  const names = target.split("/");
  if (!target.startsWith("/")) throw refuse("expected an absolute path, such as /srv/restored");
  if (target.includes("\0") || names.includes("..")) throw refuse("expected a path without '..'");
  const written = `/${names.filter((name) => name !== "" && name !== ".").join("/")}`;
  const entry = await ports.tree.look(written);
  if (entry?.type === "link") {
    const leads = await ports.tree.realPath(written);
    const where = leads === undefined ? "nothing that is there" : `'${leads}'`;
    throw refuse(`it is a link to ${where}: name the folder itself`);
  }
  if (entry !== undefined && entry.type !== "folder") throw refuse("there is something, and no folder");
  const path = await realOf(ports, written, refuse);
  if (roots !== null && !await isBelow(ports, path, roots)) {
    const allowed = roots.length === 0 ? "none is named" : roots.map((root) => `'${root}'`).join(", ");
    const really = path === written ? "" : ` (it is really '${path}')`;
    throw refuse(
      `this provider restores into the folders that are named to it alone${really}: ${allowed}`,
    );
  }
  const inside = entry === undefined ? [] : await ports.files.list(path);
  const isEmpty = inside.every((name) => name === OF_THE_DISK);
  if (!isEmpty && !overwrite) {
    throw refuse(
      "it is not empty: choose an empty folder or a new one, or say that files of the same names may be " +
        "replaced there (--overwrite)",
    );
  }
  const gatherIn = await findGatherPlace(ports, path, entry !== undefined, roots);
  if (gatherIn === undefined) throw refuse("this user may write neither into it nor beside it");
  return { path, isThere: entry !== undefined, isEmpty, ...(entry === undefined ? {} : { entry }), gatherIn };
}

async function realOf(
  { tree }: TargetPorts,
  path: string,
  refuse: (why: string) => ProviderError,
): Promise<string> {
  let [there, rest] = [path, ""];
  for (;;) {
    const real = await tree.realPath(there === "" ? "/" : there);
    if (real !== undefined) {
      if (rest !== "" && (await tree.look(real))?.type !== "folder") throw refuse(`'${real}' is no folder`);
      return rest === "" ? real : `${real === "/" ? "" : real}${rest}`;
    }
    // A link that leads nowhere would be followed as soon as something is there.
    if (await tree.look(there) !== undefined) throw refuse(`'${there}' is a link to nothing that is there`);
    const cut = there.lastIndexOf("/");
    rest = `${there.slice(cut)}${rest}`;
    there = there.slice(0, cut);
  }
}
