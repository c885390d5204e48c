// /ui/backups/{run}: the page of one backup, by the id of its run, which is one backup's alone.

import type { Context, Hono } from "hono";
import type { BackupView } from "../../ports/views/backup.ts";
import type { ExplainView } from "../../ports/views/explain.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { BackupVerificationView } from "../../ports/views/proof.ts";
import type { FilesView } from "../../ports/views/restores.ts";
import { type ApiReader, apiReader } from "../api_reader.ts";
import type { WebEnv, WebParts } from "../deps.ts";
import type { Frame } from "../layout.tsx";
import { BackupPage, type BackupReading } from "./backup_page.tsx";

/** Adds the route. */
export function addBackupPages(
  web: Hono<WebEnv>,
  parts: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  web.get("/ui/backups/:run", async (c) => {
    const api = apiReader(c, parts);
    const frame = frameOf(c);
    const run = c.req.param("run");
    const backup = await api.find<BackupView>(`/backups/${encodeURIComponent(run)}`);
    // What never had a provider's id is no backup, and yet a run.
    if (backup === null) return c.redirect(frame.paths.run(run), 303);
    return c.html(
      <BackupPage frame={frame} reading={await readAround(api, backup, c.req.query("browse"))} />,
    );
  });
}

async function readAround(
  api: ApiReader,
  backup: BackupView,
  folder: string | undefined,
): Promise<BackupReading> {
  const path = `/backups/${encodeURIComponent(backup.run_id)}`;
  const [explain, verification, job, found] = await Promise.all([
    api.try<ExplainView>(`${path}/explain`),
    api.try<BackupVerificationView>(`${path}/verification`),
    api.try<JobView>(`/jobs/${encodeURIComponent(backup.job)}`),
    folder === undefined ? null : api.try<FilesView>(`${path}/files?path=${encodeURIComponent(folder)}`),
  ]);
  return {
    backup,
    explain,
    verification,
    timezone: typeof job === "string" ? "UTC" : job.timezone,
    files: folder === undefined || found === null ? null : { path: folder, found },
  };
}
