// Jobs that callers write and remove: each is a file of its own in one folder, judged with the whole configuration before
// it is written, and taken over by one reload whose outcome is the answer. One at a time. Part of the composition root.

import type { AuthConfig, Config, JobsFolder } from "../../config/values/config.ts";
import type { FileEdit } from "../../config/document/edited_files.ts";
import { isJobName, isOnAllHosts, jobText, readJobText, reservedIn } from "../../config/job_text.ts";
import { isMapping } from "../../config/document/tree.ts";
import { ConfigError, formatIssue } from "../../domain/errors.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { FileTree } from "../../ports/file_tree.ts";
import type { Clock, Files } from "../../ports/host.ts";
import type {
  JobEditOutcome,
  JobEdits,
  JobFileOutcome,
  Precondition,
  PutJob,
} from "../../ports/job_edits.ts";
import type { Caller, ReloadOutcome } from "../../ports/operations.ts";
import type { EditPlan } from "./edit_plan.ts";
import { findFile, type FoundFile, type MadeChange, replaceFile } from "./job_file.ts";
import { etagOf, whyNot } from "./preconditions.ts";
import { jobFileEvent } from "./job_file_event.ts";

/** What they act through. */
export interface JobEditsParts {
  clock: Pick<Clock, "now">;
  files: Files;
  tree: Pick<FileTree, "look" | "mayFill">;
  /** In force. */
  config(): Pick<Config, "jobsFolder" | "jobs" | "jobPosition">;
  auth(): AuthConfig;
  /** The configuration as it would be after the edit. Rejects with `ConfigError`. */
  loadEdited(edit: FileEdit): Promise<Config>;
  plan(job: string, next: Config): Promise<EditPlan>;
  reload(by: string): Promise<ReloadOutcome>;
  /** Never rejects. */
  record(event: EngineEvent): Promise<void>;
}

/** One edit of one job: what is to be in its file, null for nothing. */
interface Edit {
  job: string;
  path: string;
  before: string | null;
  text: string | null;
}

/** Builds them. */
export function createJobEdits(parts: JobEditsParts): JobEdits {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
  return {
    jobFile: (job) => readFile(parts, job),
    putJob: (job, by, put) => inTurn(() => putJob(parts, job, by, put)),
    removeJob: (job, by, options) => inTurn(() => removeJob(parts, job, by, options)),
  };
}

async function readFile(parts: JobEditsParts, job: string): Promise<JobFileOutcome> {
  const folder = parts.config().jobsFolder;
  if (folder === undefined) return { outcome: "refused", message: NO_FOLDER };
  const found = isJobName(job)
    ? await findFile(parts, `${folder.path}/${job}.yaml`)
    : { kind: "none" as const };
  return found.kind === "file"
    ? { outcome: "done", text: found.text, etag: etagOf(found.text) }
    : { outcome: "none", message: found.kind === "other" ? found.message : noFile(job, folder) };
}

async function putJob(parts: JobEditsParts, job: string, by: Caller, put: PutJob): Promise<JobEditOutcome> {
  const refusal = await refusalOf(parts, by);
  if (refusal !== undefined) return { outcome: "refused", message: refusal };
  if (!isJobName(job)) {
    const problem =
      `'${job.slice(0, 80)}' is not a name: expected lower case letters, digits, _ . -, at most 63, ` +
      "beginning with a letter or digit";
    return invalid(job, [problem]);
  }
  const wanted = textOf(job, put);
  if ("problems" in wanted) return invalid(job, wanted.problems);
  if (isOnAllHosts(wanted.own)) return invalid(job, [MANY_JOBS]);
  const reserved = by.isLocal ? [] : reservedIn(wanted, wanted.text);
  if (reserved.length > 0) {
    const why =
      "over TCP a job may name a provider of the configuration and run nothing itself; ask at the socket";
    return { ...invalid(job, reserved), message: `Cannot write job '${job}': ${why}` };
  }
  const edit = await editOf(parts, job, wanted.text, put, put.create);
  return "outcome" in edit ? edit : await carryOut(parts, edit, by, put.dryRun);
}

async function removeJob(
  parts: JobEditsParts,
  job: string,
  by: Caller,
  options: Precondition & { dryRun: boolean },
): Promise<JobEditOutcome> {
  const refusal = await refusalOf(parts, by);
  if (refusal !== undefined) return { outcome: "refused", message: refusal };
  const folder = parts.config().jobsFolder!;
  if (!isJobName(job)) return { outcome: "none", message: noFile(job, folder) };
  const edit = await editOf(parts, job, null, options, false);
  return "outcome" in edit ? edit : await carryOut(parts, edit, by, options.dryRun);
}

const NO_FOLDER =
  "Callers change no jobs here: expected jobs_dir, a folder for their files, in the configuration";

/** What an edit does is planned job by job. */
const MANY_JOBS =
  "provider.host: 'all' makes a job on each host, and callers change one job at a time: expected the name of one host";

/** Why this caller may change no job at all. */
async function refusalOf({ config, auth, tree }: JobEditsParts, by: Caller): Promise<string | undefined> {
  if (!by.isLocal && auth().kind !== "named") {
    return "Over TCP jobs are changed by those alone who show a token: give one with the role admin in " +
      "server.auth.tokens, or ask at the socket";
  }
  const folder = config().jobsFolder;
  if (folder === undefined) return NO_FOLDER;
  if (await tree.mayFill(folder.path)) return undefined;
  return `Cannot change jobs: this user may not write to jobs_dir '${folder.path}'`;
}

function textOf(job: string, { wish }: PutJob) {
  if (wish.kind === "text") {
    const read = readJobText(wish.text, job);
    return "problems" in read ? read : { ...read, text: wish.text };
  }
  const { settings } = wish;
  if (!isMapping(settings)) return { problems: ["the body is no object: expected the settings of a job"] };
  // Its name stands first.
  const { name = job, ...others } = settings;
  const text = jobText({ name, ...others });
  const read = readJobText(text, job);
  return "problems" in read ? read : { ...read, text };
}

/** The edit, where what is there lets it be made. */
async function editOf(
  parts: JobEditsParts,
  job: string,
  text: string | null,
  precondition: Precondition,
  create: boolean,
): Promise<Edit | JobEditOutcome> {
  const conflict = (message: string): JobEditOutcome => ({ outcome: "conflict", message });
  const config = parts.config();
  const folder = config.jobsFolder!;
  const path = `${folder.path}/${job}.yaml`;
  const place = config.jobPosition(job);
  if (place !== undefined && place.file !== `${folder.shown}/${job}.yaml`) {
    return conflict(
      `Cannot change job '${job}': it is written in ${place.file}${
        place.line === undefined ? "" : `:${place.line}`
      }: ` +
        `change it there, or move it to ${path}`,
    );
  }
  const found: FoundFile = await findFile(parts, path);
  if (found.kind === "other") return conflict(`Cannot change job '${job}': ${found.message}`);
  const before = found.kind === "file" ? found.text : null;
  if (create && (place !== undefined || before !== null)) {
    return conflict(`Cannot create job '${job}': there is one: replace it by PUT`);
  }
  const unmet = whyNot(precondition, before === null ? null : etagOf(before));
  if (unmet !== undefined) {
    return { outcome: "precondition", message: `Cannot change job '${job}': ${unmet}: look at it again` };
  }
  if (before === null && text === null) return { outcome: "none", message: noFile(job, folder) };
  const known = before === null ? { own: {}, variables: new Set() } : readJobText(before, job);
  if ("problems" in known) {
    return conflict(
      `Cannot change job '${job}': '${path}' is not the file of this job alone: ${known.problems[0]}`,
    );
  }
  if (isOnAllHosts(known.own)) {
    return conflict(
      `Cannot change job '${job}': '${path}' makes a job on each host of its provider: change it by hand`,
    );
  }
  return { job, path, before, text };
}

async function carryOut(
  parts: JobEditsParts,
  { job, path, before, text }: Edit,
  by: Caller,
  dryRun: boolean,
): Promise<JobEditOutcome> {
  let plan: EditPlan;
  try {
    plan = await parts.plan(job, await parts.loadEdited({ path, text }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const errors = error.issues.filter(({ severity }) => severity === "error");
    return invalid(job, (errors.length > 0 ? errors : error.issues).map(formatIssue));
  }
  const done = (reload: string[], isWritten: boolean): JobEditOutcome => {
    const there = isWritten ? text : before;
    const etag = there === null ? null : etagOf(there);
    const view = { job, file: path, etag, dry_run: !isWritten, ...plan, reload };
    return { outcome: "done", view, created: isWritten && before === null };
  };
  if (dryRun) return done(plan.reload, false);
  let made: MadeChange;
  try {
    made = await replaceFile(parts.files, path, before, text);
  } catch (error) {
    const why = `'${path}' cannot be written: ${(error as Error).message}: nothing was changed`;
    return { outcome: "conflict", message: `Cannot change job '${job}': ${why}` };
  }
  const outcome = await reloadOrUndo(parts, made, by);
  if (!outcome.ok) {
    const back = outcome.undone ? "the file is as it was before" : `'${path}' could not be put back`;
    return {
      outcome: "conflict",
      message: `Cannot change job '${job}': it was not taken over, and ${back}: ${
        outcome.messages.join("; ")
      }`,
    };
  }
  // What is left beside the file is no text of the configuration.
  await made.settle().catch(() => {});
  await parts.record(jobFileEvent(parts.clock.now(), { job, path, before, text }, by));
  return done(outcome.messages, true);
}

/** Where the change is not taken over, all is as before. Rejects as the reload does. */
async function reloadOrUndo(
  { reload }: JobEditsParts,
  made: MadeChange,
  { name }: Caller,
): Promise<ReloadOutcome & { undone: boolean }> {
  const undo = () => made.undo().then(() => true, () => false);
  let outcome: ReloadOutcome;
  try {
    outcome = await reload(name);
  } catch (error) {
    await undo();
    throw error;
  }
  if (outcome.ok) return { ...outcome, undone: false };
  const undone = await undo();
  // So that what is in force, and what the watcher of the files knows, is what they say.
  await reload(name).catch(() => {});
  return { ...outcome, undone };
}

function invalid(job: string, problems: string[]) {
  const message = `Cannot write job '${
    job.slice(0, 80)
  }': the configuration with it is not valid: nothing was changed`;
  return { outcome: "invalid" as const, message, problems };
}

function noFile(job: string, folder: JobsFolder): string {
  return `There is no file of a job '${job.slice(0, 80)}' in '${folder.path}'`;
}
