// The sheet for the worst day: per job where its backups are and what restores them when Schelly is gone.

import { countBackups } from "../backup.ts";
import { iso } from "../instant.ts";
import { sizeText } from "../size_text.ts";
import type { Block } from "./page.ts";
import { type RecoveryPlace, shellWord } from "./place.ts";

/** A backup that can be restored, as far as its provider says. */
export interface SheetBackup {
  id: string;
  dataId: string | null;
  /** The time that it stands for (UTC ms); null where none is known. */
  at: number | null;
  endedAt: number | null;
  sizeMb: number | null;
  /** When it was proved that it can be restored (UTC ms); null: never. */
  provedAt: number | null;
  /** What is known against it; null: nothing. */
  warning: string | null;
}

export interface SheetJob {
  job: string;
  /** Its provider key. */
  provider: string;
  /** Undefined: its provider is not in the configuration, or that cannot be read. */
  place: RecoveryPlace | undefined;
  /** Newest first: some good ones, and those newer than the last of them that something is known against. Undefined: nobody knows. */
  backups: SheetBackup[] | undefined;
  /** How many there are at that provider; undefined: nobody knows. */
  available: number | undefined;
}

/** What the sheet is made of. */
export interface SheetFacts {
  /** UTC ms. */
  madeAt: number;
  /** The name of the machine that it is of; null where it is not known. */
  host: string | null;
  /** What could not be read, and why. */
  troubles: string[];
  /** Where the configuration is; null: in variables alone, or not found. */
  config: { place: string | null; digest: string | null };
  /** Where the state is, and the newest copy of it that was found. */
  state: { url: string; snapshots: string | null; newest: { path: string; at: number } | null };
  jobs: SheetJob[];
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** The page, in the order in which it is needed. */
export function recoverySheet(facts: SheetFacts): Block[] {
  const { madeAt, host, troubles, jobs } = facts;
  return [
    { kind: "title", text: `Recovery sheet${host === null ? "" : ` of ${host}`}, ${iso(madeAt)}` },
    {
      kind: "text",
      text:
        "Everything here works without Schelly. Passwords are not on it: it says where they lie, and those places " +
        "must be kept elsewhere, too, since they are lost with the machine. What it says of backups was so when it " +
        "was made: look first what there is now.",
    },
    ...(troubles.length === 0 ? [] : [
      { kind: "text" as const, text: "What could not be read when this was made:" },
      { kind: "list" as const, items: troubles },
    ]),
    {
      kind: "table",
      head: ["job", "newest good backup", "age", "last proved", "backups", "provider"],
      rows: jobs.map(({ job, backups, available, provider }) => [
        job,
        backups === undefined ? "not known" : timeOf(newestGood(backups)),
        newestGood(backups) === undefined ? "-" : ageText(newestGood(backups)!, madeAt),
        lastProved(backups),
        available === undefined ? "not known" : String(available),
        provider,
      ]),
    },
    ...jobs.flatMap((job) => jobBlocks(job, madeAt)),
    ...schellyBlocks(facts),
  ];
}

function jobBlocks({ job, provider, place, backups, available }: SheetJob, madeAt: number): Block[] {
  const newest = newestGood(backups);
  const target = `/restore/${job}`;
  const where = place === undefined
    ? `provider ${provider}, which the configuration that was read does not have`
    : place.where;
  const blocks: Block[] = [
    { kind: "heading", text: `Job ${job}` },
    {
      kind: "facts",
      facts: [
        ["where", where],
        ["backups", available === undefined ? "not known" : countBackups(available)],
        ...(place?.secrets ?? []).map((secret): [string, string] => ["secret", secret]),
      ],
    },
  ];
  if (backups !== undefined && newest === undefined) {
    blocks.push({ kind: "text", text: "There is no good backup of this job that Schelly knows of." });
  }
  if (backups !== undefined && backups.length > 0) {
    blocks.push({
      kind: "table",
      head: ["id", "data id", "of", "age", "size", "proved restorable", "known against it"],
      rows: backups.map((backup) => [
        backup.id,
        backup.dataId ?? "-",
        timeOf(backup),
        ageText(backup, madeAt),
        backup.sizeMb === null ? "-" : sizeText(backup.sizeMb),
        backup.provedAt === null ? "never" : iso(backup.provedAt),
        backup.warning === null ? "-" : `DO NOT TRUST IT: ${backup.warning}`,
      ]),
    });
  }
  if (place === undefined) return blocks;
  const look = place.look(job);
  if (look.length > 0) {
    blocks.push(
      { kind: "text", text: "See what there is:" },
      { kind: "commands", lines: [...place.setup, ...look] },
    );
  }
  const ids = newest === undefined
    ? { id: "ID", dataId: "ID" }
    : { id: newest.id, dataId: newest.dataId ?? newest.id };
  const lines = place.restore(ids, target);
  if (lines.length > 0) {
    const which = newest === undefined
      ? "one, by its id in the place of ID"
      : `the newest good one, of ${timeOf(newest)}`;
    blocks.push(
      { kind: "text", text: `Restore ${which}, into ${target}:` },
      { kind: "commands", lines: [...place.setup, `mkdir -p ${shellWord(target)}`, ...lines] },
    );
  }
  if (place.notes.length > 0) blocks.push({ kind: "list", items: place.notes });
  return blocks;
}

function schellyBlocks({ config, state }: SheetFacts): Block[] {
  const file = /^file:(.*)$/.exec(state.url)?.[1];
  const copy = state.newest?.path ?? "SNAPSHOT";
  return [
    { kind: "heading", text: "Schelly itself" },
    {
      kind: "facts",
      facts: [
        ["configuration", config.place ?? "in variables of the environment alone, or not found"],
        ...(config.digest === null ? [] : [["its SHA-256", config.digest] as const]),
        ["state", state.url],
        ["copies of the state", state.snapshots ?? "no folder is configured (state.snapshots.to)"],
        ...(state.newest === null
          ? []
          : [["newest copy found", `${state.newest.path}, of ${iso(state.newest.at)}`] as const]),
      ],
    },
    {
      kind: "text",
      text:
        "No backup is lost with the state: it only says which there are. To bring it back, stop the server and put " +
        "a copy in its place. A server that starts on a copy deletes nothing until that is approved, job by job. " +
        "Without any copy start it with the configuration alone, then take the backups in:",
    },
    {
      kind: "commands",
      lines: file === undefined ? ["schelly backups import --job JOB --dry-run"] : [
        `rm -f ${shellWord(`${file}-wal`)} ${shellWord(`${file}-shm`)}`,
        `cp ${shellWord(copy)} ${shellWord(file)}`,
        "schelly run",
        "schelly backups import --job JOB --dry-run",
      ],
    },
  ];
}

function newestGood(backups: SheetBackup[] | undefined): SheetBackup | undefined {
  return backups?.find(({ warning }) => warning === null);
}

function lastProved(backups: SheetBackup[] | undefined): string {
  if (backups === undefined) return "not known";
  const newest = Math.max(...backups.map(({ provedAt }) => provedAt ?? -Infinity));
  return newest === -Infinity ? "none of those below" : iso(newest);
}

function timeOf(backup: SheetBackup | undefined): string {
  const at = backup?.at ?? backup?.endedAt ?? null;
  return backup === undefined ? "none" : at === null ? "not known" : iso(at);
}

function ageText({ at, endedAt }: SheetBackup, now: number): string {
  const time = at ?? endedAt;
  if (time === null) return "not known";
  const age = Math.max(0, now - time);
  return age < 2 * DAY ? `${Math.floor(age / HOUR)} h` : `${Math.floor(age / DAY)} days`;
}
