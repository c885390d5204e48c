// One examination of a provider: starts backups, remembers exactly which are its own, looks at them.

import type { Json } from "../../domain/job.ts";
import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { Clock, Http, Ids } from "../../ports/host.ts";
import { type BackupInfo, type Capabilities, NO_CAPABILITIES } from "../../ports/provider.ts";
import { parseCapabilities, writeCallHeaders } from "../protocol/call_headers.ts";
import { createProbe, type Probe, type Seen } from "./probe.ts";
import { CheckFailure, createStep, Skip, type Step } from "./verdict.ts";
import { foldStatus, HEADERS, readBackup, readStarted } from "../protocol/protocol.ts";
import { statusKind } from "../protocol/status_kind.ts";

export interface ConformanceOptions {
  /** Where the provider is and how it is called; `pollIntervalMs` also paces what is tried again. */
  spec: HttpProviderSpec;
  /** Longest time one backup, and waiting for another one's end, may take. */
  backupLimitMs: number;
  /** A create body with which a backup fails. */
  failingBody?: Json;
  /** Kills the provider and starts it again; rejects with a sentence when that failed. */
  restart?: () => Promise<void>;
  /** The headers hold credentials, so that calls without them must be refused. */
  authenticates: boolean;
  /** Aborted: the checks end, and what was made is removed. */
  signal?: AbortSignal;
}

export interface ConformancePorts {
  http: Http;
  clock: Clock;
  ids: Ids;
}

/** A backup that one of our starts was answered with. */
export interface Made {
  id: string;
  runId: string;
  /** The answer to its start. */
  seen: Seen;
  backup: BackupInfo;
  /** Something of this id was there before we started anything: it may be somebody's, and is never deleted. */
  foreign: boolean;
}

/** A start whose answer does not say what it made; nobody but its run id can tell. */
export interface LostStart {
  runId: string;
  /** UTC ms. */
  at: number;
  seen: Seen;
}

/** What differs between starts. */
export interface StartAsk {
  /** Default: a new one. */
  runId?: string;
  /** UTC ms; null: by hand. */
  slot?: number | null;
  fence?: number;
  /** Absent: the create body of the settings. */
  body?: Json;
}

/** A POST and what it was answered with; `made` when the answer names a backup. */
export interface Attempt {
  seen: Seen;
  runId: string;
  made: Made | undefined;
}

/** What a GET of one backup said; 404 and 410 are `absent` and `gone`. */
export type Look =
  | { found: "yes"; seen: Seen; backup: BackupInfo; notes: string[] }
  | { found: "absent" | "gone"; seen: Seen };

/** The fence of ordinary calls: low, so that a provider that counts fences over all jobs locks nobody out. */
export const FENCE = 2;

export interface Session {
  readonly options: ConformanceOptions;
  readonly probe: Probe;
  readonly ports: ConformancePorts;
  /** The job that all starts are for; no real one has its name. */
  readonly job: string;
  /** Every backup of ours, oldest first. */
  readonly made: ReadonlyMap<string, Made>;
  readonly lost: readonly LostStart[];
  /** What OPTIONS announces; rejects with `CheckFailure` when the answer is not in order. */
  readonly announced: Step<Capabilities>;
  /** As `announced`, nothing when the answer is not in order. */
  capabilities(): Promise<Capabilities>;
  /** Rejects with `Skip` unless the extension is announced. */
  needsExtension(word: keyof Capabilities): Promise<void>;
  newRunId(): string;
  /** One POST, whatever comes of it. */
  post(ask: StartAsk): Promise<Attempt>;
  /** As `post`, waiting while the provider says that it is busy, as long as one backup may take. */
  postWhenFree(ask: StartAsk): Promise<Attempt>;
  /** Starts a backup, waiting while the provider says that it is busy; rejects with `CheckFailure`. */
  start(ask: StartAsk): Promise<Made>;
  /** Rejects with `CheckFailure` when the answer is none of the protocol; `mayNotTell`: 503 is as good as 404. */
  look(id: string, mayNotTell?: boolean): Promise<Look>;
  /** Looks until it runs no more; rejects with `CheckFailure` when that takes too long. */
  untilEnd(id: string): Promise<Look>;
  /** Rejects with `Skip`, sending nothing, for what may be somebody's. */
  remove(id: string, fence?: number): Promise<Seen>;
  /** Rejects when the examination was interrupted. */
  pause(ms?: number): Promise<void>;
}

const ID_MEND =
  'answer 202 with JSON such as {"id": "b1", "status": "running"}; \'id\' is a text of at most ' +
  "4096 bytes without control characters that can stand in a URL";
const LOOK_MEND = 'answer 200 with JSON such as {"id": "b1", "data_id": "b1", "status": "running", ' +
  '"message": "", "size_mb": 1.5}, or 404 when there is no such backup';

/** Nothing is sent yet. */
export function createSession(options: ConformanceOptions, ports: ConformancePorts): Session {
  const { spec, signal } = options;
  const { clock, ids } = ports;
  const probe = createProbe(spec, ports);
  const newRunId = () => ids.uuidv7();
  const job = `schelly-test-${newRunId().slice(-12)}`;
  const made = new Map<string, Made>();
  const lost: LostStart[] = [];
  let before: Promise<Set<string>> | undefined;

  /** Ids that were there before the first start, as far as the provider lists them. */
  async function listBefore(): Promise<Set<string>> {
    const { status, json } = await probe.send({ method: "GET" });
    if (status !== 200 || !Array.isArray(json)) return new Set();
    return new Set(json.map((item) => String(item?.id)));
  }

  async function post(ask: StartAsk): Promise<Attempt> {
    signal?.throwIfAborted();
    before ??= listBefore();
    const known = await before;
    const runId = ask.runId ?? newRunId();
    const slot = ask.slot ?? null;
    const at = clock.now();
    const seen = await probe.send({
      method: "POST",
      headers: writeCallHeaders({ runId, job, slot, fence: ask.fence ?? FENCE }),
      body: ask.body ?? spec.createBody,
    });
    if (seen.unreachable) return { seen, runId, made: undefined };
    const accepted = isAccepted(seen);
    const read = accepted ? readStarted(seen.json) : undefined;
    if (!read?.ok) {
      if (accepted || seen.status === undefined || statusKind(seen.status) === "unknown") {
        lost.push({ runId, at, seen });
      }
      return { seen, runId, made: undefined };
    }
    const { backup } = read;
    const one: Made = { id: backup.id, runId, seen, backup, foreign: known.has(backup.id) };
    // A repeated answer changes nothing: the first one says whose it is.
    if (!made.has(one.id)) made.set(one.id, one);
    return { seen, runId, made: one };
  }

  async function postWhenFree(ask: StartAsk): Promise<Attempt> {
    const end = clock.monotonic() + options.backupLimitMs;
    for (;;) {
      const attempt = await post(ask);
      if (!isBusy(attempt) || clock.monotonic() >= end) return attempt;
      await pause(attempt.seen.retryAfterMs);
    }
  }

  async function start(ask: StartAsk): Promise<Made> {
    const attempt = await postWhenFree(ask);
    if (attempt.made !== undefined) return attempt.made;
    throw startFailure(attempt);
  }

  async function remove(id: string, fence = FENCE): Promise<Seen> {
    if (made.get(id)?.foreign) throw new Skip(`the backup '${id}' was there before: it is not touched`);
    const headers = { [HEADERS.fence]: String(fence) };
    return await probe.send({ method: "DELETE", id, headers, body: spec.deleteBody });
  }

  async function look(id: string, mayNotTell = false): Promise<Look> {
    const seen = await probe.send({ method: "GET", id });
    if (seen.status === 404 || (mayNotTell && seen.status === 503)) return { found: "absent", seen };
    if (seen.status === 410) return { found: "gone", seen };
    if (seen.status !== 200) {
      throw new CheckFailure("expected 200, 404 or 410 to a GET of a backup", lookMend(seen), seen);
    }
    const read = readBackup(seen.json);
    if (!read.ok) throw new CheckFailure(`expected a backup in JSON: ${read.problem}`, LOOK_MEND, seen);
    if (read.backup.id !== id) {
      const mend = "answer the very backup that was asked for, with its 'id' unchanged";
      throw new CheckFailure(`expected the backup '${id}'`, mend, seen);
    }
    return { found: "yes", seen, backup: read.backup, notes: read.notes };
  }

  async function untilEnd(id: string): Promise<Look> {
    const end = clock.monotonic() + options.backupLimitMs;
    for (;;) {
      const now = await look(id);
      if (now.found !== "yes" || now.backup.state !== "running") return now;
      if (!foldStatus(now.backup.status).known) throw strangeWord(now.seen);
      if (clock.monotonic() >= end) {
        throw new CheckFailure(
          `expected the backup to end within ${options.backupLimitMs / 1000} s`,
          "say 'available' once it is complete, 'failed' once it has failed; or allow it more time",
          now.seen,
        );
      }
      await pause();
    }
  }

  async function pause(ms = spec.pollIntervalMs): Promise<void> {
    await clock.sleep(ms, signal);
  }

  const announced = createStep("extensions", async () => {
    const seen = await probe.send({ method: "OPTIONS" });
    const header = seen.headers.get(HEADERS.capabilities);
    if (header !== null) return parseCapabilities(header);
    const { status } = seen;
    const trouble = status === undefined || status === 408 || status === 429 ||
      (status >= 500 && status !== 501 && status !== 505);
    if (!trouble) return NO_CAPABILITIES;
    throw new CheckFailure(
      `expected the header '${HEADERS.capabilities}', or 200, 204, 404, 405 or 501 without it`,
      "answer OPTIONS of the base URL with 204 and the extensions in that header, or with 405",
      seen,
    );
  });

  async function capabilities(): Promise<Capabilities> {
    try {
      return await announced.take();
    } catch (error) {
      if (error instanceof CheckFailure) return NO_CAPABILITIES;
      throw error;
    }
  }

  return {
    options,
    probe,
    ports,
    job,
    made,
    lost,
    announced,
    capabilities,
    async needsExtension(word) {
      if (!(await capabilities())[word]) throw new Skip(`the extension '${word}' is not announced`);
    },
    newRunId,
    post,
    postWhenFree,
    start,
    look,
    untilEnd,
    remove,
    pause,
  };
}

/** True for the answers by which a provider takes a start. */
export function isAccepted({ status }: Seen): boolean {
  return status === 200 || status === 201 || status === 202;
}

/** True when the provider said that it can begin no backup just now, and began none. */
export function isBusy({ seen, made }: Attempt): boolean {
  return made === undefined && seen.status !== undefined && seen.status >= 400 &&
    statusKind(seen.status) === "unsent";
}

/** The failure of an answer whose status word is not of the protocol. */
export function strangeWord(seen: Seen): CheckFailure {
  return new CheckFailure(
    "expected a status word of the protocol",
    "say 'running' while it is being made, 'available' once complete, 'failed' once it has failed",
    seen,
  );
}

function startFailure(attempt: Attempt): CheckFailure {
  const { seen } = attempt;
  const { status } = seen;
  if (isAccepted(seen)) {
    const read = readStarted(seen.json);
    const problem = read.ok ? "" : `: ${read.problem}`;
    return new CheckFailure(`expected the new backup's id in JSON${problem}`, ID_MEND, seen);
  }
  const expected = "expected 202 (or 200, 201) to a POST";
  if (status === undefined) {
    return new CheckFailure(expected, "answer before the backup is done, and always answer", seen);
  }
  if (isBusy(attempt)) {
    const mend = "accept a start once no backup runs; it stayed busy for as long as one backup may take";
    return new CheckFailure(expected, mend, seen);
  }
  if (status >= 300 && status < 400) {
    return new CheckFailure(
      expected,
      "answer at this URL itself: redirects of a POST are not followed",
      seen,
    );
  }
  if (status === 412) {
    const mend =
      `count ${HEADERS.fence} for each ${HEADERS.job} by itself: this job is new, so any is its highest`;
    return new CheckFailure(expected, mend, seen);
  }
  const mend = status < 500
    ? "accept this call; if it needs a body or credentials, give them to the tester"
    : "answer 202 when a backup was begun, 409 or 503 when none was; 5xx leaves open whether one runs";
  return new CheckFailure(expected, mend, seen);
}

function lookMend({ status }: Seen): string {
  if (status === undefined) return "answer every GET in time, also while a backup is being made";
  if (status >= 500) {
    return "answer what is known; when that is nothing, 404 only if there surely is no such backup";
  }
  return LOOK_MEND;
}
