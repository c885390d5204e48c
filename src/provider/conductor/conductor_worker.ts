// A worker of a Conductor server: asks it for backups to make and to remove, and has a `Backuper` do them, one at a time.
// What it answered is tried until Conductor has it, and work that nobody wants any more is ended.

import { z } from "zod";
import type { Json } from "../../domain/job.ts";
import type { Clock, Http } from "../../ports/host.ts";
import type { Backuper } from "../../ports/provider.ts";
import { exchange } from "../client/exchange.ts";

export interface ConductorWorkerOptions {
  /** Conductor's API, such as `http://conductor:8080/api`. */
  url: string;
  /** What Conductor shows it as, one for each process. */
  name: string;
  headers?: Record<string, string>;
  /** The tasks it does; default `backup` and `remove`. */
  tasks?: { backup: string; remove: string };
  /** Hears of what it does, a line each; default nobody. */
  tell?(line: string): void;
}

/** Disposing ends its work: what is being made then fails, and says so. */
export interface ConductorWorker extends AsyncDisposable {
  /** Resolves once it was disposed; rejects where the Backuper cannot be used. */
  done: Promise<void>;
}

interface WorkerPorts {
  clock: Clock;
  http: Http;
}

const IDLE_MS = 500;
const TROUBLE_MS = 5_000;
const CALL_MS = 30_000;
/** How often it is looked whether a workflow still wants the work; after so many looks it is told that the work goes on. */
const LOOK_MS = 5_000;
const LOOKS_A_LEASE = 4;
/** How long an answer is tried. */
const ANSWER_MS = 600_000;

const TaskSchema = z.object({
  taskId: z.string(),
  workflowInstanceId: z.string(),
  correlationId: z.string().nullish(),
  pollCount: z.number().nullish(),
  inputData: z.record(z.string(), z.json()).nullish().transform((given) => given ?? {}),
});
type Task = z.infer<typeof TaskSchema>;

/** Begins to work. */
export function workOnConductor(
  backuper: Backuper,
  options: ConductorWorkerOptions,
  { clock, http }: WorkerPorts,
): ConductorWorker {
  const stop = new AbortController();
  const { tasks = { backup: "backup", remove: "remove" }, tell = () => {} } = options;
  const caller: Caller = { clock, http, options };

  async function work(): Promise<void> {
    await backuper.init();
    while (!stop.signal.aborted) {
      let waitMs: number | undefined = IDLE_MS;
      for (const kind of ["backup", "remove"] as const) {
        const polled = await call(
          caller,
          "GET",
          `/tasks/poll/${tasks[kind]}?workerid=${encodeURIComponent(options.name)}`,
        );
        const task = TaskSchema.safeParse(polled.value);
        if (polled.status !== 200 && polled.status !== 204) {
          tell(`Cannot ask for work: ${polled.why}`);
          waitMs = TROUBLE_MS;
        } else if (task.success) {
          tell(`${kind} of workflow ${task.data.workflowInstanceId}`);
          await serve(backuper, caller, kind, task.data, stop.signal, tell);
          waitMs = undefined;
        }
        if (stop.signal.aborted) return;
      }
      if (waitMs !== undefined) await clock.sleep(waitMs, stop.signal).catch(() => {});
    }
  }

  const done = work();
  return {
    done,
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("the worker was stopped"));
      await done.catch(() => {});
    },
  };
}

/** Does one task, and answers it. */
async function serve(
  backuper: Backuper,
  caller: Caller,
  kind: "backup" | "remove",
  task: Task,
  stop: AbortSignal,
  tell: (line: string) => void,
): Promise<void> {
  const over = new AbortController();
  const unwanted = new AbortController();
  const looking = lookAfter(caller, task, unwanted, over.signal);
  const signal = AbortSignal.any([stop, unwanted.signal]);
  let answer: Record<string, Json>;
  try {
    const outputData =
      await (kind === "backup" ? make(backuper, task, signal, tell) : remove(backuper, task, signal));
    answer = { status: "COMPLETED", outputData };
  } catch (error) {
    const why = signal.aborted ? signal.reason : error;
    answer = { status: "FAILED", reasonForIncompletion: why instanceof Error ? why.message : String(why) };
    tell(`${kind} of workflow ${task.workflowInstanceId} failed: ${answer.reasonForIncompletion}`);
  }
  over.abort();
  await looking;
  const until = caller.clock.monotonic() + ANSWER_MS;
  for (let waitMs = 500;; waitMs = Math.min(waitMs * 2, 30_000)) {
    const taken = await update(caller, task, answer);
    if (taken.status === 200 || (taken.status >= 400 && taken.status < 500)) return;
    if (caller.clock.monotonic() >= until) {
      return tell(`Cannot answer workflow ${task.workflowInstanceId}: ${taken.why}`);
    }
    await caller.clock.sleep(waitMs);
  }
}

async function make(
  backuper: Backuper,
  task: Task,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<Json> {
  const id = task.workflowInstanceId;
  // Half of it may lie where this one would write.
  if ((task.pollCount ?? 1) > 1) {
    throw new Error("the worker that was at it before has stopped in the middle");
  }
  const job = task.inputData.backupName;
  const { dataId = id, files, sizeMb } = await backuper.create({
    id,
    runId: task.correlationId ?? null,
    job: typeof job === "string" ? job : null,
    slot: null,
    body: task.inputData as Json,
    signal,
    progress: tell,
    output: tell,
    started: () => {},
  });
  const size = files === 0 ? 0 : sizeMb;
  return { dataId, ...(size === undefined ? {} : { dataSizeMB: size }) };
}

/** The correlation of a removal is the id of the backup; another's that has none goes by the data alone. */
async function remove(
  backuper: Backuper,
  { correlationId, inputData }: Task,
  signal: AbortSignal,
): Promise<Json> {
  const { dataId } = inputData;
  if (typeof dataId !== "string" || dataId === "") {
    throw new Error("the input has no 'dataId': expected what to remove");
  }
  const wasThere = await backuper.delete(
    correlationId ?? dataId,
    dataId,
    inputData as Json,
    signal,
    "available",
  );
  return { wasThere };
}

/** Says that the work goes on, and ends it where the workflow is over; until that signal. */
async function lookAfter(
  caller: Caller,
  task: Task,
  unwanted: AbortController,
  over: AbortSignal,
): Promise<void> {
  for (let looks = 1; !over.aborted; looks++) {
    await caller.clock.sleep(LOOK_MS, over).catch(() => {});
    if (over.aborted) return;
    if (looks % LOOKS_A_LEASE === 0) await update(caller, task, { status: "IN_PROGRESS", extendLease: true });
    const { value } = await call(caller, "GET", `/workflow/${task.workflowInstanceId}?includeTasks=false`);
    const status = (value as { status?: unknown } | undefined)?.status;
    if (typeof status !== "string" || status === "RUNNING" || status === "PAUSED") continue;
    unwanted.abort(new Error(`the workflow is over: ${status}`));
    return;
  }
}

interface Caller extends WorkerPorts {
  options: ConductorWorkerOptions;
}

function update(caller: Caller, { taskId, workflowInstanceId }: Task, what: Record<string, Json>) {
  return call(caller, "POST", "/tasks", {
    taskId,
    workflowInstanceId,
    workerId: caller.options.name,
    ...what,
  });
}

/** Never rejects; status 0 where no answer came. */
async function call(
  { clock, http, options: { url, headers = {} } }: Caller,
  method: "GET" | "POST",
  path: string,
  body?: Json,
): Promise<{ status: number; value: unknown; why: string }> {
  const answer = await exchange({ clock, http }, {
    method,
    url: `${url.replace(/\/+$/, "")}${path}`,
    headers: { accept: "application/json", "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    limitMs: CALL_MS,
    needsBody: [200],
  });
  if (!answer.answered) return { status: 0, value: undefined, why: answer.why };
  const text = new TextDecoder().decode(answer.bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Some answers are no JSON.
  }
  return { status: answer.status, value, why: `status ${answer.status}: ${text.slice(0, 200)}` };
}
