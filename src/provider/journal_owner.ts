// One living process for each journal folder: a second one would take the first one's running backups for cut off.

import { z } from "zod";
import { ProviderError } from "../domain/errors.ts";
import type { Files, Processes } from "../ports/host.ts";

const ownerSchema = z.object({ pid: z.number().int(), identity: z.string() });

/**
 * Takes the folder for this process; resolves to what gives it back.
 * The owner of a process that has ended (also by kill -9) does not count. Rejects with `ProviderError` when
 * another process, or another host in this one, has it. Processes that cannot see each other (two containers on
 * one volume) cannot be told apart here.
 */
export async function ownJournal(
  ports: { files: Files; processes: Processes; pid: number },
  folder: string,
): Promise<() => Promise<void>> {
  const { files, processes, pid } = ports;
  const path = `${folder}/owner.json`;
  const owner = await readOwner(files, path);
  if (owner !== undefined && await processes.identity(owner.pid) === owner.identity) {
    throw new ProviderError(
      "unsent",
      `Cannot use the folder '${folder}': process ${owner.pid} keeps its backups there and is alive: ` +
        "stop that process, or give each provider a state folder of its own",
      { status: 503 },
    );
  }
  const identity = await processes.identity(pid) ?? "unknown";
  await files.writeText(path, JSON.stringify({ pid, identity }) + "\n", 0o600);
  return () => files.remove(path).catch(() => {});
}

async function readOwner(files: Files, path: string): Promise<z.infer<typeof ownerSchema> | undefined> {
  if (await files.info(path) === undefined) return undefined;
  try {
    return ownerSchema.parse(JSON.parse(await files.readText(path)));
  } catch {
    // Written atomically, so a text that is none of ours names no process that could be alive.
    return undefined;
  }
}
