// Asks, without making a backup, whether backups could be made: the place of the journal first, then the storage.

import type { BackupMemory } from "../../ports/backup_memory.ts";
import type { Backuper, CheckOptions, CheckResult } from "../../ports/provider.ts";
import type { HostTexts } from "./host_texts.ts";

/** The results of all checks; never rejects. */
export async function checkHost(
  { memory, backuper }: { memory: BackupMemory; backuper: Backuper },
  { clean, textOf }: HostTexts,
  options?: CheckOptions,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const name = "journal writable";
  try {
    results.push({ name, ok: true, message: await memory.check() });
  } catch (error) {
    results.push({ name, ok: false, message: `Cannot write in ${memory.place}: ${textOf(error)}` });
  }
  try {
    results.push(...(await backuper.check?.(options) ?? []));
  } catch (error) {
    results.push({ name: "storage", ok: false, message: textOf(error) });
  }
  return results.map((result) => ({ ...result, message: clean(result.message) }));
}
