// Asks, without making a backup, whether backups could be made: the journal's folder first, then the storage.

import type { Files } from "../../ports/host.ts";
import type { Backuper, CheckOptions, CheckResult } from "../../ports/provider.ts";
import type { HostTexts } from "./host_texts.ts";

/** The results of all checks; never rejects. */
export async function checkHost(
  { files, journalFolder: folder, backuper }: { files: Files; journalFolder: string; backuper: Backuper },
  { clean, textOf }: HostTexts,
  options?: CheckOptions,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const name = "journal writable";
  try {
    await files.writeText(`${folder}/check`, "", 0o600);
    await files.remove(`${folder}/check`);
    results.push({ name, ok: true, message: `'${folder}' can be written` });
  } catch (error) {
    results.push({ name, ok: false, message: `Cannot write in '${folder}': ${textOf(error)}` });
  }
  try {
    results.push(...(await backuper.check?.(options) ?? []));
  } catch (error) {
    results.push({ name: "storage", ok: false, message: textOf(error) });
  }
  return results.map((result) => ({ ...result, message: clean(result.message) }));
}
