// A backup that somebody wants back, out of the API.

import type { BackupView } from "../../ports/views/backup.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { ApiReader } from "../api_reader.ts";
import { Refused } from "../refused.ts";

/** The backup of a run, with the time zone of its job. Throws `Refused` where there is none. */
export async function readBackup(
  api: ApiReader,
  run: string,
): Promise<{ backup: BackupView; timezone: string }> {
  const backup = run === "" ? null : await api.find<BackupView>(`/backups/${encodeURIComponent(run)}`);
  if (backup === null) throw new Refused(404, `There is no backup '${run.slice(0, 80)}'.`);
  const job = await api.try<JobView>(`/jobs/${encodeURIComponent(backup.job)}`);
  return { backup, timezone: typeof job === "string" ? "UTC" : job.timezone };
}
