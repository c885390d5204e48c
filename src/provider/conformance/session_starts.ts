// Starts backups at a provider under test, and remembers exactly which are ours: only those may be deleted.

import type { Json } from "../../domain/job.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import { writeCallHeaders } from "../protocol/call_headers.ts";
import { HEADERS, readStarted } from "../protocol/protocol.ts";
import { statusKind } from "../protocol/status_kind.ts";
import type { ConformanceOptions, ConformancePorts } from "./options.ts";
import type { Probe, Seen } from "./probe.ts";
import { CheckFailure } from "./outcome.ts";

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
interface StartAsk {
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

/** The fence of ordinary calls: low, so that a provider that counts fences over all jobs locks nobody out. */
export const FENCE = 2;

/** What starts, and what came of it. */
export interface SessionStarts {
  /** The job that all starts are for; no real one has its name. */
  readonly job: string;
  /** Every backup of ours, oldest first. */
  readonly made: ReadonlyMap<string, Made>;
  readonly lost: readonly LostStart[];
  newRunId(): string;
  /** One POST, whatever comes of it. */
  post(ask: StartAsk): Promise<Attempt>;
  /** As `post`, waiting while the provider says that it is busy, as long as one backup may take. */
  postWhenFree(ask: StartAsk): Promise<Attempt>;
  /** Starts a backup, waiting while the provider says that it is busy; rejects with `CheckFailure`. */
  start(ask: StartAsk): Promise<Made>;
}

const ID_MEND =
  'answer 202 with JSON such as {"id": "b1", "status": "running"}; \'id\' is a text of at most ' +
  "4096 bytes without control characters that can stand in a URL";

/** Nothing is started yet. */
export function createSessionStarts(
  { spec, signal, backupLimitMs }: ConformanceOptions,
  { clock, ids }: ConformancePorts,
  probe: Probe,
  pause: (ms?: number) => Promise<void>,
): SessionStarts {
  const newRunId = () => ids.uuidv7();
  const job = `schelly-test-${newRunId().slice(-12)}`;
  const made = new Map<string, Made>();
  const lost: LostStart[] = [];
  let before: Promise<Set<string>> | undefined;

  async function post(ask: StartAsk): Promise<Attempt> {
    signal?.throwIfAborted();
    before ??= listBefore(probe);
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
    const end = clock.monotonic() + backupLimitMs;
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

  return { job, made, lost, newRunId, post, postWhenFree, start };
}

/** Ids that were there before the first start, as far as the provider lists them. */
async function listBefore(probe: Probe): Promise<Set<string>> {
  const { status, json } = await probe.send({ method: "GET" });
  if (status !== 200 || !Array.isArray(json)) return new Set();
  return new Set(json.map((item) => String(item?.id)));
}

/** The answers by which a provider takes a start. */
function isAccepted({ status }: Seen): boolean {
  return status === 200 || status === 201 || status === 202;
}

/** True when the provider said that it can begin no backup just now, and began none. */
export function isBusy({ seen, made }: Attempt): boolean {
  return made === undefined && seen.status !== undefined && seen.status >= 400 &&
    statusKind(seen.status) === "unsent";
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
