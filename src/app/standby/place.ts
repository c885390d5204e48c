// What tells whether a former holder of a state is dead: the folder of this machine in which it kept what is its own, and a lock
// of the kernel's there, which ended with it.

import type { Config } from "../../config/values/config.ts";
import type { Host } from "../../ports/host.ts";
import { shownPlace, stateLocation } from "../../store/database/state_location.ts";
import { markName } from "../../store/mark.ts";
import { makeMarkFolder } from "../state_folder.ts";

/** The place of this instance; null: nothing can be proved. */
export interface Place {
  id: string | null;
  /** Gives the lock back. */
  leave(): Promise<void>;
}

const NOWHERE: Place = { id: null, leave: () => Promise.resolve() };

/**
 * Takes it for this process, `name` being that of the state. A copied machine or volume must not pass for this one, so the
 * machine's own names are part of it.
 */
export async function takePlace(
  { files, ids, machine }: Pick<Host, "files" | "ids" | "machine">,
  folder: string,
  name: string,
): Promise<Place> {
  const base = `${folder}/${name}`;
  try {
    const lock = await files.lock(`${base}.lock`);
    // Another process here has it, or locks mean nothing here.
    if (!lock.held) return NOWHERE;
    const own = await idAt(files, `${base}.place`, () => ids.uuidv7());
    const { id, name: host } = machine();
    return { id: [id ?? "", host, own].join(" "), leave: () => lock.release() };
  } catch {
    return NOWHERE;
  }
}

async function idAt(files: Host["files"], path: string, make: () => string): Promise<string> {
  if (await files.info(path) !== undefined) {
    const known = (await files.readText(path)).trim();
    if (known !== "") return known;
  }
  const id = make();
  await files.writeText(path, `${id}\n`, 0o600);
  return id;
}

/** The place on this machine of an instance with the state of this configuration. */
export async function placeOf({ state }: Config, host: Host): Promise<Place> {
  const folder = await makeMarkFolder(host, () => {});
  const location = stateLocation(state.url);
  const shown = shownPlace(location);
  return folder === undefined
    ? NOWHERE
    : await takePlace(host, folder, markName(shown).replace(/\.mark$/, ""));
}
