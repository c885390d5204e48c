// A backup that somebody wants back, out of the API.

import type { BackupView } from "../../ports/views/backup.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { ApiReader } from "../api_reader.ts";
import { Refused } from "../refused.ts";
import { momentsAddress } from "./addresses.ts";

/** The backup of a run, with the time zone of its job. Throws `Refused` where there is none that can be restored. */
export async function readBackup(
  api: ApiReader,
  run: string,
): Promise<{ backup: BackupView; timezone: string }> {
  const backup = run === "" ? null : await api.find<BackupView>(`/backups/${encodeURIComponent(run)}`);
  if (backup === null) throw new Refused(404, `There is no backup '${run.slice(0, 80)}'.`);
  if (backup.state !== "available") throw notRestorable(backup);
  const job = await api.try<JobView>(`/jobs/${encodeURIComponent(backup.job)}`);
  return { backup, timezone: typeof job === "string" ? "UTC" : job.timezone };
}

function notRestorable({ id, run_id, job, state }: BackupView): Refused {
  const name = `Backup '${id ?? run_id}' of ${job}`;
  const isGone = state === "deleted";
  const why = isGone
    ? `${name} is deleted: it cannot be restored any more.`
    : `${name} is '${state}': only one that is available can be restored.`;
  return new Refused(
    isGone ? 410 : 409,
    `${why} Choose another moment of ${job}; 'schelly backups explain ${
      id ?? run_id
    }' says what became of this one.`,
    {},
    (paths) => ({ href: momentsAddress(paths, job), words: "Choose another moment" }),
  );
}
