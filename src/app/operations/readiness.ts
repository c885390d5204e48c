// What callers may ask of the program itself: whether it is well, its metrics, its configuration and clock; part of the
// composition root.

import type { AuthConfig, Config } from "../../config/values/config.ts";
import { counted } from "../../domain/count_text.ts";
import { expiryText } from "../../domain/expiry.ts";
import { type Freeze, freezeText, isFrozen } from "../../domain/freeze.ts";
import { type Missing, missingText } from "../../domain/missing.ts";
import { openDeletionsText, PATIENCE_MS } from "../../domain/stuck.ts";
import { newestSuspectText } from "../../domain/retention/guard.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import { standbyText } from "../../domain/standby_text.ts";
import type { InstanceView } from "../../ports/views/instance.ts";
import type { Operations, Readiness, ReloadOutcome } from "../../ports/operations.ts";
import type { JobSuspects, OpenDeletions } from "../../ports/job_facts.ts";
import type { LatchedGuard } from "../../ports/store.ts";
import { reloadText } from "../reloads.ts";
import type { JobFactsParts } from "./job_facts.ts";
import { type JobsSlice, slicesOfJobs } from "./job_lists.ts";
import { doubtText } from "./doubt_text.ts";
import { healthOfAll } from "./unwell_jobs.ts";

/** What they act through; `config` changes with each reload. */
export interface ReadinessParts extends JobFactsParts {
  config(): Config;
  /** Parts of the configuration that only a restart takes over, and that changed since the start. Absent: none. */
  restartParts?(): string[];
  reload(by?: string): Promise<ReloadOutcome>;
  lastReload(): ReloadOutcome | null;
  /** Upkeep of providers that failed. */
  upkeepTroubles(): Readiness["checks"];
  /** Why the recovery sheet could not be written; null when it could, or none is wanted. Absent: none is. */
  sheetTrouble?(): string | null;
  /** Why there is no new copy of the state; null where there is, or none is wanted. Absent: none is. */
  snapshotTrouble?(): string | null;
  /** Why the state server may lose what was saved; null where it does not. Absent: it is none. */
  stateWeakness?(): string | null;
  /** What a state that was put back is yet to take in; null for nothing. Absent: it was not. */
  adoptionTrouble?(): string | null;
  /** Built-ins that could not be opened. */
  providerTroubles(): { key: string; message: string }[];
  /** Renders the metrics of jobs that come some at a time. */
  renderMetrics(jobs: AsyncIterable<JobsSlice>): AsyncIterable<string>;
  /** Which instance this is. Absent: it is alone. */
  instance?(): InstanceView;
}

/** Who shares its state with nobody. */
export const ALONE: InstanceView = { role: "active", node: null, active: null, same_configuration: null };

type ReadinessOperations = Pick<
  Operations,
  "instance" | "readiness" | "metrics" | "settings" | "reload" | "trustClock"
>;

/** Builds them. */
export function readinessOperations(parts: ReadinessParts): ReadinessOperations {
  const { engine, clock } = parts;
  const instance = () => parts.instance?.() ?? ALONE;
  return {
    instance,
    async readiness(withJobs = false) {
      const { checks } = await checksOf(parts);
      if (withJobs) checks.push(...await unwellChecks(parts));
      const well = checks.every((check) => check.ok || !check.fatal);
      if (instance().role === "active") return { ready: well, checks };
      return { ready: false, ...(well && { isStandby: true }), checks };
    },

    metrics: () => parts.renderMetrics(slicesOfJobs(parts)),

    settings: () => drainInSlices(parts.config().effectiveValues("redacted"), clock),
    reload: (by) => parts.reload(by),
    trustClock: (by) => engine.trustClock(by.name),
  };
}

/** What is checked of the program as a whole. Jobs have a health of their own. */
export async function programChecks(parts: ReadinessParts): Promise<Readiness["checks"]> {
  const { checks, ofJobs } = await checksOf(parts);
  return checks.filter((check) => !ofJobs.has(check));
}

/** Of a standby: that nothing is done here, and what may be another way once it takes over. */
function instanceChecks({ role, active, same_configuration }: InstanceView): Readiness["checks"] {
  if (role === "active") return [];
  const standby = { name: "standby", ok: false, fatal: false, message: standbyText(active) };
  if (same_configuration !== false) return [standby];
  const message =
    "its jobs and providers are not those of the active instance: when this one takes over, that counts as an " +
    "edit of the configuration: give both the same";
  return [standby, { name: "standby configuration", ok: false, fatal: false, message }];
}

/** The check of a state server that may lose what was saved, where the configuration accepts that. */
export const RELAXED_SERVER = "relaxed state server";

/** The check of an edit that is not in force for want of a restart. */
export const RESTART = "restart";

interface Checks {
  checks: Readiness["checks"];
  /** Those of them that tell what stops the deletions of one job. */
  ofJobs: ReadonlySet<Readiness["checks"][number]>;
}

async function checksOf(parts: ReadinessParts): Promise<Checks> {
  const { checks, ofJobs } = await storeChecks(parts);
  checks.push(...instanceChecks(parts.instance?.() ?? ALONE));
  for (const { key, message } of parts.providerTroubles()) {
    checks.push({ name: `provider ${key}`, ok: false, fatal: false, message });
  }
  checks.push(...parts.upkeepTroubles(), ...endingTokens(parts.config().server.auth, parts.clock.now()));
  const sheetTrouble = parts.sheetTrouble?.() ?? null;
  if (sheetTrouble !== null) {
    checks.push({ name: "recovery sheet", ok: false, fatal: false, message: sheetTrouble });
  }
  const snapshotTrouble = parts.snapshotTrouble?.() ?? null;
  if (snapshotTrouble !== null) {
    checks.push({ name: "copies of the state", ok: false, fatal: false, message: snapshotTrouble });
  }
  const weakness = parts.stateWeakness?.() ?? null;
  if (weakness !== null) {
    const name = parts.config().state.durability === "relaxed" ? RELAXED_SERVER : "state server";
    checks.push({ name, ok: false, fatal: false, message: weakness });
  }
  const adoptionTrouble = parts.adoptionTrouble?.() ?? null;
  if (adoptionTrouble !== null) {
    checks.push({ name: "restored state", ok: false, fatal: false, message: adoptionTrouble });
  }
  const reloaded = parts.lastReload();
  if (reloaded !== null) {
    const stays = reloaded.ok ? "" : "; the configuration before it stays in force";
    checks.push({ name: "config", ok: reloaded.ok, fatal: false, message: reloadText(reloaded) + stays });
  }
  const waiting = parts.restartParts?.() ?? [];
  if (waiting.length > 0) {
    const named = waiting.map((part) => `'${part}'`).join(", ");
    const message = `${named} of the configuration changed since Schelly started: a restart takes it over`;
    checks.push({ name: RESTART, ok: false, fatal: false, message });
  }
  return { checks, ofJobs };
}

/** So many jobs are named; how many more there are is said. */
const MOST_NAMED = 20;

/** Jobs that somebody has to look at, the worst first; none where the store cannot be read, which is told anyway. */
async function unwellChecks(parts: ReadinessParts): Promise<Readiness["checks"]> {
  const found = await healthOfAll(parts, MOST_NAMED).catch(() => undefined);
  if (found === undefined) return [];
  const checks = found.unwell.map(({ job, state, cause, remedy }) => ({
    name: `job ${job}`,
    ok: false,
    fatal: false,
    message: `${state}: ${cause}${remedy === null ? "" : `; ${remedy}`}`,
  }));
  const more = found.unwellCount - checks.length;
  if (more === 0) return checks;
  const message =
    `${more} more are unwell, ${found.unwellCount} of ${found.total} in all: see 'schelly jobs list'`;
  return [...checks, { name: "jobs", ok: false, fatal: false, message }];
}

/** Tokens that have ended, or will soon: whoever uses them stands outside without knowing why. */
function endingTokens(auth: AuthConfig, now: number): Readiness["checks"] {
  if (auth.kind !== "named") return [];
  return auth.tokens.flatMap((token) => {
    const message = expiryText(token, now);
    return message === undefined ? [] : [{ name: `token ${token.name}`, ok: false, fatal: false, message }];
  });
}

/** Whether the store answers and the engine schedules, and what the store knows that stops deletions. */
async function storeChecks(
  { engine, store, watch, storeTrouble }: ReadinessParts,
): Promise<Checks> {
  const checks: Readiness["checks"] = [];
  const ofJobs = new Set<Readiness["checks"][number]>();
  let latches: LatchedGuard[] = [];
  let suspects: JobSuspects[] = [];
  let missing: Missing[] = [];
  let freeze: Freeze | null = null;
  let openDeletions: OpenDeletions[] = [];
  try {
    latches = await store.latched();
    suspects = await store.suspects();
    missing = await store.missing();
    freeze = await store.freeze();
    openDeletions = await store.openDeletions(watch.read().now - PATIENCE_MS);
    const trouble = storeTrouble();
    checks.push({ name: "store", ok: trouble === null, fatal: true, message: trouble ?? "answers" });
  } catch (error) {
    checks.push({ name: "store", ok: false, fatal: true, message: (error as Error).message });
  }
  checks.push({
    name: "engine",
    ok: !engine.stopping,
    fatal: true,
    message: engine.stopping ? "is stopping" : `schedules ${counted(engine.jobNames().length, "job")}`,
  });
  const told = (name: string, message: string) => {
    const check = { name, ok: false, fatal: false, message };
    checks.push(check);
    return check;
  };
  const toldOfJob = (name: string, message: string) => void ofJobs.add(told(name, message));
  for (const { guard, job, message } of latches) toldOfJob(`guard ${guard} of job ${job}`, message);
  const reading = watch.read();
  if (reading.inDoubtUntil !== null) told("clock", doubtText(reading));
  if (freeze !== null && isFrozen(freeze, reading.ends)) told("freeze", freezeText(freeze));
  for (const one of missing) {
    if (engine.job(one.job) !== undefined) toldOfJob(`missing backups of job ${one.job}`, missingText(one));
  }
  for (const open of openDeletions) toldOfJob(`deletions of job ${open.job}`, openDeletionsText(open));
  for (const { job, newest } of suspects) {
    if (newest === null || engine.job(job) === undefined) continue;
    toldOfJob(
      `guard newest_suspect of job ${job}`,
      newestSuspectText(newest.id ?? newest.runId, newest.reason),
    );
  }
  return { checks, ofJobs };
}
