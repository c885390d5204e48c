// Verifications, restores and looks inside backups, as a host offers them: which may begin, and what is said of them.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { Ids } from "../../ports/host.ts";
import type { Backuper, BackupInfo, GetAnswer } from "../../ports/provider.ts";
import type { Browser, RestoreOperation, Restorer } from "../../ports/restore.ts";
import type { VerificationReport, Verifier, VerifyCall } from "../../ports/verification.ts";
import { within } from "../time_limit.ts";
import type { JournalEntry } from "./journal.ts";
import type { LiveTask, LiveTasks, TaskPorts } from "./live_tasks.ts";
import { gatheringIn } from "./gather_place.ts";
import { checkRestore, restoreBackup } from "./restore_work.ts";
import type { TaskEntry } from "./task_book.ts";

interface HostTasksOptions extends TaskPorts {
  backuper: Pick<Backuper, "verify" | "restore" | "browse">;
  live: LiveTasks;
  ids: Ids;
  /** In which backups are restored to be verified. */
  scratchFolder: string;
  origin: Pick<JournalEntry, "machine" | "maker">;
  get(id: string): Promise<GetAnswer>;
  /** How many more backups could be begun now. */
  room(): number;
  admit(job: string | null, fence: number | null): Promise<void>;
  /** Folders into which may be restored, or what answers those of now; null: any. */
  restoreRoots: readonly string[] | null | (() => readonly string[]);
  createBody: Json | undefined;
  /** Most time for one page of what lies in a backup. */
  browseLimitMs: number;
}

/** What a caller asks who may lack a job and a fence. */
type VerifyAsked =
  & Pick<VerifyCall, "verificationId" | "method">
  & Pick<JournalEntry, "job">
  & { fence: number | null };

export interface HostTasks extends Partial<Verifier>, Partial<Restorer>, Partial<Browser> {
  /** As `verify`, for callers that may lack a job and a fence. */
  verifyAsked?(id: string, call: VerifyAsked): Promise<VerificationReport>;
  /** The same backup, and what is known of its last verification. */
  told(backup: BackupInfo): BackupInfo;
  /** Ends the verifications that are in the way of a backup, and waits a moment for their end. */
  makeWay(): Promise<void>;
}

/** How long the end of what was told to end is waited for. */
const CANCEL_WAIT_MS = 30_000;
const WAY_WAIT_MS = 10_000;

/** Those that the Backuper of the host can do. */
export function createHostTasks(options: HostTasksOptions): HostTasks {
  const { backuper, live, book, clock } = options;
  return {
    told(backup) {
      const last = book.lastOf(backup.id);
      return last === undefined ? backup : { ...backup, verification: reportOf(options, last) };
    },
    async makeWay() {
      if (options.room() > 0) return;
      const inTheWay = live.of("verification");
      for (const one of inTheWay) one.cancel("a backup was due meanwhile, which goes first");
      const ended = Promise.allSettled(inTheWay.map((one) => one.ended));
      await within(clock, WAY_WAIT_MS, ended, "").catch(() => {});
    },
    ...(backuper.verify === undefined ? {} : {
      verify: (id, call) => verify(options, id, call),
      verifyAsked: (id, call) => verify(options, id, call),
      cancelVerification: async (id, verificationId) => {
        const one = live.find("verification", verificationId);
        if (one?.entry.id === id) await end(options, one);
      },
    }),
    ...(backuper.restore === undefined || isNowhere(options) ? {} : restorer(options)),
    ...(backuper.browse === undefined ? {} : {
      async browse(id, path, after, limit) {
        const { dataId = id } = await demandThere(options, id, "look into");
        const over = clock.timeout(options.browseLimitMs);
        const task = { id, dataId, path, after, limit, signal: over.signal };
        try {
          const looked = Promise.resolve().then(() => backuper.browse!(task));
          return await within(clock, options.browseLimitMs, looked, "it took too long");
        } catch (error) {
          const message = `Cannot look into backup '${id}': ${options.texts.textOf(error)}`;
          throw new ProviderError("unknown", message, { status: 503, cause: error });
        } finally {
          over.dispose();
        }
      },
    }),
  };
}

async function verify(options: HostTasksOptions, id: string, call: VerifyAsked): Promise<VerificationReport> {
  const { live, book, backuper } = options;
  await options.admit(call.job, call.fence);
  const again = () =>
    live.find("verification", call.verificationId)?.entry ?? book.find("verification", call.verificationId);
  if (again() === undefined) {
    const { dataId = id } = await demandThere(options, id, "verify");
    const other = live.of("verification")[0];
    if (again() === undefined) {
      if (other !== undefined) throw busy("verify", id, `backup '${other.entry.id}' is being verified`);
      if (options.room() <= 0) throw busy("verify", id, "a backup is being made");
      const scratch = call.method === "restore"
        ? `${options.scratchFolder}/schelly-verify-${options.ids.uuidv7()}`
        : null;
      await begin(
        options,
        { kind: "verification", taskId: call.verificationId, id, method: call.method, scratch },
        async (tools) => {
          const task = { ...tools, dataId, method: call.method, job: call.job, body: options.createBody };
          const result = await backuper.verify!({ ...task, scratch: scratch ?? "" });
          const { passed, ...found } = result;
          return { ...found, state: passed ? "passed" : "failed" };
        },
        (message, why) => ({ state: "inconclusive", message: why ?? message }),
      );
    }
  }
  const entry = again()!;
  if (entry.id === id) return reportOf(options, entry);
  throw new ProviderError(
    "refused",
    `Cannot verify backup '${id}': this verification was one of '${entry.id}'`,
    {
      status: 422,
    },
  );
}

/** What may change is asked for at each restore. */
function isNowhere({ restoreRoots }: HostTasksOptions): boolean {
  return Array.isArray(restoreRoots) && restoreRoots.length === 0;
}

function restorer(options: HostTasksOptions): Restorer {
  const { live, book, backuper } = options;
  const operationOf = (id: string) => {
    const entry = live.find("restore", id)?.entry ?? book.find("restore", id);
    return entry === undefined ? undefined : toOperation(options, entry);
  };
  return {
    async restore(id, call) {
      if (operationOf(call.operationId) === undefined) {
        const { dataId = id } = await demandThere(options, id, "restore");
        const nobody = { id, signal: new AbortController().signal, progress() {}, output() {}, started() {} };
        const { restoreRoots } = options;
        const roots = typeof restoreRoots === "function" ? restoreRoots() : restoreRoots;
        const work = { backuper, call, dataId, task: nobody, roots };
        const checked = await checkRestore(options, work);
        if (operationOf(call.operationId) === undefined) {
          const other = live.of("restore")[0];
          if (other !== undefined) throw busy("restore", id, `backup '${other.entry.id}' is being restored`);
          await begin(
            options,
            {
              kind: "restore",
              taskId: call.operationId,
              id,
              target: checked.target.path,
              gathered: gatheringIn(checked.target.gatherIn.folder, call.operationId),
              dryRun: call.dryRun,
            },
            async (task) => {
              const { message, files, bytes } = await restoreBackup(options, { ...checked, task });
              return { state: "done", message: message ?? "", files: files ?? null, bytes: bytes ?? null };
            },
            (message) => ({ state: "failed", message }),
          );
        }
      }
      const operation = operationOf(call.operationId)!;
      if (operation.id === id) return operation;
      const message = `Cannot restore backup '${id}': this operation was one of '${operation.id}'`;
      throw new ProviderError("refused", message, { status: 422 });
    },
    operation: (operationId) => Promise.resolve(operationOf(operationId)),
    async cancelOperation(operationId) {
      const one = live.find("restore", operationId);
      if (one !== undefined) await end(options, one);
    },
  };
}

async function begin(
  { live, clock, origin, memory, texts }: HostTasksOptions,
  what: Pick<TaskEntry, "kind" | "taskId" | "id"> & Partial<TaskEntry>,
  work: Parameters<LiveTasks["begin"]>[1],
  endOf: Parameters<LiveTasks["begin"]>[2],
): Promise<void> {
  const nothing = { files: null, bytes: null, durationMs: null, method: null, target: null, scratch: null };
  const entry: TaskEntry = {
    ...nothing,
    ...{ state: "running", dryRun: false, message: "", processes: [] },
    ...origin,
    startedAt: clock.now(),
    endedAt: null,
    ...what,
  };
  await live.begin(entry, work, endOf).catch((error) => {
    const message = `Cannot begin: what is kept in ${memory.place} cannot be written: ${texts.textOf(error)}`;
    throw new ProviderError("unsent", message, { status: 503, cause: error });
  });
}

async function end({ clock }: HostTasksOptions, one: LiveTask): Promise<void> {
  one.cancel("it was cancelled");
  await within(clock, CANCEL_WAIT_MS, one.ended, "it is still ending").catch((error) => {
    throw new ProviderError("unknown", (error as Error).message, { status: 503, cause: error });
  });
}

/** Rejects for a backup that is not there in full. */
async function demandThere(options: HostTasksOptions, id: string, verb: string): Promise<BackupInfo> {
  const answer = await options.get(id);
  const refuse = (status: number, why: string) =>
    new ProviderError("refused", `Cannot ${verb} backup '${id}': ${why}`, { status });
  if (answer.found === "no") throw refuse(404, "there is none of that id");
  if (answer.found === "gone") throw refuse(410, "it was deleted");
  if (answer.backup.state === "running") throw refuse(422, "it is still being made");
  if (answer.backup.state === "failed") throw refuse(422, "it failed, and is not whole");
  return answer.backup;
}

function busy(verb: string, id: string, why: string): ProviderError {
  return new ProviderError("unsent", `Cannot ${verb} backup '${id}' now: ${why}`, { status: 409 });
}

function reportOf({ live }: HostTasksOptions, entry: TaskEntry): VerificationReport {
  const message = live.find("verification", entry.taskId)?.message ?? entry.message;
  const { state, method, endedAt, startedAt, bytes, files, durationMs, partial, taskId } = entry;
  return {
    state: state === "done" ? "passed" : state,
    method: method ?? "check",
    at: endedAt ?? startedAt,
    verificationId: taskId,
    ...(message === "" ? {} : { message }),
    ...(bytes === null ? {} : { bytes }),
    ...(files === null ? {} : { files }),
    ...(durationMs === null ? {} : { durationMs }),
    ...(partial ? { partial } : {}),
  };
}

function toOperation({ live }: HostTasksOptions, entry: TaskEntry): RestoreOperation {
  const { taskId, id, state, target, dryRun, files, bytes, startedAt, endedAt } = entry;
  return {
    operationId: taskId,
    id,
    state: state === "running" || state === "done" ? state : "failed",
    target: target ?? "",
    dryRun,
    message: live.find("restore", taskId)?.message ?? entry.message,
    ...(files === null ? {} : { files }),
    ...(bytes === null ? {} : { bytes }),
    startedAt,
    ...(endedAt === null ? {} : { endedAt }),
  };
}
