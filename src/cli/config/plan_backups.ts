// Backups as `plan` reads them: rows of a server, or a JSON file that `backups list --json` printed.

import { z } from "zod";
import type { PlanBackup } from "../../domain/future/plan_job.ts";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";

const text = z.string().nullish();
const instant = z.iso.datetime({ offset: true }).nullish();

/** One row of `GET /runs`, `GET /backups` or a file of them; what it does not say is not so. */
export const PlanRow = z.looseObject({
  id: text,
  run_id: text,
  job: text,
  status: z.string(),
  state: text,
  period_time: instant,
  start_time: instant,
  end_time: instant,
  provider: text,
  trigger: text,
  reason: text,
  held: z.boolean().nullish(),
  suspect: z.boolean().nullish(),
  rejected: z.boolean().nullish(),
  verification: text,
});
export type PlanRow = z.infer<typeof PlanRow>;

const PlanRows = z.array(PlanRow);

/** The available backups of the rows, by job; `onlyJob` owns rows that name none. */
export function backupsByJob(
  rows: readonly PlanRow[],
  onlyJob: string | null = null,
): Map<string | null, PlanBackup[]> {
  const byJob = new Map<string | null, PlanBackup[]>();
  for (const row of rows) {
    const job = row.job ?? onlyJob;
    const backup = backupOf(row);
    if (backup === null) continue;
    const known = byJob.get(job);
    if (known === undefined) byJob.set(job, [backup]);
    else known.push(backup);
  }
  return byJob;
}

/** Null for what retention does not decide about: not available, without any time, or rejected and so gone anyway. */
function backupOf(row: PlanRow): PlanBackup | null {
  const time = row.period_time ?? row.start_time;
  if ((row.state ?? row.status) !== "available" || !time || row.rejected) return null;
  return {
    id: row.id ?? null,
    runId: row.run_id ?? row.id!,
    periodTime: Date.parse(time),
    endTime: row.end_time ? Date.parse(row.end_time) : null,
    held: row.held ?? false,
    suspect: row.suspect ?? false,
    proved: row.verification === "passed",
    providerKey: row.provider ?? null,
    foreign: row.trigger === "import",
  };
}

/** Reads a file of backups, `-` for standard input; every problem is a usage failure that names the place. */
export async function readBackupsFile(
  path: string,
  jobs: readonly string[],
  host: Host,
): Promise<Map<string, PlanBackup[]>> {
  const name = path === "-" ? "standard input" : path;
  const fail = (problem: string) => new Failure(EXIT.usage, `Cannot read the backups in ${name}: ${problem}`);
  let data: unknown;
  try {
    data = JSON.parse(path === "-" ? await host.terminal.readStdin() : await host.files.readText(path));
  } catch (error) {
    const reason = (error as Error).message;
    throw fail(error instanceof SyntaxError ? `it is not JSON: ${reason}` : reason);
  }
  const parsed = PlanRows.safeParse(data);
  if (!parsed.success) {
    const { path: keys, message } = parsed.error.issues[0]!;
    if (keys.length === 0) throw fail("expected an array as `schelly backups list --all --json` prints it");
    throw fail(`[${String(keys[0])}]${keys.slice(1).map((key) => `.${String(key)}`).join("")}: ${message}`);
  }
  const seen = new Set<string>();
  for (const [index, row] of parsed.data.entries()) {
    const id = row.run_id ?? row.id;
    if (!id) throw fail(`[${index}]: it has neither run_id nor id`);
    if (seen.has(id)) {
      throw fail(`[${index}]: ${JSON.stringify(id)} is there twice: expected ids that differ`);
    }
    seen.add(id);
    if (!row.job && jobs.length !== 1) {
      throw fail(`[${index}].job is missing: expected one of ${jobs.join(", ")}`);
    }
  }
  return backupsByJob(parsed.data, jobs.length === 1 ? jobs[0]! : null) as Map<string, PlanBackup[]>;
}
