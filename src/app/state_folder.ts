// The folder of the state on this machine, and the state in it; part of the composition root.

import { folderOf } from "../domain/path.ts";
import type { Config } from "../config/values/config.ts";
import type { SteadyClockWatch } from "../engine/clock/clock_watch.ts";
import type { Files, Host } from "../ports/host.ts";
import { stateFile } from "../store/database/state_location.ts";
import { type OpenStore, openStore, type StoreOptions } from "../store/run_store.ts";
import type { Followers } from "./followers.ts";

/** Makes the folder where it is missing, so that a first start needs no preparation; null for a server's state. */
export async function makeStateFolder(url: string, files: Files): Promise<string | null> {
  const folder = stateFolder(url, files.workingFolder());
  // Where it cannot be made, opening the state says why.
  if (folder !== null) await files.makeFolder(folder, 0o700).catch(() => {});
  return folder;
}

/** Where systemd, or whoever follows its words, lets this program keep things; else its usual place. */
export function usualFolder(env: Host["env"]): string {
  return env.STATE_DIRECTORY?.split(":")[0] || "/var/lib/schelly";
}

/**
 * The folder for the mark of a server's state, made where it is missing. Undefined, after `tell` was told why, where this
 * user may keep nothing.
 */
export async function makeMarkFolder(
  { files, env, ids }: Pick<Host, "files" | "env" | "ids">,
  tell: (message: string) => void,
): Promise<string | undefined> {
  const folder = usualFolder(env);
  const probe = `${folder}/.probe-${ids.uuidv7()}`;
  try {
    await files.makeFolder(folder, 0o700);
    await files.writeText(probe, "", 0o600);
    await files.remove(probe);
    return folder;
  } catch (error) {
    tell(
      `No mark of the state can be kept in '${folder}': ${
        (error as Error).message
      }: that the state server was ` +
        "restored or rolled back is then not noticed at a start: let this user write there, or set STATE_DIRECTORY",
    );
    return undefined;
  }
}

function stateFolder(url: string, workingFolder: string): string | null {
  const path = stateFile(url);
  if (path === undefined) return null;
  const absolute = path.startsWith("/") ? path : `${workingFolder}/${path}`;
  return folderOf(absolute);
}

/** Opens the state; `current` has the configuration in force, at any time. Rejects with `StoreError`. */
export async function openState(
  current: { config: Config },
  host: Host,
  watch: SteadyClockWatch,
  followers: Followers,
  isFile: boolean,
  tenure?: Pick<StoreOptions, "claim" | "holder">,
): Promise<OpenStore> {
  const { clock, files, ids, http } = host;
  const markFolder = isFile
    ? undefined
    : await makeMarkFolder(host, (message) => followers.say("store.error", "warning", message));
  const store = await openStore({
    ...current.config.state,
    files,
    clock,
    watch,
    ids,
    sink: followers.committed,
    http,
    markFolder,
    ...(tenure && { claim: tenure.claim, holder: tenure.holder }),
    eventsKept: () => current.config.events,
  });
  if (store.weakness !== null) followers.say("store.error", "warning", store.weakness);
  return store;
}
