// One living process for each journal folder: a second one would take the first one's running backups for cut off.

import { z } from "zod";
import { ProviderError } from "../../domain/errors.ts";
import type { FileLock, Files, Processes } from "../../ports/host.ts";

const ownerSchema = z.object({
  pid: z.number().int(),
  identity: z.string(),
  /** True when it also held the lock, which then tells more than its pid; absent: of the first version. */
  locked: z.boolean().optional(),
});

type Owner = z.infer<typeof ownerSchema>;

/**
 * Takes the folder for this process; resolves to what gives it back.
 * Rejects with `ProviderError` while another process, or another host in this one, may have it. Who holds the lock of
 * the folder lives, and who held it and no longer does has ended: the kernel sees to that, also for containers that
 * share the folder and cannot see each other. Where there are no locks, an owner has ended only when that is proved.
 */
export async function ownJournal(
  ports: { files: Files; processes: Processes; pid: number },
  folder: string,
): Promise<() => Promise<void>> {
  const { files, processes, pid } = ports;
  const path = `${folder}/owner.json`;
  const lock = await files.lock(`${folder}/owner.lock`);
  try {
    const owner = await readOwner(files, path);
    await requireEnded(processes, lock, owner, folder);
    const identity = await processes.identity(pid) ?? "unknown";
    await files.writeText(path, JSON.stringify({ pid, identity, locked: lock.held }) + "\n", 0o600);
  } catch (error) {
    await release(lock);
    throw error;
  }
  return async () => {
    await files.remove(path).catch(() => {});
    await release(lock);
  };
}

async function requireEnded(
  processes: Processes,
  lock: FileLock,
  owner: Owner | undefined,
  folder: string,
): Promise<void> {
  if (!lock.held && lock.why === "taken") {
    throw refusal(folder, owner, "keeps its backups there and is alive: stop that process");
  }
  if (owner === undefined || (lock.held && owner.locked === true)) return;
  const fate = await processes.fate(owner.pid, owner.identity);
  if (fate === "ended") return;
  const what = fate === "alive"
    ? "keeps its backups there and is alive: stop that process"
    : `kept its backups there, and whether it has ended cannot be seen from here: if it surely has, remove ` +
      `'${folder}/owner.json'`;
  throw refusal(folder, owner, what);
}

function refusal(folder: string, owner: Owner | undefined, what: string): ProviderError {
  const who = owner === undefined ? "a process" : `process ${owner.pid}`;
  return new ProviderError(
    "unsent",
    `Cannot use the folder '${folder}': ${who} ${what}, or give each provider a state folder of its own`,
    { status: 503 },
  );
}

async function release(lock: FileLock): Promise<void> {
  if (lock.held) await lock.release();
}

async function readOwner(files: Files, path: string): Promise<Owner | undefined> {
  if (await files.info(path) === undefined) return undefined;
  const text = await files.readText(path);
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    // Written atomically, so a text that is none of ours names no process that could be alive.
    return undefined;
  }
}
