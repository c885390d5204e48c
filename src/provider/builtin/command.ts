// The built-in `command`: any program makes, deletes, looks up and lists backups, told by environment variables.
//
// create  exit 0: made. The last line of output may be a JSON object {"data_id", "size_mb", "files", "message"}; any
//         other last line is the message. Another exit code: failed.
// delete  exit 0: deleted; 3: was not there; 4: the storage refuses it, until the "locked_until" of a JSON object in the
//         last line of output, where there is one. Also called, with SCHELLY_DATA_ID = SCHELLY_BACKUP_ID, for a backup
//         that failed or was cancelled, to remove what it may have left; SCHELLY_OUTCOME says which.
// get     exit 0: there, with an optional JSON object as above, its "id" and "locked_until", null for none; 3: not there.
// verify  exit 0: proved, 1: damaged, another: nothing was found out; in the empty folder SCHELLY_SCRATCH. The last line of
//         output may be a JSON object {"bytes", "files", "seconds", "message"}; any other last line is the message.
// list    exit 0: one JSON object a line, {"id", "data_id", "run_id", "job", "host", "paths", "size_mb", "start_time",
//         "end_time", "locked_until"}.
// restore, browse: see `command_restore.ts`.

import { z } from "zod";
import type { Json } from "../../domain/job.ts";
import type { CommandProviderSpec } from "../../domain/provider_spec.ts";
import type { Clock, Files, Processes, ProcessResult } from "../../ports/host.ts";
import type {
  Backuper,
  BackupOrigin,
  BackupOutcome,
  BackupResult,
  BackupTask,
  StoredBackup,
} from "../../ports/provider.ts";
import { BackupFailure, LockedUntil } from "../host/backup_failure.ts";
import { hookEnv } from "../host/backup_work.ts";
import { createCommandRestore } from "./command_restore.ts";
import { checkProgram } from "./find_program.ts";
import { verifyOfCommand } from "./command_verify.ts";
import { hostName } from "./host_name.ts";

interface CommandPorts {
  clock: Clock;
  files: Files;
  processes: Processes;
  /** The environment of this program, for PATH. */
  env: Record<string, string>;
}

type Argv = [string, ...string[]];

const COMMANDS = ["create", "delete", "get", "list", "verify", "restore", "browse"] as const;

/** Exit code of delete and get for "not there". */
const NOT_THERE = 3;
/** Exit code of delete for "the storage refuses it for now". */
const LOCKED = 4;
const MAX_LISTED = 10_000;

const textId = z.union([z.string().max(4096), z.number().transform(String)]).nullish()
  .transform((id) => id === null || id === "" ? undefined : id);
const answerSchema = z.looseObject({
  id: textId,
  data_id: textId,
  size_mb: z.number().nonnegative().nullish(),
  files: z.number().nonnegative().nullish(),
  message: z.string().nullish(),
  locked_until: z.iso.datetime({ offset: true }).nullish()
    .transform((text) => typeof text === "string" ? Date.parse(text) : text),
});
const time = z.iso.datetime({ offset: true }).nullish()
  .transform((text) => text === null || text === undefined ? undefined : Date.parse(text));
const listedSchema = answerSchema.extend({
  run_id: z.string().nullish(),
  job: z.string().nullish(),
  host: z.string().nullish(),
  paths: z.array(z.string()).nullish(),
  start_time: time,
  end_time: time,
});

type Env = Record<string, string>;

/** Runs the commands of `spec`. */
export function createCommandBackuper(spec: CommandProviderSpec, ports: CommandPorts): Backuper {
  const { clock, processes } = ports;

  function run(
    argv: Argv,
    env: Record<string, string>,
    more: { signal: AbortSignal; task?: BackupTask; onLine?: (line: string) => void },
  ): Promise<ProcessResult> {
    return processes.run({
      argv,
      env: { ...spec.env, ...env },
      cwd: spec.cwd ?? undefined,
      signal: more.signal,
      onStart: more.task?.started,
      scope: more.task?.scope,
      onStdoutLine: (line) => {
        more.task?.output(line);
        more.onLine?.(line);
      },
      onStderrLine: (line) => more.task?.output(line),
    });
  }

  /** For look-ups, which have no signal of their own. */
  async function ask(
    argv: Argv,
    env: Record<string, string>,
    onLine?: (line: string) => void,
  ): Promise<ProcessResult> {
    const limit = clock.timeout(spec.timeouts.getMs);
    try {
      const result = await run(argv, env, { signal: limit.signal, onLine });
      if (!limit.signal.aborted) return result;
      throw new BackupFailure(
        "too_long",
        `'${argv[0]}' took longer than ${spec.timeouts.getMs / 1000} s and was ended`,
      );
    } finally {
      limit.dispose();
    }
  }

  async function create(task: BackupTask): Promise<BackupResult> {
    let last = "";
    const result = await run(spec.create, envOf(task.id, "", task, task.body), {
      signal: task.signal,
      task,
      onLine(line) {
        if (line.trim() === "") return;
        last = line.trim();
        if (!last.startsWith("{")) task.progress(last);
      },
    });
    if (task.signal.aborted) throw new BackupFailure("stopped", "it was stopped before it was complete");
    if (result.code !== 0) throw exitFailure("create", spec.create, result);
    return readResult(last);
  }

  async function remove(env: Env, signal: AbortSignal, outcome: BackupOutcome): Promise<boolean> {
    const result = await run(spec.delete, env, { signal });
    const tooLong = `the delete command '${spec.delete[0]}' took too long and was ended`;
    if (signal.aborted) throw new BackupFailure("too_long", tooLong);
    if (result.code === 0) return true;
    if (result.code === NOT_THERE) return false;
    throw deleteFailure(spec.delete, result, outcome);
  }

  async function get(argv: Argv, env: Env, dataId: string): Promise<StoredBackup | undefined> {
    const result = await ask(argv, env);
    if (result.code === NOT_THERE) return undefined;
    if (result.code !== 0) throw exitFailure("get", argv, result);
    const answer = parseAnswer(lastLine(result.stdout));
    // Without an id of its own the program has only said yes: enough for a backup the journal knows.
    return {
      id: answer?.id ?? "",
      dataId: answer?.data_id ?? dataId,
      ...factsOf(answer),
    };
  }

  async function list(argv: Argv): Promise<StoredBackup[]> {
    const found: StoredBackup[] = [];
    let problem: string | undefined;
    const result = await ask(argv, envOf("", ""), (line) => {
      if (line.trim() === "" || problem !== undefined) return;
      if (found.length === MAX_LISTED) problem = `more than ${MAX_LISTED} lines`;
      else {try {
          found.push(toStored(listedSchema.parse(JSON.parse(line))));
        } catch (error) {
          problem = `line '${line.slice(0, 80)}' is no JSON object of a backup: ${describe(error)}`;
        }}
    });
    if (result.code !== 0) throw exitFailure("list", argv, result);
    if (problem !== undefined) {
      throw new BackupFailure(
        "malformed",
        `Cannot read the output of the list command '${argv[0]}': ${problem}`,
      );
    }
    return found;
  }

  return {
    init: () => Promise.resolve(),
    create,
    delete: (id, dataId, body, signal, outcome = "available", origin) =>
      remove({ ...envOf(id, dataId, origin, body), SCHELLY_OUTCOME: outcome }, signal, outcome),
    ...verifyOfCommand(spec, ports, (task) => envOf(task.id, task.dataId, task.origin, task.body)),
    ...(spec.get === null ? {} : {
      get: (id: string, dataId: string, origin?: BackupOrigin) =>
        get(spec.get!, envOf(id, dataId, origin), dataId),
    }),
    ...(spec.list === null ? {} : { list: () => list(spec.list!), host: () => hostName(processes) }),
    ...createCommandRestore(spec, processes),
    check: () =>
      Promise.all(
        COMMANDS.flatMap((name) => {
          const argv = spec[name];
          const path = spec.env.PATH ?? ports.env.PATH ?? "";
          return argv ? [checkProgram(ports.files, `${name} command`, argv[0], path, spec.cwd)] : [];
        }),
      ),
  };
}

const NOBODYS: BackupOrigin = { runId: null, job: null, slot: null };

/** What every command is told; what is not known is empty, never unset, or `bash -u` would end a delete half-way. */
function envOf(
  id: string,
  dataId: string,
  { runId, job, slot }: BackupOrigin = NOBODYS,
  body?: Json,
): Env {
  return { ...hookEnv({ id, runId, job, slot, body }), SCHELLY_DATA_ID: dataId };
}

/** A last line that is a JSON object says more than a message; one that cannot be read fails the backup. */
function readResult(last: string): BackupResult {
  const answer = parseAnswer(last);
  if (answer === undefined) return last === "" ? {} : { message: last };
  const result: BackupResult = {};
  if (answer.data_id !== undefined) result.dataId = answer.data_id;
  if (typeof answer.size_mb === "number") result.sizeMb = answer.size_mb;
  if (typeof answer.files === "number") result.files = answer.files;
  if (typeof answer.message === "string") result.message = answer.message;
  return result;
}

function parseAnswer(last: string): z.infer<typeof answerSchema> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(last);
  } catch {
    return undefined;
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const parsed = answerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Guessing here could delete the wrong thing later, since the data_id is what a deletion goes by.
  throw new BackupFailure(
    "malformed",
    `Cannot read the last line of output '${last.slice(0, 200)}': ${describe(parsed.error)}: ` +
      'expected {"data_id": text, "size_mb": number, "files": number, "message": text}, each optional',
  );
}

function toStored(listed: z.infer<typeof listedSchema>): StoredBackup {
  const stored: StoredBackup = { id: listed.id ?? "" };
  if (listed.data_id !== undefined) stored.dataId = listed.data_id;
  if (typeof listed.run_id === "string") stored.runId = listed.run_id;
  if (listed.job) stored.job = listed.job;
  if (listed.host) stored.host = listed.host;
  if (listed.paths) stored.paths = listed.paths;
  if (typeof listed.size_mb === "number") stored.sizeMb = listed.size_mb;
  if (listed.start_time !== undefined) stored.startTime = listed.start_time;
  if (listed.end_time !== undefined) stored.endTime = listed.end_time;
  if (listed.locked_until !== undefined) stored.lockedUntil = listed.locked_until;
  return stored;
}

function exitFailure(which: string, argv: Argv, result: ProcessResult): BackupFailure {
  const how = result.signal === null
    ? `ended with exit code ${result.code}`
    : `was ended by ${result.signal}`;
  const said = lastLine(result.stderr) || lastLine(result.stdout);
  return new BackupFailure(
    "exit_code",
    `the ${which} command '${argv[0]}' ${how}${said === "" ? "" : `: ${said}`}`,
  );
}

/** What is known of a backup beside its ids. */
function factsOf(
  answer: z.infer<typeof answerSchema> | undefined,
): Pick<StoredBackup, "sizeMb" | "lockedUntil"> {
  return {
    ...(typeof answer?.size_mb === "number" ? { sizeMb: answer.size_mb } : {}),
    ...(answer?.locked_until === undefined ? {} : { lockedUntil: answer.locked_until }),
  };
}

/** A date that cannot be read is none: then it is asked again sooner. */
function lockOf(argv: Argv, result: ProcessResult): LockedUntil {
  const last = lastLine(result.stdout);
  let until: number | null = null;
  let said = last;
  try {
    const answer = parseAnswer(last);
    until = answer?.locked_until ?? null;
    if (answer !== undefined) said = answer.message ?? "";
  } catch (error) {
    if (!(error instanceof BackupFailure)) throw error;
  }
  const words = said || lastLine(result.stderr);
  return new LockedUntil(
    `the delete command '${argv[0]}' says that its storage refuses it${words === "" ? "" : `: ${words}`}`,
    until,
  );
}

/** Where the backup had failed, all tries to come would end the same way for want of a word. */
function deleteFailure(
  argv: Argv,
  result: ProcessResult,
  outcome: BackupOutcome,
): BackupFailure | LockedUntil {
  if (result.code === LOCKED) return lockOf(argv, result);
  const failure = exitFailure("delete", argv, result);
  if (outcome === "available") return failure;
  const had = outcome === "failed" ? "had failed" : "was cancelled";
  const hint = `the backup ${had}: where it left nothing, let the command end with ${NOT_THERE}`;
  return new BackupFailure(failure.reason, `${failure.message}; ${hint}`);
}

function lastLine(text: string): string {
  return text.split("\n").map((line) => line.trim()).findLast((line) => line !== "") ?? "";
}

function describe(error: unknown): string {
  if (!(error instanceof z.ZodError)) return (error as Error).message;
  const issue = error.issues[0]!;
  return issue.path.length === 0 ? issue.message : `'${issue.path.join(".")}': ${issue.message}`;
}
