// Runs restic: its environment (repository and password never stand in arguments), its locks, its troubles.

import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { EventLevel, EventSink } from "../../ports/events.ts";
import type { Clock, Files, Http, Processes, ProcessResult } from "../../ports/host.ts";
import type { LockKeeper } from "../../ports/storage_locks.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import {
  createResticLocks,
  type LockLook,
  ownerText,
  type ResticLock,
  type ResticLocks,
} from "./restic_locks.ts";
import { lastWords, troubleOf } from "./restic_output.ts";
import { type ResticLocation, resticLocation } from "./restic_location.ts";
import type { ResticHome, ResticSiblings } from "./restic_siblings.ts";
import { createResticProcesses, type ResticProcesses } from "./restic_processes.ts";
import { createLockKeeper } from "./restic_unlock.ts";

export interface ResticPorts {
  clock: Clock;
  files: Files;
  http: Http;
  processes: Processes;
  sink?: EventSink;
  isFrozen?: () => Promise<boolean>;
  /** The environment of this program, for PATH. */
  env: Record<string, string>;
  /** The others of this program; absent: there are none. */
  siblings?: ResticSiblings;
}

interface ResticCall {
  signal: AbortSignal;
  onLine?: (line: string) => void;
  onStart?: (pid: number) => void;
  /** See `BackupTask`. */
  scope?: string;
  /** How long another's lock is waited for; default 0. */
  lockWaitMs?: number;
  /** Called while another's lock is waited for. */
  onLocked?: () => void;
  /** Kept of the end of its output; default 64 KiB. */
  keepBytes?: number;
}

/** How one call of restic ended. */
interface ResticResult extends ProcessResult {
  /** Set when it was locked out: by whom, for people; empty where that could not be found out. */
  heldBy?: string;
  /** True when all that is in the way is at work for this program. */
  isOwnWork?: boolean;
}

export interface ResticProgram extends LockKeeper {
  /** The repository for people: without a password that its URL may hold. */
  readonly repository: string;
  readonly location: ResticLocation;
  /** Resolves with any exit code; rejects when restic cannot be started or the signal ended it. */
  run(args: string[], call: ResticCall): Promise<ResticResult>;
  /** As `run`, and every exit code but 0 rejects with `BackupFailure`. */
  must(what: string, args: string[], call: ResticCall): Promise<ProcessResult>;
  /** `must` for questions, within the provider's `timeout.get`. */
  ask(what: string, args: string[], keepBytes?: number): Promise<ProcessResult>;
  /** The failure that an exit code stands for. */
  failure(what: string, result: ResticResult): BackupFailure;
}

/** A status line names every file that is being read, and a path alone may have 4 KiB. */
const LINE_LENGTH = 16 * 1024 * 1024;
/** Between two tries whether another's lock is gone. */
const LOCK_TRY_MS = 5_000;
/** Between two looks whose locks there are: each costs as many starts of restic. */
const LOCK_LOOK_MS = 60_000;
/** After so many removals in one call the next try waits: a storage may say that it removed what is still there. */
const MAX_CLEARS = 3;

/** A lock that a restic leaves behind is known for ours only if that restic was written down before it began. */
function noteStart(
  ours: ResticProcesses,
  takesLock: boolean,
): { admit: ((pid: number) => Promise<void>) | undefined; over(): void } {
  let [ended, isOver] = [() => {}, false];
  const admit = async (pid: number) => {
    ended = await ours.started(pid);
    if (isOver) ended();
  };
  return {
    admit: takesLock ? admit : undefined,
    over() {
      isOver = true;
      ended();
    },
  };
}

/** The program of `spec`; in `notes` (null: nowhere) it remembers which processes of restic are ours. */
export function createResticProgram(
  spec: ResticProviderSpec,
  ports: ResticPorts,
  notes: ProviderNotes | null,
  home: ResticHome,
): ResticProgram {
  const { clock, processes } = ports;
  const env = environment(spec);
  const ours = createResticProcesses(ports, notes, home);
  const location = resticLocation(spec.repository, { ...ports.env, ...spec.env }, ports);
  const locks = createResticLocks(clock, location, ours);
  const repository = withoutPassword(spec.repository);

  async function once(args: string[], call: ResticCall): Promise<ProcessResult> {
    await ours.ready();
    const noted = noteStart(ours, takesLock(args));
    const result = await processes.run({
      argv: [spec.program, ...globalArgs(spec), ...args],
      ...{ env, cwd: spec.folder },
      signal: call.signal,
      onStart: call.onStart,
      admit: noted.admit,
      scope: call.scope,
      onStdoutLine: call.onLine,
      onStderrLine: call.onLine,
      keepBytes: call.keepBytes,
      lineLength: LINE_LENGTH,
    }).finally(noted.over);
    if (call.signal.aborted) throw new BackupFailure("stopped", `restic ${args[0]} was stopped`);
    return result;
  }

  async function run(args: string[], call: ResticCall): Promise<ResticResult> {
    const deadline = clock.monotonic() + (call.lockWaitMs ?? 0);
    let result: ResticResult = await once(args, call);
    let look: LockLook | undefined;
    let [lookedAt, clears] = [-Infinity, 0];
    while (result.code !== 0 && troubleOf(result.code, result.stderr) === "locked") {
      const isLast = clock.monotonic() >= deadline;
      let removed = 0;
      if (isLast || clock.monotonic() - lookedAt >= LOCK_LOOK_MS) {
        look = await clearLocks(call);
        lookedAt = clock.monotonic();
        removed = look.removed.length;
      }
      if (removed === 0 || ++clears > MAX_CLEARS) {
        if (isLast) return { ...result, ...holders(look, locks) };
        call.onLocked?.();
        await clock.sleep(LOCK_TRY_MS, call.signal).catch(() => {
          throw new BackupFailure("stopped", "it was stopped while it waited for the repository's lock");
        });
      }
      result = await once(args, call);
    }
    return result;
  }

  /** Removes the locks that may go, and tells of each. */
  async function clearLocks({ signal, onStart }: ResticCall): Promise<LockLook> {
    const look = await locks.clear((args) => once(args, { signal, onStart }), signal);
    for (const lock of look.removed) {
      if (lock.isLeft) {
        tellRemoved(lock, "info", "a restic of ours left it behind when it was ended");
      } else tellRemoved(lock, "warning", "nobody renews it any more");
    }
    return look;
  }

  function tellRemoved(lock: ResticLock, level: EventLevel, why: string): void {
    const message = `Removed the lock of ${ownerText(lock)} from the repository '${repository}': ${why}`;
    const data = { provider: spec.key, lock: lock.id };
    ports.sink?.emit({ type: "provider.odd", level, at: clock.now(), message, data });
  }

  const failure = (what: string, result: ResticResult) => failureOf(repository, what, result);

  async function must(what: string, args: string[], call: ResticCall): Promise<ProcessResult> {
    const result = await run(args, call);
    if (result.code !== 0) throw failure(what, result);
    return result;
  }

  /** Within the provider's `timeout.get`. */
  async function inTime<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = clock.timeout(spec.timeouts.getMs);
    try {
      return await work(limit.signal);
    } catch (error) {
      if (!limit.signal.aborted) throw error;
      const seconds = spec.timeouts.getMs / 1000;
      throw new BackupFailure(
        "too_long",
        `Cannot ${what}: restic took longer than ${seconds} s: raise 'timeout.get' if '${repository}' is slow`,
      );
    } finally {
      limit.dispose();
    }
  }

  return {
    repository,
    location,
    run,
    must,
    failure,
    ask: (what, args, keepBytes) => inTime(what, (signal) => must(what, args, { signal, keepBytes })),
    ...createLockKeeper({
      ...{ clock, location, locks, failure },
      inTime: (what, work) => inTime(what, (signal) => work((args) => once(args, { signal }), signal)),
      removed: (lock) => tellRemoved(lock, "warning", "an operator said so"),
    }),
  };
}

/** What is in the way, as it was looked at last. */
function holders(
  look: LockLook | undefined,
  locks: Pick<ResticLocks, "describe">,
): Pick<ResticResult, "heldBy" | "isOwnWork"> {
  if (look === undefined) return { heldBy: "" };
  const isOwnWork = look.unread === 0 && look.left.length > 0 &&
    look.left.every(({ worker }) => worker !== undefined);
  return { heldBy: locks.describe(look), isOwnWork };
}

function failureOf(repository: string, what: string, result: ResticResult): BackupFailure {
  const words = lastWords(result.stderr);
  switch (troubleOf(result.code, result.stderr)) {
    case "no_repository":
      return new BackupFailure(
        "no_repository",
        `Cannot ${what}: there is no repository at '${repository}': check the place (is it mounted?), or make one ` +
          "with 'restic init', or let Schelly make it with 'init: true'",
      );
    case "locked": {
      if (result.isOwnWork) {
        const message =
          `Cannot ${what}: the repository '${repository}' is in use by this program itself: it is tried ` +
          `again once that has ended: ${result.heldBy}`;
        return new BackupFailure("locked", message);
      }
      const held = `Cannot ${what}: the repository '${repository}' is locked by another restic`;
      const message = result.heldBy
        ? `${held}, which may be at work: it is tried again; once that restic has surely ended, its lock goes with ` +
          `the command after its name: ${result.heldBy}`
        : `${held} (${lockOwner(result.stderr)}): it is tried again`;
      return new BackupFailure("locked", message);
    }
    case "wrong_password":
      return new BackupFailure(
        "wrong_password",
        `Cannot ${what}: the password does not open the repository '${repository}': check 'password_file' or 'password'`,
      );
    case "not_let_in":
      return new BackupFailure(
        "not_let_in",
        `Cannot ${what}: the storage of the repository '${repository}' does not let it in: ${words}: check the user, ` +
          "key or password that its address or 'env' names, and what they may do",
      );
    case "other": {
      const how = result.signal === null ? `exit code ${result.code}` : result.signal;
      return new BackupFailure("restic", `Cannot ${what}: restic ended with ${how}: ${words}`);
    }
  }
}

/** Of the commands that are used here. */
function takesLock(args: readonly string[]): boolean {
  return !args.includes("--no-lock") && !["init", "unlock", "version"].includes(args[0]!);
}

/** What every command takes. */
function globalArgs(spec: ResticProviderSpec): string[] {
  const { limitUpload, limitDownload, compression, options } = spec;
  return [
    ...(limitUpload === null ? [] : [`--limit-upload=${limitUpload}`]),
    ...(limitDownload === null ? [] : [`--limit-download=${limitDownload}`]),
    ...(compression === null ? [] : [`--compression=${compression}`]),
    ...Object.entries(options).map(([name, value]) => `--option=${name}=${value}`),
  ];
}

/** What `restic init` and `restic copy` are told of the other repository; no argument may hold a password. */
function sourceEnvironment({ copyFrom }: Pick<ResticProviderSpec, "copyFrom">): Record<string, string> {
  if (copyFrom === undefined) return {};
  return {
    RESTIC_FROM_REPOSITORY: copyFrom.repository,
    RESTIC_FROM_REPOSITORY_FILE: "",
    RESTIC_FROM_PASSWORD_COMMAND: "",
    RESTIC_FROM_PASSWORD_FILE: copyFrom.passwordFile ?? "",
    RESTIC_FROM_PASSWORD: copyFrom.passwordFile === null ? copyFrom.password ?? "" : "",
  };
}

/** Variables of the same purpose that Schelly itself was started with must not win: empty counts as unset. */
function environment(spec: ResticProviderSpec): Record<string, string> {
  const env: Record<string, string> = {
    RESTIC_PROGRESS_FPS: "1",
    RESTIC_REPOSITORY_FILE: "",
    // A variable and no flag: restic before 0.15 does not know it and goes on.
    ...(spec.readConcurrency === null ? {} : { RESTIC_READ_CONCURRENCY: String(spec.readConcurrency) }),
    ...sourceEnvironment(spec),
    ...spec.env,
    RESTIC_REPOSITORY: spec.repository,
  };
  if (spec.password === null && spec.passwordFile === null) return env;
  return {
    ...env,
    RESTIC_PASSWORD_COMMAND: "",
    RESTIC_PASSWORD_FILE: spec.passwordFile ?? "",
    RESTIC_PASSWORD: spec.passwordFile === null ? spec.password! : "",
  };
}

function lockOwner(stderr: string): string {
  return /already locked(?: exclusively)? by (PID .*?)(?: by |$)/m.exec(stderr)?.[1] ?? "of unknown place";
}

/** The repository's name without the password in a URL such as `rest:https://user:password@host/`. */
export function withoutPassword(repository: string): string {
  return repository.replace(/(:\/\/[^\s/?#@:]*):[^\s/?#]*@/, "$1:***@");
}
