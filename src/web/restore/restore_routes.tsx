// /ui/restore and what is chosen there: which job, which moment, which path; and the recovery sheet.

import type { Context, Hono } from "hono";
import { insidePath } from "../../domain/inside_path.ts";
import type { BackupView } from "../../ports/views/backup.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { FilesView, RestoreView } from "../../ports/views/restores.ts";
import { apiReader } from "../api_reader.ts";
import { jobZones } from "../components/job_zones.ts";
import type { WebEnv, WebParts } from "../deps.ts";
import type { Frame } from "../layout.tsx";
import { readAsked, rowsOf } from "../overview/rows.ts";
import { Refused } from "../refused.ts";
import { FilesPage } from "./files_page.tsx";
import { momentsAddress } from "./addresses.ts";
import { RestoreJobsPage } from "./jobs_page.tsx";
import { addOrderPages } from "./order_routes.tsx";
import { readBackup } from "./read_backup.ts";
import { MomentsPage } from "./moments_page.tsx";
import { SheetPage } from "./sheet_page.tsx";

/** Backups of a job a page. */
const MOMENTS = 50;
/** Restores that are told of. */
const LATELY = 10;

/** Adds the routes. */
export function addRestorePages(
  web: Hono<WebEnv>,
  parts: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  web.get("/ui/restore", async (c) => {
    const asked = { ...readAsked((name) => c.req.query(name)), show: "all", sort: "name" } as const;
    const [{ jobs }, restores] = await Promise.all([
      parts.look(),
      apiReader(c, parts).try<RestoreView[]>(`/operations?limit=${LATELY}`),
    ]);
    const rows = rowsOf(jobs, asked);
    return c.html(
      <RestoreJobsPage
        frame={frameOf(c)}
        rows={rows}
        find={asked.find}
        zones={jobZones(jobs)}
        restores={restores}
      />,
    );
  });

  web.get("/ui/restore/moments", async (c) => {
    const name = c.req.query("job") ?? "";
    const cursor = c.req.query("cursor");
    const api = apiReader(c, parts);
    const job = await api.find<JobView>(`/jobs/${encodeURIComponent(name)}`);
    if (job === null) {
      throw new Refused(404, `There is no job '${name.slice(0, 80)}': it was renamed, or never was.`);
    }
    const query = new URLSearchParams({ job: name, status: "available", limit: `${MOMENTS}` });
    if (cursor !== undefined) query.set("cursor", cursor);
    const { items, next } = await api.page<BackupView>(
      `/backups?${query}`,
      (paths) => ({ href: momentsAddress(paths, name), words: `To the newest backups of ${name}` }),
    );
    return c.html(
      <MomentsPage
        frame={frameOf(c)}
        job={job}
        backups={items}
        next={next}
        isFirstPage={cursor === undefined}
      />,
    );
  });

  web.get("/ui/restore/files", async (c) => {
    const api = apiReader(c, parts);
    const { backup, timezone } = await readBackup(api, c.req.query("run") ?? "");
    const inside = insidePath(c.req.query("path") ?? "");
    const files = c.get("viewer").may("GET /backups/{id}/files")
      ? inside.ok
        ? await api.try<FilesView>(filesPath(backup.run_id, inside.path, c.req.query("after")))
        : `That is no path of a backup: ${inside.problem}.`
      : null;
    const path = inside.ok ? inside.path : "";
    return c.html(
      <FilesPage frame={frameOf(c)} backup={backup} timezone={timezone} path={path} files={files} />,
    );
  });

  addOrderPages(web, parts, frameOf);

  web.get("/ui/restore/sheet", async (c) => {
    const { caller, may } = c.get("viewer");
    if (!may("GET /recovery-sheet")) {
      throw new Refused(403, `'${caller.name}' is ${caller.role}, which is not enough for this.`);
    }
    return c.html(<SheetPage frame={frameOf(c)} text={await parts.operations.recoverySheet("markdown")} />);
  });
}

function filesPath(run: string, path: string, after: string | undefined): string {
  const query = new URLSearchParams({ path, ...(after === undefined ? {} : { after }) });
  return `/backups/${encodeURIComponent(run)}/files?${query}`;
}
