// Loads the configuration: finds the texts, reads them, judges all of it at once, and answers what to start from.

import { drain } from "../domain/slices.ts";
import { ConfigError, type ConfigIssue } from "../domain/errors.ts";
import { DEFAULT_POLICY, formatLevelRule, LEVELS } from "../domain/policy.ts";
import type { ClientTls, Files, TlsTrouble } from "../ports/host.ts";
import { forgetSecrets } from "./build/build_auth.ts";
import { buildJobs, checkParts } from "./build/build_jobs.ts";
import {
  buildEvents,
  buildLog,
  buildMetrics,
  buildRecoverySheet,
  buildRestore,
  buildServer,
  buildState,
} from "./build/build_server.ts";
import { buildStandby } from "./build/build_standby.ts";
import { spreadJobs } from "./build/spread_jobs.ts";
import { buildHeartbeat } from "./build/build_ping.ts";
import { buildNotify } from "./build/build_notify.ts";
import { jobsFolderOf, readJobsFolder } from "./document/jobs_folder.ts";
import type { Config, ConfigSource, JobsFolder } from "./values/config.ts";
import { checkShape } from "./schema/diagnostics.ts";
import { Report } from "./document/report.ts";
import { effectiveValues } from "./effective.ts";
import { addEnvJob, jobVariables, mistypedJobVariables, warnUnknown } from "./environment/env.ts";
import { overlayServer, type ServerFlags } from "./environment/env_server.ts";
import { type ConfigEdit, editedTexts } from "./document/edited_texts.ts";
import { findTexts, type Found, type FoundText } from "./document/find.ts";
import { fingerprintOf, textsDigest } from "./fingerprint.ts";
import { joinTexts, noteLackOfJobs } from "./join.ts";
import type { KnownJobs, KnownTurn } from "./known_jobs.ts";
import { nothingFound } from "./document/nothing_found.ts";
import { DefaultsSchema } from "./schema/schema_job.ts";
import { line } from "./schema/schema_leaves.ts";
import {
  EventsSchema,
  LogSchema,
  MetricsSchema,
  RecoverySheetSchema,
  RestoreSchema,
  ServerSchema,
  StandbySchema,
  StateSchema,
} from "./schema/schema_server.ts";
import type { RecoverySheetSettings } from "./schema/schema_server.ts";
import { NotifySectionSchema } from "./schema/schema_notify.ts";
import { HeartbeatSchema, type HeartbeatSettings } from "./schema/schema_ping.ts";
import { warnReadable } from "./readable_files.ts";
import { readSecrets } from "./environment/secrets.ts";
import { findResticPlaces } from "./environment/restic_places.ts";
import { overlayTokens } from "./environment/tokens_file.ts";
import type { Mapping, Marks, Path } from "./document/tree.ts";

export interface LoadRequest {
  flags: ServerFlags & { config?: string };
  env: Record<string, string>;
  files: Files;
  /** UTC ms: schedules must fire after it. */
  now: number;
  /** Whether certificates can be used; absent: that is not asked. */
  tlsTrouble?: (tls: ClientTls) => TlsTrouble | undefined;
  /** `optional`: unset variables and absent secret files are noted, not refused. */
  secrets?: "required" | "optional";
  /** Judged as if it were written, and nothing is written. */
  edit?: ConfigEdit;
  /** What loads before have left of the jobs; absent: each is read and built. */
  known?: KnownJobs;
  /** Runs long work to its end, with whatever else waits let in between; absent: at once. */
  inSlices?: <T>(work: Generator<unknown, T>) => Promise<T>;
}

/** The whole configuration, checked. Rejects with `ConfigError` that carries every issue. */
export async function loadConfig(request: LoadRequest): Promise<Config> {
  const { env, files, flags, now } = request;
  const mode = request.secrets ?? "required";
  const run = runnerOf(request);
  const root: Mapping = {};
  const marks: Marks = new WeakMap();
  const report = new Report(root, marks);
  const known = mode === "required" ? request.known?.turn() : undefined;
  const ofKnown = known === undefined ? {} : { known };
  const working = files.workingFolder();

  const read = await readDocument(request, root, marks, report, mode, known);
  const { source, base, label, texts, jobsFolder } = read;
  checkSections(root, marks, report);
  overlayServer({ env, flags, envJob: source.kind === "env" }, root, marks, report);
  const tokensFile = await overlayTokens(env, root, marks, { files, working, mode }, report);
  const sections = sectionsOf(root, marks, report);
  const checked = await run(checkParts({ root, marks, report, ...ofKnown }));
  const parts = { ...checked, jobs: spreadJobs(checked.jobs, { root, marks, report }) };
  const secrets = await readSecrets({ root, env, files, base, mode, ...ofKnown }, report);
  const secretFiles = tokensFile === undefined ? secrets.files : [...secrets.files, tokensFile].sort();
  const timezone = usualZone(env);
  const tlsTrouble = request.tlsTrouble === undefined ? {} : { tlsTrouble: request.tlsTrouble };
  const { providers, jobs } = await run(buildJobs(parts, {
    report,
    secrets,
    places: await findResticPlaces({ root, files, base, working }, report),
    root,
    marks,
    env,
    base,
    mode,
    now,
    ...tlsTrouble,
    timezone,
    ...ofKnown,
  }));
  const server = { report, secrets, files, base, working, mode, now };
  const config = {
    source,
    secretFiles,
    fingerprint: await fingerprintOf(texts, secretFiles, files, run),
    digest: await run(textsDigest(texts)),
    server: await buildServer(sections.server, server),
    log: buildLog(sections.log),
    state: buildState(sections.state, server),
    ...buildStandby(sections.standby, { report, root, jobs, providers }),
    events: buildEvents(sections.events),
    metrics: buildMetrics(sections.metrics),
    ...buildHeartbeat(sections.heartbeat, report, secrets),
    ...buildRecoverySheet(sections.recoverySheet, server),
    restoreRoots: buildRestore(sections.restore, server),
    ...(jobsFolder === undefined ? {} : { jobsFolder }),
    notify: buildNotify(sections.notify, { ...server, root, marks, jobs, timezone, ...tlsTrouble }),
    providers,
    jobs: label === undefined ? jobs : jobs.map((job) => ({ ...job, label })),
    notes: [] as ConfigIssue[],
  };
  if (mode === "required") {
    await warnReadable({
      root,
      texts: texts.map(({ name }) => name),
      secretFiles: secretFiles.filter((path) => !secrets.open.has(path)),
      providers: providers.values(),
      files,
      env,
      ...ofKnown,
    }, report);
  }
  if (source.kind === "env") noteLevels(config.jobs[0]?.retention.levels, root, report);
  config.notes = report.sorted();
  if (report.hasErrors()) throw new ConfigError(config.notes);
  forgetSecrets(root, config.server.auth);
  if (known !== undefined) await run(known.keep());
  return derived(config, { root, marks, report, timezoneVariable: timezone.variable });
}

/** With what is worked out of it when it is asked for: with many jobs that is many times the size of all else. */
function derived(
  config: Parameters<typeof effectiveValues>[0],
  written: Parameters<typeof effectiveValues>[1],
): Config {
  let paths: Map<string, Path> | undefined;
  let places: Map<string, number> | undefined;
  return {
    ...config,
    get effective() {
      return drain(effectiveValues(config, written, "redacted"));
    },
    effectiveValues: (secrets, job) => effectiveValues(config, written, secrets, job),
    promisePosition(job, index) {
      paths ??= promisePaths(written.root);
      return written.report.positionOf([...paths.get(job) ?? [], index]);
    },
    jobPosition(job) {
      places ??= new Map((written.root.jobs as Mapping[]).map(({ name }, index) => [String(name), index]));
      const index = places.get(job);
      return index === undefined ? undefined : written.report.positionOf(["jobs", index, "name"]);
    },
  };
}

function runnerOf({ inSlices }: LoadRequest): NonNullable<LoadRequest["inSlices"]> {
  return inSlices ?? ((work) => Promise.resolve(drain(work)));
}

/** Where the promises in force of each job stand. */
function promisePaths(root: Mapping): Map<string, Path> {
  return new Map((root.jobs as Mapping[]).map((job, index) => [
    String(job.name),
    job.expect === undefined ? ["defaults", "expect"] : ["jobs", index, "expect"],
  ]));
}

interface Read {
  source: ConfigSource;
  base: string;
  /** BACKUP_NAME of the env job. */
  label: string | undefined;
  texts: readonly FoundText[];
  jobsFolder?: JobsFolder;
}

async function readDocument(
  request: LoadRequest,
  root: Mapping,
  marks: Marks,
  report: Report,
  mode: "required" | "optional",
  known: KnownTurn | undefined,
): Promise<Read> {
  const { env, files, flags } = request;
  const there = await findTexts({ config: flags.config, env, files }, report);
  const found = request.edit === undefined
    ? there
    : editedTexts(there, request.edit, files.workingFolder(), report);
  // An edit would be written in place of the job of the variables.
  const ofJob = there === undefined && found !== undefined ? [] : jobVariables(env);
  if (found === undefined) {
    if (ofJob.length === 0) throw nothingFound(mistypedJobVariables(env));
    warnUnknown(env, new Set(), report);
    const { label } = await addEnvJob(env, { files, mode }, root, marks, report);
    return { source: { kind: "env" }, base: files.workingFolder(), label, texts: [] };
  }
  const allRead = !report.hasErrors();
  refuseBoth(found, ofJob, report);
  const run = runnerOf(request);
  const joined = await run(joinTexts(found.texts, env, root, marks, report, mode, known));
  const jobsFolder = jobsFolderIn(root, marks, report, found, files.workingFolder());
  const jobTexts = jobsFolder === undefined ? [] : await readJobsFolder(jobsFolder, files, report);
  const more = await run(joinTexts(jobTexts, env, root, marks, report, mode, known, "jobs"));
  const texts = [...found.texts, ...jobTexts];
  const isWhole = joined.whole && more.whole;
  if (isWhole) noteLackOfJobs(texts, root, report);
  const variables = new Set([...joined.variables, ...more.variables]);
  report.hideValues(env, variables);
  warnUnknown(env, variables, report);
  // Without a part of it, what the rest refers to would seem to be missing.
  if (!allRead || !isWhole) throw new ConfigError(report.sorted());
  const { source, base } = found;
  return { source, base, label: undefined, texts, ...(jobsFolder === undefined ? {} : { jobsFolder }) };
}

/** The folder that `jobs_dir` names; undefined where it names none, or what is no path. */
function jobsFolderIn(
  root: Mapping,
  marks: Marks,
  report: Report,
  { base, source }: Found,
  working: string,
): JobsFolder | undefined {
  if (root.jobs_dir === undefined) return undefined;
  const written = checkShape(line, root, ["jobs_dir"], marks, report);
  return written === undefined ? undefined : jobsFolderOf(written, { base, source, working });
}

function refuseBoth(found: Found, ofJob: string[], report: Report): void {
  if (ofJob.length === 0) return;
  const shown = ofJob.length > 4 ? [...ofJob.slice(0, 4), "…"] : ofJob;
  report.addVariable(ofJob[0]!, {
    message:
      `${shown.join(", ")} ${ofJob.length === 1 ? "describes" : "describe"} a job, and so does ${found.by}` +
      `: expected one of them`,
    hint: `unset the variables to use ${found.by}, or remove ${found.by} to run the job of the variables`,
  });
}

/** The zone of jobs that name none, and the variable that says so. */
function usualZone({ TZ = "" }: Record<string, string>): { name: string; variable: string | null } {
  const zone = TZ.replace(/^:/, "");
  return zone === "" ? { name: "UTC", variable: null } : { name: zone, variable: "TZ" };
}

/** What files say in the sections is judged before variables and flags are laid over it. */
function checkSections(root: Mapping, marks: Marks, report: Report): void {
  sectionsOf(root, marks, report);
  sectionOf(DefaultsSchema, "defaults", root, marks, report);
}

function sectionsOf(root: Mapping, marks: Marks, report: Report) {
  return {
    server: sectionOf(ServerSchema, "server", root, marks, report),
    log: sectionOf(LogSchema, "log", root, marks, report),
    state: sectionOf(StateSchema, "state", root, marks, report),
    standby: root.standby === undefined
      ? undefined
      : sectionOf(StandbySchema, "standby", root, marks, report),
    events: sectionOf(EventsSchema, "events", root, marks, report),
    metrics: sectionOf(MetricsSchema, "metrics", root, marks, report),
    heartbeat: sectionOf<HeartbeatSettings>(HeartbeatSchema, "heartbeat", root, marks, report),
    recoverySheet: sectionOf<Partial<RecoverySheetSettings>>(
      RecoverySheetSchema,
      "recovery_sheet",
      root,
      marks,
      report,
    ),
    restore: sectionOf(RestoreSchema, "restore", root, marks, report),
    notify: sectionOf(NotifySectionSchema, "notify", root, marks, report),
  };
}

function sectionOf<T extends object>(
  schema: Parameters<typeof checkShape<T>>[0],
  key: string,
  root: Mapping,
  marks: Marks,
  report: Report,
): T {
  if (root[key] === undefined) return {} as T;
  const value = checkShape(schema, root, [key], marks, report);
  if (value === undefined) delete root[key];
  return value ?? {} as T;
}

/** Says which levels the original's image would have filled where only some are set. */
function noteLevels(
  levels: Config["jobs"][number]["retention"]["levels"] | undefined,
  root: Mapping,
  report: Report,
): void {
  const written = ((root.jobs as Mapping[])[0]?.retention ?? {}) as Mapping;
  const named = LEVELS.filter((level) => written[level] !== undefined);
  if (levels === undefined || named.length === 0) return;
  const filled = LEVELS.filter((level) => !named.includes(level) && DEFAULT_POLICY.levels[level].count > 0);
  if (filled.length === 0) return;
  const kept = LEVELS.filter((level) => levels[level].count > 0)
    .map((level) => `${level} ${formatLevelRule(level, levels[level])}`);
  const text = filled.map((level) => `${level} ${formatLevelRule(level, DEFAULT_POLICY.levels[level])}`);
  report.addVariable(`RETENTION_${named[0]!.toUpperCase()}`, {
    message: `the policy is ${kept.join(", ")}; the original's image would have added ${text.join(", ")}`,
    hint: "set the variables of those levels to keep them",
    severity: "note",
  });
}
