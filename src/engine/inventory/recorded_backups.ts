// What a provider says of the backups that the original had on record: only its word makes one available.

import { ProviderError } from "../../domain/errors.ts";
import type { OriginalBackup } from "../../domain/original_backup.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { ProviderCalls } from "../context/calls.ts";
import type { EngineContext } from "../context/context.ts";

/**
 * Asks for each that the original had as available; its times stand, where it has some. What it deleted is left out;
 * all else is skipped, and why. Rejects with `ProviderError` when the provider cannot be asked.
 */
export async function askFor(
  context: EngineContext,
  calls: ProviderCalls,
  records: readonly OriginalBackup[],
): Promise<{ infos: BackupInfo[]; skipped: { id: string; why: string }[] }> {
  const infos: BackupInfo[] = [];
  const skipped: { id: string; why: string }[] = [];
  for (const record of records) {
    context.stop.throwIfAborted();
    if (record.status === "deleted") continue;
    if (record.status !== "available") {
      skipped.push({ id: record.id, why: `the original has it as '${record.status}', not available` });
      continue;
    }
    const answer = await calls.get(record.id).catch((error) => {
      // It was asked, and cannot tell of this one.
      if (error instanceof ProviderError && error.kind === "unknown" && error.status === 503) return error;
      throw error;
    });
    if (answer instanceof ProviderError) {
      skipped.push({ id: record.id, why: answer.message });
      continue;
    }
    if (answer.found !== "yes") {
      skipped.push({ id: record.id, why: "the provider does not have it any more" });
      continue;
    }
    const { backup } = answer;
    const dataId = backup.dataId === backup.id ? undefined : backup.dataId;
    if (dataId !== undefined && record.dataId !== null && dataId !== record.dataId) {
      const why = `the provider gives it the data id '${dataId}', the original has '${record.dataId}'`;
      skipped.push({ id: record.id, why });
      continue;
    }
    infos.push({
      ...backup,
      dataId: dataId ?? record.dataId ?? undefined,
      sizeMb: backup.sizeMb ?? record.sizeMb ?? undefined,
      startTime: record.startTime ?? backup.startTime,
      endTime: record.endTime ?? backup.endTime,
    });
  }
  return { infos, skipped };
}
