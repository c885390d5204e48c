// A provider on Conductor as it is served over HTTP: with fences that outlive a restart, and counts for its metrics.

import type { BackupMemory } from "../../ports/backup_memory.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { BackupHost } from "../host/backup_host.ts";
import { openFences } from "../host/fences.ts";
import type { HostTotals } from "../host/host_totals.ts";
import type { ConductorProvider } from "./conductor_provider.ts";

/** Serves `provider`; `memory` keeps its fences, and is given back at its end. */
export async function createConductorHost(
  provider: ConductorProvider,
  memory: BackupMemory,
): Promise<BackupHost> {
  const fences = await openFences(memory.notes).catch(async (error) => {
    await memory[Symbol.asyncDispose]();
    throw error;
  });
  /** Those that were started here and were running when last looked at. */
  const open = new Set<string>();
  const totals: Omit<HostTotals, "running"> = {
    started: 0,
    available: 0,
    failed: 0,
    cancelled: 0,
    deleted: 0,
  };
  const seen = (backup: BackupInfo) => {
    if (backup.state !== "running" && open.delete(backup.id)) totals[backup.state]++;
  };

  const host: BackupHost = {
    ...provider,
    async start(call) {
      await fences.admit(call.job, call.fence);
      const started = await provider.start(call);
      if (started.isNew) {
        totals.started++;
        open.add(started.backup.id);
      }
      return started;
    },
    create: async (call) => (await host.start(call)).backup,
    async get(id) {
      const answer = await provider.get(id);
      if (answer.found === "yes") seen(answer.backup);
      return answer;
    },
    async remove(id, body, fence) {
      if (fence !== null) {
        const known = await provider.get(id).catch(() => undefined);
        const job = known?.found === "yes" ? known.backup.job : undefined;
        if (job !== undefined) await fences.admit(job, fence);
      }
      const answer = await provider.delete(id, body, fence ?? 0);
      if (answer === "deleted") totals.deleted++;
      if (answer === "accepted" && open.delete(id)) totals.cancelled++;
      return answer;
    },
    delete: (id, body, fence) => host.remove(id, body, fence),
    capabilities: async () => ({ ...await provider.capabilities(), fence: true }),
    totals: () => ({ running: open.size, ...totals }),
    isAtWork: () => false,
    [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose](),
  };
  return host;
}
