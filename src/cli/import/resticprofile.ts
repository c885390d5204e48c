// Profiles of resticprofile as jobs of ours, whose restic Schelly runs itself.

import { resolvePath } from "../../domain/path.ts";
import { parseSchedule } from "../../domain/schedule/schedule.ts";
import { readSystemdCalendar } from "../../domain/schedule/systemd_calendar.ts";
import { nameFor } from "../config/first_answers.ts";
import type { ImportPlace } from "./borgmatic.ts";
import {
  CannotImport,
  type Imported,
  type ImportedJob,
  type ImportedSecret,
  Notes,
  quoted,
  unusedName,
} from "./imported.ts";
import type { Profile } from "./resticprofile_input.ts";
import { noteProfile } from "./resticprofile_notes.ts";
import { ProfileSchema, type RestProfile } from "./resticprofile_schema.ts";

const DAILY = "0 2 * * *";
const LEVELS = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;
const SECRET = /PASSWORD|SECRET|TOKEN|KEY/;

/** Throws `CannotImport` where no job comes of it. */
export function importResticprofile(profiles: readonly Profile[], place: ImportPlace): Imported {
  const notes = new Notes();
  const secrets: ImportedSecret[] = [];
  const taken = new Set<string>();
  const places = new Map<string, string>();
  const jobs: ImportedJob[] = [];
  for (const { name, values } of profiles) {
    const profile = read(name, values);
    if ((profile.backup.source ?? []).length === 0) {
      notes.lost(
        name,
        "is no job: it has no source. What comes from a command is a job by hand, see deploy/examples",
      );
      continue;
    }
    const job = unusedName(jobs.length === 0 && place.name !== undefined ? place.name : nameFor(name), taken);
    taken.add(job);
    noteProfile(name, profile, notes);
    jobs.push(jobOf(job, profile, place, { name, notes, secrets, places, now: place.now }));
  }
  if (jobs.length === 0) throw new CannotImport(`'${place.file}' has no profile with a source in its backup`);
  notes.changed(
    "snapshots",
    "those of resticprofile stay, and are nobody's to delete, until they have tags as docs/quickstart/restic-cron.md says",
  );
  return { from: "resticprofile", jobs, ...providersOf(jobs), secrets, notes: notes.all };
}

/** Several sets of paths in one repository are several entries of providers: those jobs name theirs. */
function providersOf(jobs: ImportedJob[]): Pick<Imported, "providers"> {
  const placeOf = ({ provider }: ImportedJob) =>
    (provider as { restic: { repository: string } }).restic.repository;
  // Who logs in there makes no other place of it.
  const places = jobs.map((job) => placeOf(job).replace(/\/\/[^/@]*@/, "//"));
  const shared = jobs.filter((_, at) => places.indexOf(places[at]!) !== places.lastIndexOf(places[at]!));
  if (shared.length === 0) return {};
  const providers = Object.fromEntries(shared.map(({ name, provider }) => [name, provider]));
  for (const job of shared) job.provider = job.name;
  return { providers };
}

function read(name: string, values: Record<string, unknown>): RestProfile {
  const result = ProfileSchema.safeParse(values);
  if (result.success) return result.data;
  const said = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new CannotImport(`profile '${name}' is none of resticprofile: ${said.join("; ")}`);
}

interface Making {
  /** Addresses without their passwords, by those with them. */
  places: Map<string, string>;
  now: number;
  /** Of the profile. */
  name: string;
  notes: Notes;
  secrets: ImportedSecret[];
}

function jobOf(job: string, profile: RestProfile, place: ImportPlace, making: Making): ImportedJob {
  const { name, notes } = making;
  const { backup } = profile;
  const base = pathFrom(pathFrom(place.folder, profile["base-dir"] ?? "."), backup["source-base"] ?? ".");
  const paths = (backup.source ?? []).map((path) => pathFrom(base, path));
  if (profile.repository === undefined) {
    throw new CannotImport(`profile '${name}' names no repository: write it there, or into what it inherits`);
  }
  if (paths.some((path) => /[*?[]/.test(path))) {
    notes.lost(
      `${name}: backup.source`,
      "patterns are not expanded: name the folder above them, and leave out the rest by exclude",
    );
  }
  const retention = retentionOf(profile, name, notes);
  const schedule = place.schedule ?? patternOf(backup.schedule, `${name}: backup.schedule`, making);
  const hasLevel = typeof retention === "object" && LEVELS.some((level) => level in retention);
  const restic = {
    repository: repositoryOf(profile.repository, job, place, making),
    ...keyOf(profile, place),
    ...environmentOf(profile, job, making),
    paths,
    ...given("exclude", backup.exclude),
    ...given("exclude_files", backup["exclude-file"]?.map((path) => pathFrom(place.folder, path))),
    ...given("exclude_if_present", backup["exclude-if-present"]),
    ...given("exclude_caches", backup["exclude-caches"]),
    ...given("one_file_system", backup["one-file-system"]),
    ...given("tags", backup.tag),
    ...given("host", typeof backup.host === "string" ? backup.host : undefined),
    ...given("compression", profile.compression ?? backup.compression),
    ...given("limit_upload", profile["limit-upload"] || undefined),
    ...given("limit_download", profile["limit-download"] || undefined),
    ...given("read_concurrency", backup["read-concurrency"]),
    ...given("options", optionsOf(profile.option)),
    ...given("extra_backup_args", backup.iexclude?.flatMap((pattern) => ["--iexclude", pattern])),
    ...given("init", profile.initialize === true || undefined),
    ...given("on_incomplete", backup["no-error-on-warning"] === true ? "accept" : undefined),
    ...upkeepOf(profile, making),
    ...hooksOf(profile, name),
  };
  return {
    name: job,
    ...given("schedule", schedule ?? (hasLevel ? undefined : DAILY)),
    ...given("timezone", place.timezone),
    provider: { restic },
    retention,
  };
}

function given(key: string, value: unknown): Record<string, unknown> {
  return value === undefined || Array.isArray(value) && value.length === 0 ? {} : { [key]: value };
}

/** From the folder of its own file, as resticprofile reads it. */
function pathFrom(folder: string, path: string): string {
  const home = path.replace(/^~(?=\/|$)/, () => "${HOME}");
  return home.startsWith("${") ? home : resolvePath(folder, home);
}

/** A local repository is a path; a password in an address goes into the environment. */
function repositoryOf(written: string, job: string, { folder }: ImportPlace, making: Making): string {
  const place = written.replace(/^local:/, "");
  if (!/^[a-z0-9+]+:/i.test(place)) return pathFrom(folder, place);
  const known = making.places.get(place);
  if (known !== undefined) return known;
  const variable = `${job.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_REPOSITORY_PASSWORD`;
  const hidden = place.replace(/(:\/\/[^/:@]*):(?!\$\{)[^/@]*@/, (_, user: string) => {
    making.notes.lost(
      `${making.name}: repository`,
      `its password is not written: set ${variable} in the environment of Schelly`,
    );
    return `${user}:\${${variable}}@`;
  });
  making.places.set(place, hidden);
  return hidden;
}

function keyOf(profile: RestProfile, { folder }: ImportPlace): Record<string, unknown> {
  return given("password_file", profile["password-file"] && pathFrom(folder, profile["password-file"]));
}

/** What is secret in it goes into files. */
function environmentOf(profile: RestProfile, job: string, { secrets }: Making): Record<string, unknown> {
  const env: Record<string, string> = {};
  const env_file: Record<string, string> = {};
  for (const [key, value] of Object.entries(profile.env ?? {})) {
    const name = key.toUpperCase();
    if (!SECRET.test(name) || value.includes("${") || /_(?:FILE|COMMAND)$/.test(name)) env[name] = value;
    else {
      const file = `${job}-${name.toLowerCase().replaceAll("_", "-")}`;
      secrets.push({ file, value, what: `the value of ${name}` });
      env_file[name] = file;
    }
  }
  if (profile["password-command"] !== undefined) env.RESTIC_PASSWORD_COMMAND = profile["password-command"];
  return {
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(Object.keys(env_file).length === 0 ? {} : { env_file }),
  };
}

function optionsOf(options: string[] | undefined): Record<string, string> | undefined {
  return options && Object.fromEntries(options.map((option) => {
    const at = option.indexOf("=");
    return at < 0 ? [option, "true"] : [option.slice(0, at), option.slice(at + 1)];
  }));
}

/** Cron for a calendar event of systemd's; of several the first. */
function patternOf(events: string[] | undefined, about: string, { notes, now }: Making): string | undefined {
  if (events === undefined || events.length === 0) return undefined;
  const readable = events.map((event) => ({
    event,
    pattern: readSystemdCalendar(event)?.pattern ?? undefined,
  }));
  const first = readable.find(({ pattern }) =>
    pattern !== undefined && "schedule" in parseSchedule(pattern, "UTC", now)
  );
  const others = events.filter((event) => event !== first?.event);
  if (others.length > 0) {
    notes.lost(
      about,
      first === undefined
        ? `no pattern means the same as '${
          others.join("', '")
        }', or it never comes again: write schedule by hand`
        : `'${first.event}' is taken: write a pattern that means '${others.join("', '")}' too`,
    );
  }
  return first?.pattern;
}

/** restic counts as Schelly does: each level all of its periods. */
function retentionOf(
  { retention, forget, backup }: RestProfile,
  name: string,
  notes: Notes,
): NonNullable<ImportedJob["retention"]> {
  const isByItself = retention?.["after-backup"] === true || retention?.["before-backup"] === true;
  const keep = isByItself ? retention! : forget?.schedule === undefined ? undefined : forget;
  const tags = keep?.["keep-tag"]?.flatMap((list) => list.split(","));
  if (tags?.some((tag) => backup.tag?.includes(tag))) {
    notes.changed(`${name}: keep-tag`, "its own tag is kept for ever, so retention is keep_all");
    return "keep_all";
  }
  const kept: Record<string, unknown> = {};
  for (const level of LEVELS) {
    const count = Math.max(
      keep?.[`keep-${level}`] ?? 0,
      periodsWithin(keep?.[`keep-within-${level}`], level),
    );
    if (count > 0) kept[level] = count;
  }
  if ((keep?.["keep-last"] ?? 0) > 0) kept.keep_last = keep!["keep-last"];
  const within = keep?.["keep-within"];
  if (within !== undefined) {
    const hours = hoursOf(within);
    if (hours === undefined) {
      notes.lost(`${name}: keep-within`, `'${within}' is not known: write keep_within, such as 30d`);
    } else kept.keep_within = hours % 24 === 0 ? `${hours / 24}d` : `${hours}h`;
  }
  if (Object.keys(kept).length === 0) {
    notes.changed(
      `${name}: retention`,
      "nothing is deleted by itself there, so retention is keep_all: write what is to be kept",
    );
    return "keep_all";
  }
  return { ...kept, ...("weekly" in kept ? { week_starts: "monday" } : {}), keep_oldest: true } as never;
}

/** Of `1y2m3d4h`; undefined for nothing. */
function hoursOf(text: string): number | undefined {
  const [whole, y = "0", m = "0", d = "0", h = "0"] =
    /^(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)d)?(?:(\d+)h)?$/.exec(text) ?? [];
  const hours = (Number(y) * 366 + Number(m) * 31 + Number(d)) * 24 + Number(h);
  return whole === undefined || hours === 0 ? undefined : hours;
}

const SHORTEST_HOURS = { hourly: 1, daily: 23, weekly: 167, monthly: 28 * 24 - 1, yearly: 365 * 24 - 1 };

/** As many periods as could begin in such a time: never fewer than restic keeps. */
function periodsWithin(text: string | undefined, level: (typeof LEVELS)[number]): number {
  const hours = text === undefined ? undefined : hoursOf(text);
  return hours === undefined ? 0 : Math.ceil(hours / SHORTEST_HOURS[level]) + 1;
}

function upkeepOf({ check, prune }: RestProfile, making: Making): Record<string, unknown> {
  const checked = patternOf(check?.schedule, `${making.name}: check.schedule`, making);
  const pruned = patternOf(prune?.schedule, `${making.name}: prune.schedule`, making);
  return {
    ...(checked === undefined
      ? {}
      : { check: { schedule: checked, ...given("read_data_subset", check!["read-data-subset"]) } }),
    ...(pruned === undefined ? {} : { prune: { schedule: pruned } }),
  };
}

/** Those of the profile around those of its backup, with the variables that resticprofile sets. */
function hooksOf(profile: RestProfile, name: string): Record<string, { shell: string }> {
  const { backup } = profile;
  const hooks = {
    pre: [...profile["run-before"] ?? [], ...backup["run-before"] ?? []],
    on_success: [...backup["run-after"] ?? [], ...profile["run-after"] ?? []],
    on_failure: [...backup["run-after-fail"] ?? [], ...profile["run-after-fail"] ?? []],
    post: [...backup["run-finally"] ?? [], ...profile["run-finally"] ?? []],
  };
  const variables = `export PROFILE_NAME=${quoted(name)} PROFILE_COMMAND=backup ERROR="$SCHELLY_MESSAGE"`;
  return Object.fromEntries(
    Object.entries(hooks).filter(([, lines]) => lines.length > 0)
      .map(([key, lines]) => [key, { shell: `set +u +o pipefail\n${variables}\n${lines.join("\n")}\n` }]),
  );
}
