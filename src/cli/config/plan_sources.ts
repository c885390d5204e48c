// Where a plan learns what is there before the edit: a running server, a state nobody holds, or files.

import { z } from "zod";
import { settingsOf, sortSettings } from "../../config/sorted_settings.ts";
import type { Config } from "../../config/values/config.ts";
import type { Job } from "../../domain/job.ts";
import { type JobPair, oldJob } from "../../domain/future/plan.ts";
import type { OldJob, PlanBackup } from "../../domain/future/plan_job.ts";
import type { LeftBefore } from "../../domain/future/plan_leftovers.ts";
import { parsePolicy, type Policy } from "../../domain/policy.ts";
import type { Settings } from "../../domain/settings_diff.ts";
import { isZone } from "../../domain/calendar/zone.ts";
import { isForgotten } from "../../domain/remains.ts";
import type { Host } from "../../ports/host.ts";
import { JobAnswer } from "../client/answers.ts";
import { type Client, connect } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { backupsByJob, PlanRow, readBackupsFile } from "./plan_backups.ts";
import { leftBefore } from "./plan_leftovers.ts";

/** What was there before. */
export interface PlanSource {
  jobs: OldJob[];
  /** Settings outside jobs; null where they are not known. */
  besides: Settings | null;
  /** What the comparison cannot show, one sentence each. */
  notes: string[];
  /** The available backups of the pairs that need them, by the job's name before the edit. */
  backups(pairs: readonly JobPair[]): Promise<Map<string, PlanBackup[]>>;
  /** What failed runs of the job of this name left, where `job` is what it is edited to; null where it is not known. */
  leftovers(name: string, job: Job): Promise<LeftBefore | null>;
}

const SettingRow = z.looseObject({ path: z.string(), value: z.string() });

/** Only what every reader may see was compared. */
const PLAIN = "compared are schedule, zone, provider, retention and enabled only";

/** Among so many there is a sound one of the job's own, or none is told of. */
const NEWEST_LOOKED_AT = 100;
/** More need not be counted. */
const MOST_LEFTOVERS = 10_000;

/** What a running server has. */
export async function fromServer(args: ServerArgs, host: Host): Promise<PlanSource> {
  const client = await connect(args, host);
  const answers = await client.get("/jobs", z.array(JobAnswer));
  const rows = await settingRows(client);
  const managed = answers.filter(isManaged);
  const sorted = rows === null ? null : sortSettings(rows, managed.map(({ job }) => job));
  const notes = rows === null
    ? [`The server shows its configuration to operators only: ${PLAIN}.`]
    : ["A changed secret cannot be seen against a server."];
  return {
    jobs: managed.map((answer): OldJob => ({
      name: answer.job,
      enabled: answer.enabled ?? true,
      schedule: answer.schedule ?? "",
      timezone: answer.timezone ?? "UTC",
      providerKey: answer.provider ?? "",
      dates: null,
      policy: policyFrom(answer.policy ?? "", answer.timezone ?? "UTC"),
      available: answer.available ?? null,
      stops: answer.guards.map(({ guard, message }) => message ?? guard),
      settings: sorted?.jobs.get(answer.job) ?? null,
    })),
    besides: sorted?.besides ?? null,
    notes,
    async backups(pairs) {
      const found = new Map<string, PlanBackup[]>();
      for (const name of namesOf(pairs)) {
        const query = { job: name, status: "available" };
        const { items } = await client.pages("/runs", PlanRow, query, Infinity);
        found.set(name, backupsByJob(items).get(name) ?? []);
      }
      return found;
    },
    async leftovers(name, job) {
      const rows: PlanRow[] = [];
      for (const status of ["failed", "cancelled"]) {
        rows.push(...(await client.pages("/runs", PlanRow, { job: name, status }, Infinity)).items);
      }
      const query = { job: name, status: "available" };
      const { items } = await client.pages("/runs", PlanRow, query, NEWEST_LOOKED_AT);
      return leftBefore(rows, items, job.providerKeys);
    },
  };
}

/** Null for callers who may not see them, and for servers that do not offer them. */
async function settingRows(client: Client): Promise<z.infer<typeof SettingRow>[] | null> {
  try {
    return await client.get("/config", z.array(SettingRow));
  } catch (error) {
    if (error instanceof Failure && (error.status === 403 || error.status === 404)) return null;
    throw error;
  }
}

/** What a state has that no running server holds; `token` is for one on a server. */
export async function fromState(
  state: { url: string; token: string | null },
  host: Host,
): Promise<PlanSource & AsyncDisposable> {
  const { readState } = await import("../../store/read/read_state.ts");
  const reads = await readState({ ...state, files: host.files, clock: host.clock, http: host.http });
  const jobs: OldJob[] = [];
  const latched = await reads.latched();
  for (const stored of await reads.jobs()) {
    if (isForgotten(stored)) continue;
    const range = stored.openRangeRunId === null ? undefined : await reads.run(stored.openRangeRunId);
    if (range?.reason === "unmanaged") continue;
    jobs.push({
      name: stored.job,
      enabled: range?.reason !== "disabled",
      schedule: stored.schedule,
      timezone: stored.timezone,
      providerKey: stored.providerKey,
      dates: null,
      // The zone stands behind the policy: what an election depends on is stored as one text.
      policy: policyFrom(stored.policy.replace(/ [^ ]*$/, ""), stored.timezone),
      available: stored.availableCount,
      stops: latched.filter(({ job }) => job === stored.job).map(({ message }) => message),
      settings: null,
    });
  }
  return {
    jobs,
    besides: null,
    notes: [`A state knows little of the configuration: ${PLAIN}.`],
    async backups(pairs) {
      const found = new Map<string, PlanBackup[]>();
      for (const name of namesOf(pairs)) {
        const stored = await reads.job(name);
        if (stored === undefined) continue;
        const after = pairs.find((pair) => nameOf(pair) === name)?.after?.job.providerKeys ?? [];
        const rows: PlanBackup[] = [];
        for (const key of new Set([stored.providerKey, ...after])) {
          for (const row of (await reads.election(name, [key])).rows) {
            rows.push({ ...row, providerKey: key, foreign: row.imported && !row.accepted });
          }
        }
        found.set(name, rows);
      }
      return found;
    },
    leftovers: (name, job) => reads.leftovers(name, job.providerKeys, MOST_LEFTOVERS),
    [Symbol.asyncDispose]: () => reads[Symbol.asyncDispose](),
  };
}

/** What another configuration says, with a list of backups. */
export async function fromFiles(old: Config, path: string, host: Host): Promise<PlanSource> {
  const settings = settingsOf(old);
  const backups = await readBackupsFile(path, old.jobs.map(({ name }) => name), host);
  return {
    jobs: old.jobs.map((job) => oldJob(job, settings.jobs.get(job.name)!)),
    besides: settings.besides,
    notes: [],
    backups: () => Promise.resolve(backups),
    leftovers: () => Promise.resolve(null),
  };
}

/** The names before the edit of the jobs whose backups are needed; a removed job is counted already. */
function namesOf(pairs: readonly JobPair[]): string[] {
  return pairs.filter(({ affects, after }) => affects && after !== null).map(nameOf);
}

function nameOf({ before, after }: JobPair): string {
  return before?.name ?? after!.job.name;
}

/** Null where this version cannot elect by it. */
function policyFrom(policy: string, timezone: string): Policy | null {
  const parsed = parsePolicy(policy);
  return "errors" in parsed || !isZone(timezone) ? null : parsed.policy;
}

/** Jobs that the server no longer has in its configuration are not the edit's to remove. */
function isManaged(answer: JobAnswer): boolean {
  return answer.managed !== false;
}

/** A state as people name it: a URL, or the path of its file. */
export function stateUrl(text: string): string {
  if (text === "") throw new Failure(EXIT.usage, "Cannot use --state '': expected the path of a state file");
  return /^(file:|https?:\/\/|libsql:\/\/)/.test(text) ? text : `file:${text}`;
}
