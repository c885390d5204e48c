// What an edit changes, in words: jobs and providers at once; of the server's own settings who may ask and the
// certificate at once, the rest by a restart.

import type { AuthConfig, Config, ServerConfig } from "../config/values/config.ts";
import { formatDuration } from "../domain/duration.ts";
import { ConfigError } from "../domain/errors.ts";
import { isSameJob, type Job } from "../domain/job.ts";
import { isSame } from "../domain/same.ts";
import type { Listener } from "../ports/host.ts";
import { providerChanges } from "./provider_changes.ts";

/** All that is said where two configurations are the same. */
export const NOTHING_CHANGED = "nothing changed";

/** What changed, for people; parts that only a restart takes over say so. */
export function changesOf(before: Config, after: Config): string[] {
  const messages: string[] = [];
  const old = new Map(before.jobs.map((job) => [job.name, job]));
  for (const job of after.jobs) {
    const was = old.get(job.name);
    const former = was === undefined ? formerOf(job, before) : undefined;
    if (former !== undefined) messages.push(...renamed(former, job));
    else if (was === undefined) messages.push(`job '${job.name}' added`);
    else if (!isSameJob(was, job)) messages.push(`job '${job.name}' changed`);
    old.delete(job.name);
    if (former !== undefined) old.delete(former.name);
  }
  for (const name of old.keys()) messages.push(`job '${name}' removed, its backups stay untouched`);
  messages.push(...providerChanges(before.providers, after.providers));
  messages.push(...serverChanges(before.server, after.server));
  if (!isSame(before.recoverySheet, after.recoverySheet)) {
    const { to } = after.recoverySheet ?? {};
    messages.push(
      to === undefined ? "no recovery sheet is written any more" : `the recovery sheet goes to ${to} now`,
    );
  }
  if (!isSame(before.restoreRoots, after.restoreRoots)) {
    const where = after.restoreRoots.map((root) => `'${root}'`).join(", ");
    messages.push(`the server restores ${where === "" ? "nowhere" : `below ${where} alone`} now`);
  }
  if (before.jobsFolder?.path !== after.jobsFolder?.path) {
    const { path } = after.jobsFolder ?? {};
    messages.push(
      path === undefined ? "callers change no jobs any more" : `callers may change jobs in '${path}' now`,
    );
  }
  messages.push(...heartbeatChanges(before.heartbeat, after.heartbeat));
  if (!isSame(before.events, after.events)) {
    const { plainMs, auditMs } = after.events;
    messages.push(
      `events stay ${formatDuration(plainMs)} now, those of the audit trail ${formatDuration(auditMs)}`,
    );
  }
  if (!isSame(before.metrics, after.metrics)) {
    const { mostJobs } = after.metrics;
    const some = mostJobs === 1 ? "1 job has" : `${mostJobs === Infinity ? "all" : mostJobs} jobs have`;
    messages.push(`${some} metrics of their own now`);
  }
  if (!isSame(before.notify, after.notify)) messages.push("notifications are sent as they are written now");
  if (before.state.snapshotFolder !== after.state.snapshotFolder) {
    const where = after.state.snapshotFolder === undefined
      ? "nowhere"
      : `below '${after.state.snapshotFolder}'`;
    messages.push(`copies of the state that are asked for over TCP may go ${where} now`);
  }
  if (!isSame(before.state.snapshots, after.state.snapshots)) {
    const { to, everyMs, keep } = after.state.snapshots ?? {};
    messages.push(
      to === undefined
        ? "the state is copied on no schedule any more"
        : `the state is copied to '${to}' every ${formatDuration(everyMs!)} now, and ${keep} copies stay`,
    );
  }
  for (const part of ["log", "state"] as const) {
    if (!isSame(boundOf(before, part), boundOf(after, part))) {
      messages.push(`'${part}' changed: needs a restart`);
    }
  }
  return messages.length === 0 ? [NOTHING_CHANGED] : messages;
}

/** The job of before that bears this name now. */
function formerOf({ renamedFrom }: Job, { jobs }: Config): Job | undefined {
  return renamedFrom === null ? undefined : jobs.find(({ name }) => name === renamedFrom);
}

function renamed(was: Job, job: Job): string[] {
  const { name, renamedFrom, providerKey, providerKeys } = job;
  // A command in a job has the job's name in its key.
  const isKept = providerKeys.includes(was.providerKey);
  const label = was.label === was.name ? name : was.label;
  const alike = { ...was, name, label, renamedFrom, ...(isKept ? { providerKey, providerKeys } : {}) };
  const told = `job '${was.name}' is called '${name}' now, its backups are with it`;
  return isSameJob(alike, job) ? [told] : [told, `job '${name}' changed`];
}

function heartbeatChanges(before: Config["heartbeat"], after: Config["heartbeat"]): string[] {
  if (isSame(before, after)) return [];
  if (after === undefined) return ["no heartbeat is sent any more"];
  const every = `every ${formatDuration(after.everyMs)}`;
  return [
    before === undefined
      ? `a heartbeat is sent ${every} now`
      : `the heartbeat changed: it is sent ${every} now`,
  ];
}

/** What is taken over by a restart only; where copies of the state may go is looked up with each. */
function boundOf(config: StartedWith, part: "log" | "state") {
  return part === "log" ? config.log : { ...config.state, snapshotFolder: undefined, snapshots: undefined };
}

/** What a restart takes over stands in these. */
export type StartedWith = Pick<Config, "server" | "log" | "state">;

/** The parts that were `started` with otherwise than they are written by now; empty where no restart is needed. */
export function partsForRestart(started: StartedWith, now: StartedWith): string[] {
  const [before, after] = [fixedParts(started.server), fixedParts(now.server)];
  const parts = [
    ["server.listen", before.listen, after.listen],
    ["server.socket", before.socket, after.socket],
    ["server.tls", before.isTls, after.isTls],
    ["server.stop_timeout", before.stopTimeoutMs, after.stopTimeoutMs],
    ...(["log", "state"] as const).map((part) => [part, boundOf(started, part), boundOf(now, part)] as const),
  ] as const;
  return parts.filter(([, one, other]) => !isSame(one, other)).map(([name]) => name);
}

/** What changed of the server's own settings, for people. */
export function serverChanges(before: ServerConfig, after: ServerConfig): string[] {
  const messages = accessChanges(before.auth, after.auth);
  if (isRenewed(before, after)) messages.push("the TLS certificate was renewed");
  if (!isSame(before.trustedProxies, after.trustedProxies)) messages.push("other proxies are trusted now");
  if (before.basePath !== after.basePath) messages.push(`the base path is ${after.basePath ?? "/"} now`);
  if (before.publicUrl !== after.publicUrl) {
    messages.push(`links in notifications lead to ${after.publicUrl ?? "nowhere"} now`);
  }
  if (!isSame(fixedParts(before), fixedParts(after))) messages.push("'server' changed: needs a restart");
  return messages;
}

/** True when the two let in the same callers in the same way. */
export function isSameAccess(before: AuthConfig, after: AuthConfig): boolean {
  return isSame(accessOf(before), accessOf(after));
}

/** Puts a new certificate into use; rejects with `ConfigError` when it cannot be used, and the old one stays. */
export async function renewCertificate(
  listener: Listener | undefined,
  before: ServerConfig,
  after: ServerConfig,
): Promise<void> {
  if (listener === undefined || !isRenewed(before, after)) return;
  try {
    await listener.renew(after.tls!);
  } catch (error) {
    throw new ConfigError([{
      file: after.tls!.certFile,
      path: "",
      message: (error as Error).message,
      severity: "error",
    }]);
  }
}

function isRenewed({ tls: before }: ServerConfig, { tls: after }: ServerConfig): boolean {
  return before !== null && after !== null && (before.cert !== after.cert || before.key !== after.key);
}

/** What is bound or begun once, when the server starts. */
function fixedParts({ listen, socket, tls, stopTimeoutMs }: ServerConfig) {
  return { listen, socket, isTls: tls !== null, stopTimeoutMs };
}

function accessChanges(before: AuthConfig, after: AuthConfig): string[] {
  if (isSameAccess(before, after)) return [];
  if (after.kind === "none") {
    return ["auth is none now: whoever reaches the port may do everything, deletions included"];
  }
  if (after.kind === "default") {
    return [
      "no tokens are configured now: whoever reaches the port may read and start backups, and nothing else",
    ];
  }
  if (before.kind !== "named") return ["tokens and users are asked for now"];
  const messages = [
    ...callerChanges("token", before.tokens.map(toldBy), after.tokens.map(toldBy)),
    ...callerChanges("user", before.users.map(toldBy), after.users.map(toldBy)),
  ];
  if (!isSame(before.proxy, after.proxy)) {
    messages.push(
      after.proxy === undefined ? "no proxy names users any more" : "proxies name users otherwise now",
    );
  }
  if (before.openMetrics !== after.openMetrics) {
    messages.push(after.openMetrics ? "/metrics is open now" : "/metrics needs the role viewer now");
  }
  return messages;
}

interface NamedCaller {
  name: string;
  role: string;
  hash: string;
  expires?: number;
}

function callerChanges(
  what: string,
  before: readonly NamedCaller[],
  after: readonly NamedCaller[],
): string[] {
  const messages: string[] = [];
  const old = new Map(before.map((caller) => [caller.name, caller]));
  for (const caller of after) {
    const was = old.get(caller.name);
    if (was === undefined) messages.push(`${what} '${caller.name}' added`);
    else if (!isSame(was, caller)) messages.push(`${what} '${caller.name}' changed`);
    old.delete(caller.name);
  }
  return [...messages, ...[...old.keys()].map((name) => `${what} '${name}' removed`)];
}

/** What access is told by. In which order callers are declared makes no difference. */
function accessOf(auth: AuthConfig) {
  if (auth.kind !== "named") return auth;
  const sorted = (callers: readonly NamedCaller[]) =>
    callers.map(toldBy).toSorted((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  return { ...auth, tokens: sorted(auth.tokens), users: sorted(auth.users) };
}

/** What a caller is told by: how a password is checked follows from its hash. */
function toldBy({ name, role, hash, expires }: NamedCaller): NamedCaller {
  return { name, role, hash, ...(expires === undefined ? {} : { expires }) };
}
