// What the storage says of an id that the journal does not know. A journal may be new, or another's, while the backups
// stand: that they are not there is believed only of a storage that was asked and could have known them.

import type { StoredBackup } from "../../ports/provider.ts";
import type { HostStorage } from "./host_storage.ts";
import type { JournalEntry } from "./journal.ts";

/** `untold`: nothing may be concluded; `why` is half a sentence. */
type Sighting =
  | { is: "there"; stored: StoredBackup }
  | { is: "absent" }
  | { is: "untold"; why: string };

/**
 * Asks for the backup of this id. What only looks alike is not taken for it: the storage itself must say that it carries
 * the id. `known` are the journal's backups, which tell by which names this storage knows them.
 * Rejects with `ProviderError` when the storage cannot be reached.
 */
export async function lookForUnknown(
  id: string,
  storage: HostStorage,
  known: Iterable<JournalEntry>,
): Promise<Sighting> {
  if (storage.canGet && storage.findsById) {
    const got = await storage.get(id, id);
    if (got === undefined) return { is: "absent" };
    if (got.id === id) return { is: "there", stored: got };
  }
  // A look-up may do no more than say what it was asked for: where there is a list, that tells what backups there are.
  const listed = storage.canList ? await storage.list() : undefined;
  const found = listed?.find((one) => one.id === id);
  if (found !== undefined) return { is: "there", stored: found };
  const nameless = listed?.filter((one) => one.id === "").length ?? 0;
  if (listed !== undefined && nameless === 0) return await unlisted(id, storage);
  const canAsk = storage.canGet && isPlainName(id);
  const got = canAsk ? await storage.get(id, id) : undefined;
  if (got?.id === id) return { is: "there", stored: got };
  if (got !== undefined) return { is: "untold", why: NAMELESS };
  if (listed !== undefined) {
    return { is: "untold", why: `its storage lists ${nameless} without the id of their backup` };
  }
  if (!storage.canGet) {
    return { is: "untold", why: "its storage can neither look a backup up nor list them ('get', 'list')" };
  }
  if (namesById(known)) return { is: "absent" };
  return { is: "untold", why: canAsk ? OWN_NAMES : NO_NAME };
}

const NAMELESS = "its storage has something of this name, and does not say of which backup it is";
const OWN_NAMES =
  "its storage looks backups up by names of its own, which only the journal knows, and cannot list them ('list')";
const NO_NAME =
  "a program that took it for the name of a file could be led out of its storage by it: none is asked";

/** A list of backups that all have their id does not have this one. */
async function unlisted(id: string, storage: HostStorage): Promise<Sighting> {
  if (!storage.canGet || !isPlainName(id)) return { is: "absent" };
  if (await storage.get(id, id) === undefined) return { is: "absent" };
  return { is: "untold", why: "its storage has something of this name, and does not list it" };
}

/**
 * True for what cannot lead out of a folder where a program takes it for the name of a file. Ids that were given here are
 * so; any other comes from whoever asks.
 */
function isPlainName(id: string): boolean {
  // deno-lint-ignore no-control-regex
  return !/[/\\\x00-\x1f\x7f]/.test(id) && !/^\.+$/.test(id);
}

/** Why it cannot be told how the backup is; follows "Cannot tell how". `why` is the half sentence of the sighting. */
export function untold(place: string, id: string, why: string): string {
  return `backup '${id}' is: the journal of this provider in ${place} does not know it, so it may be new or ` +
    `another's, and ${why}: put the journal back that knows it, or let the storage tell`;
}

/** True when the backups that are known bear their id as their name in the storage; there must be one. */
function namesById(known: Iterable<JournalEntry>): boolean {
  let isSeen = false;
  for (const { id, state, dataId } of known) {
    if (dataId !== null && dataId !== id) return false;
    if (state === "available" || state === "deleted") isSeen = true;
  }
  return isSeen;
}
