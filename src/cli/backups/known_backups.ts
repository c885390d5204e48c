// Which backups there are, for whoever must get one back: by the server that runs, or by the state that it left.

import type { Config } from "../../config/values/config.ts";
import { StoreError } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import { FUTURE_TOLERANCE_MS } from "../../domain/retention/election.ts";
import type { Host } from "../../ports/host.ts";
import type { BackupQuery } from "../../ports/queries.ts";
import { BackupAnswer } from "../client/answers.ts";
import { type Client, segment } from "../client/client.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { warningOf } from "./restore_word.ts";

/** The newest sound backup, in the place of an id. */
export const LATEST = "latest";

/** Of a server, or of a state that nobody holds. */
export interface KnownBackups {
  /** By the provider's id or the run's. Rejects with `Failure` where there is none, or several. */
  find(id: string, job: string | undefined): Promise<BackupAnswer>;
  /** Newest first; none that is dated ahead of now. */
  newest(query: Omit<BackupQuery, "limit" | "cursor">, limit: number): Promise<BackupAnswer[]>;
}

/** So many are looked at for one of which nothing bad is known. */
const LOOKED_AT = 100;

/** By the server. */
export function ofServer(client: Client, now: number): KnownBackups {
  const until = iso(now + FUTURE_TOLERANCE_MS);
  return {
    find: (id, job) => client.get(`/backups/${segment(id)}`, BackupAnswer, { job }),
    newest: async ({ job, status }, limit) =>
      (await client.pages("/backups", BackupAnswer, { job, status, until }, limit)).items,
  };
}

/** What `work` makes of the state of the configuration. Rejects with `StoreError` where that cannot be read. */
export async function ofState<T>(
  { state }: Config,
  host: Host,
  work: (known: KnownBackups) => Promise<T>,
): Promise<T> {
  const { readState } = await import("../../store/read/read_state.ts");
  const { backupView } = await import("../../api/views.ts");
  const { clock, files, http } = host;
  await using reads = await readState({ url: state.url, token: state.token ?? null, files, clock, http });
  return await work({
    async find(id, job) {
      const rows = (await reads.find(id, job)).filter((row) => row.id !== null);
      const found = rows.filter((row) => row.runId === id).concat(rows)[0];
      const isSure = found?.runId === id || rows.length === 1;
      const of = `backup '${id}'${job === undefined ? "" : ` of job '${job}'`}`;
      if (found === undefined) throw new Failure(EXIT.notFound, `The state knows no ${of}`);
      if (!isSure) {
        const jobs = rows.map((row) => `${row.runId} of job ${row.job}`).join("; ");
        throw new Failure(
          EXIT.failed,
          `Several backups have the id '${id}': name one by its run id: ${jobs}`,
        );
      }
      return backupView(found);
    },
    async newest(query, limit) {
      const now = clock.now() + FUTURE_TOLERANCE_MS;
      const asked = { ...query, until: query.until ?? now };
      const found: BackupAnswer[] = [];
      let cursor: string | undefined;
      do {
        const most = Math.min(limit - found.length, PAGE_ROWS);
        const page = await reads.backups({
          ...asked,
          limit: most,
          ...(cursor === undefined ? {} : { cursor }),
        });
        for (const row of page.items) found.push(backupView(row));
        ({ cursor } = page);
      } while (cursor !== undefined && found.length < limit);
      return found;
    },
  });
}

/** Read at a time. */
const PAGE_ROWS = 1_000;

/** Why a state could not be read, for a note. */
export function stateTrouble(error: unknown): string {
  if (error instanceof StoreError) return error.message;
  throw error;
}

/** The backup that is meant. `note` is told where `latest` passes newer ones over. */
export async function meant(
  known: KnownBackups,
  id: string,
  job: string | undefined,
  note: (line: string) => void,
): Promise<BackupAnswer> {
  if (id !== LATEST) return await known.find(id, job);
  if (job === undefined) throw new Failure(EXIT.usage, `Cannot tell whose '${LATEST}' is meant: say --job`);
  const newest = await known.newest({ job, status: "available" }, LOOKED_AT);
  const sound = newest.find((backup) => warningOf(backup) === undefined);
  if (sound === undefined) {
    const why = newest.length === 0
      ? "none is available"
      : `of each of the newest ${newest.length} something bad is known`;
    throw new Failure(
      EXIT.notFound,
      `Job '${job}' has no sound backup: ${why}: see \`schelly backups list --job ${job}\``,
    );
  }
  const passed = newest.slice(0, newest.indexOf(sound));
  if (passed.length > 0) {
    note(
      `The newest backup that nothing is known against is ${sound.id}; newer, and passed over: ` +
        passed.slice(0, 3).map((one) => `${one.id} (${warningOf(one)})`).join("; "),
    );
  }
  return sound;
}
