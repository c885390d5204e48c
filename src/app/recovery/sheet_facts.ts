// Gathers what the sheet for the worst day says: from the configuration and the state, each as far as it can be read.

import { providerSettings } from "../../config/provider_settings.ts";
import type { Config, ConfigSource, EffectiveValue } from "../../config/values/config.ts";
import type { Run } from "../../domain/backup.ts";
import { fullPath, placeOf } from "../../domain/recovery/place.ts";
import type { SheetBackup, SheetFacts, SheetJob } from "../../domain/recovery/sheet.ts";
import { isForgotten } from "../../domain/remains.ts";
import { isSuspect } from "../../domain/suspicion.ts";
import { restoreWarning } from "../../domain/verification/restore_warning.ts";
import type { Files } from "../../ports/host.ts";
import type { Reads } from "../../ports/store.ts";

/** What it is gathered from. */
export interface SheetSources {
  /** Undefined: it cannot be read. */
  config: { config: Config; values: readonly EffectiveValue[] } | undefined;
  /** Undefined: it cannot be read. */
  reads: Pick<Reads, "jobs" | "backups" | "providerBackups"> | undefined;
  /** Where it is, or would be. */
  stateUrl: string;
  files: Pick<Files, "list" | "info" | "workingFolder">;
  /** The name of this machine; null where it is not known. */
  host: string | null;
  /** UTC ms. */
  now: number;
  troubles: readonly string[];
}

/** So many good backups of each job are named. */
const MOST_NAMED = 5;
/** So many are looked at in one go. */
const MOST_LOOKED_AT = 200;

/** Rejects only where the state does while it is read. */
export async function sheetFacts(sources: SheetSources): Promise<SheetFacts> {
  const { config, stateUrl, now, host } = sources;
  const working = sources.files.workingFolder();
  const named = config?.config.state.snapshotFolder ?? null;
  const folder = named === null ? null : fullPath(named, working);
  const fullUrl = (url: string) => url.startsWith("file:") ? `file:${fullPath(url.slice(5), working)}` : url;
  const found = folder === null ? null : await newestIn(folder, sources.files);
  return {
    madeAt: now,
    host,
    troubles: [...sources.troubles],
    config: {
      place: config === undefined ? null : placeText(config.config.source, working),
      digest: config?.config.digest ?? null,
    },
    state: { url: fullUrl(config?.config.state.shownUrl ?? stateUrl), snapshots: folder, newest: found },
    jobs: await jobsOf(sources),
  };
}

async function jobsOf({ config, reads, files }: SheetSources): Promise<SheetJob[]> {
  const settings = config && providerSettings(config.values, config.config.jobs);
  const counts = new Map(
    (await reads?.providerBackups() ?? []).map(({ job, providerKey, available }) => [
      `${providerKey} ${job}`,
      available,
    ]),
  );
  const sheets: SheetJob[] = [];
  const add = async (job: string, keys: readonly string[], place: SheetJob["place"]) => {
    const known = reads === undefined ? undefined : await namedBackups(reads, job, keys);
    const sum = keys.reduce((all, key) => all + (counts.get(`${key} ${job}`) ?? 0), 0);
    sheets.push({
      job,
      provider: keys[0]!,
      place,
      backups: known,
      available: reads === undefined ? undefined : sum,
    });
  };
  for (const { name, providerKey, providerKeys } of config?.config.jobs ?? []) {
    const spec = config!.config.providers.get(providerKey);
    await add(
      name,
      [providerKey, ...providerKeys.filter((key) => key !== providerKey)],
      spec && placeOf(spec, settings!.get(name) ?? [], files.workingFolder()),
    );
  }
  const managed = new Map(config?.config.jobs.map((job) => [job.name, job.providerKeys]));
  const left = new Set((await reads?.jobs() ?? []).filter(isForgotten).map(({ job }) => job));
  for (const key of counts.keys()) {
    const [provider, job] = [key.slice(0, key.lastIndexOf(" ")), key.slice(key.lastIndexOf(" ") + 1)];
    if (counts.get(key) === 0 || managed.get(job)?.includes(provider) || left.has(job)) continue;
    await add(job, [provider], undefined);
  }
  return sheets;
}

/** Some good ones, newest first, and the bad ones among them, which whoever finds them in the storage is to know. */
async function namedBackups(
  reads: Pick<Reads, "backups">,
  job: string,
  keys: readonly string[],
): Promise<SheetBackup[]> {
  const named: SheetBackup[] = [];
  let [good, bad] = [0, 0];
  for (let cursor: string | undefined, more = true; more && good < MOST_NAMED;) {
    const page = await reads.backups({ job, status: "available", limit: MOST_LOOKED_AT, cursor });
    for (const run of page.items.filter(({ providerKey }) => keys.includes(providerKey))) {
      const one = sheetBackup(run);
      if (good >= MOST_NAMED || one.warning !== null && bad >= MOST_NAMED) continue;
      if (one.warning === null) good++;
      else bad++;
      named.push(one);
    }
    cursor = page.cursor;
    more = cursor !== undefined;
  }
  return named;
}

function sheetBackup(run: Run): SheetBackup {
  const { id, runId, dataId, periodTime, endTime, sizeMb, verification, verifiedAt, suspectReason } = run;
  const marks = { isSuspect: isSuspect(run), isRejected: run.rejectedAt !== null };
  return {
    ...{ id: id ?? runId, dataId, at: periodTime, endedAt: endTime, sizeMb },
    provedAt: verification === "passed" ? verifiedAt : null,
    warning: restoreWarning({ verification, verifiedAt, suspectReason, ...marks }) ?? null,
  };
}

/** Null where there is none, or the folder cannot be read. */
async function newestIn(
  folder: string,
  files: Pick<Files, "list" | "info">,
): Promise<{ path: string; at: number } | null> {
  const names = await files.list(folder).catch(() => []);
  let newest: { path: string; at: number } | null = null;
  for (const name of names.filter((one) => one.endsWith(".db"))) {
    const path = `${folder}/${name}`;
    const info = await files.info(path).catch(() => undefined);
    if (info?.isFile && info.mtime !== null && info.mtime > (newest?.at ?? -Infinity)) {
      newest = { path, at: info.mtime };
    }
  }
  return newest;
}

function placeText(source: ConfigSource, working: string): string {
  switch (source.kind) {
    case "file":
      return fullPath(source.path, working);
    case "folder":
      return `${fullPath(source.path, working)}: ${source.files.join(", ")}`;
    case "inline":
      return "the variable SCHELLY_CONFIG_YAML";
    case "env":
      return "variables of the environment: BACKUP_…, WEBHOOK_…, RETENTION_…";
  }
}
