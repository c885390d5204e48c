// `schelly state restore`: puts a copy in the place of the state while no server uses it, and says what that loses.

import { resolvePath } from "../../domain/path.ts";
import type { Command } from "commander";
import { newestCopy } from "../../app/snapshots/snapshot_names.ts";
import type { StateConfig } from "../../config/values/config.ts";
import { counted } from "../../domain/count_text.ts";
import { iso } from "../../domain/instant.ts";
import { StoreError } from "../../domain/errors.ts";
import type { Host } from "../../ports/host.ts";
import type { RestoredFile } from "../../store/restore_file.ts";
import type { StateHoldings } from "../../store/read/snapshot.ts";
import { confirm } from "../terminal/confirm.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { configOption, type Context, example, jsonOption, yesOption } from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";

interface RestoreArgs {
  config?: string;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

const HOW = `
The server is stopped first. What was there is kept beside the state, whole. At its next start the server deletes
nothing before \`schelly retention approve JOB\`, and takes in what its providers list of the jobs' backups.
`;

/** Declares the command below \`state\`. */
export function addStateRestore(state: Command, { host, finish }: Context): void {
  const restore = state.command("restore")
    .description("put a copy of the state in place; the server is stopped")
    .argument("[file]", "a copy; absent: the newest in the folder of state.snapshots.to")
    .option("--dry-run", "only look at the copy, and say what it would lose")
    .addHelpText("after", HOW);
  example(
    configOption(jsonOption(yesOption(restore))),
    "schelly state restore",
    "schelly state restore copy.db --dry-run",
  );
  restore.action(async (file, options) => finish(await restoreState(file, options, host)));
}

async function restoreState(file: string | undefined, args: RestoreArgs, host: Host): Promise<number> {
  const { state } = await loadConfiguration({ config: args.config }, host, "optional");
  const from = file === undefined
    ? await newestIn(state, host)
    : resolvePath(host.files.workingFolder(), file);
  const looked = await restore(state.url, from, true, host);
  const display = displayOf(host);
  if (args.dryRun) return show(looked, from, args, display);
  if (!args.json) show(looked, from, args, display);
  await confirm(host, args.yes, `Put ${from} in the place of the state? ${lossesOf(looked)}`);
  const done = await restore(state.url, from, false, host);
  if (args.json) return show(done, from, args, display);
  display.note(
    `The state is the copy now${
      done.keptAt === null ? "" : `; what was there is kept at ${done.keptAt}`
    }. Start the ` +
      "server: it deletes nothing before `schelly retention approve JOB`, and takes in what its providers list.",
  );
  return EXIT.ok;
}

async function restore(url: string, from: string, dryRun: boolean, host: Host): Promise<RestoredFile> {
  const { restoreFile } = await import("../../store/restore_file.ts");
  try {
    return await restoreFile(url, from, dryRun, host);
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== "in_use") throw error;
    throw new Failure(EXIT.inUse, `${error.message}: stop the server first`);
  }
}

async function newestIn({ snapshotFolder }: StateConfig, { files }: Host): Promise<string> {
  if (snapshotFolder === undefined) {
    throw new Failure(
      EXIT.usage,
      "Cannot restore the state: name a copy, or state.snapshots.to in the configuration",
    );
  }
  const names = await files.list(snapshotFolder).catch((error) => {
    throw new Failure(
      EXIT.notFound,
      `Cannot look for copies in '${snapshotFolder}': ${(error as Error).message}`,
    );
  });
  const newest = newestCopy(names);
  if (newest !== undefined) return `${snapshotFolder}/${newest}`;
  throw new Failure(EXIT.notFound, `There is no copy of the schedule in '${snapshotFolder}': name a file`);
}

async function show(
  found: RestoredFile,
  from: string,
  { json }: RestoreArgs,
  display: Display,
): Promise<number> {
  if (json) {
    display.json({
      from,
      ...viewOf(found.copy),
      before: found.before === null ? null : viewOf(found.before),
      damage: found.damage,
      kept_at: found.keptAt,
    });
    return EXIT.ok;
  }
  const { copy, before, damage } = found;
  await display.fields([
    ["copy", from],
    [
      "taken",
      copy.copiedAt === null ? "unknown: it was made by other means" : display.longTime(iso(copy.copiedAt)),
    ],
    ["holds", wordsOf(copy, display)],
    [
      "in place of",
      damage !== null ? `a state that is damaged: ${damage}` : before ? wordsOf(before, display) : "nothing",
    ],
  ]);
  for (const line of notesOf(found)) display.note(line);
  return EXIT.ok;
}

function viewOf({ storeId, copiedAt, jobs, runs, available, newestRunAt }: StateHoldings) {
  const copied = copiedAt === null ? null : iso(copiedAt);
  const newest = newestRunAt === null ? null : iso(newestRunAt);
  return { store_id: storeId, taken_at: copied, jobs, runs, available, newest_run_at: newest };
}

function wordsOf({ jobs, runs, available, newestRunAt }: StateHoldings, display: Display): string {
  const newest = newestRunAt === null ? "" : `, the newest run of ${display.longTime(iso(newestRunAt))}`;
  return `${counted(jobs, "job")}, ${counted(runs, "run")}, ${counted(available, "backup")}${newest}`;
}

/** What goes with the state that is replaced, in a sentence. */
function lossesOf({ copy, before }: RestoredFile): string {
  const since = copy.copiedAt === null ? "it was made" : iso(copy.copiedAt);
  const counts = before === null || before.storeId !== copy.storeId
    ? ""
    : ` (${Math.max(0, before.runs - copy.runs)} runs more were on record)`;
  return `What happened since ${since} is lost to it${counts}: runs, holds, freezes, pauses, approvals, verdicts on ` +
    "suspects, events and the audit trail";
}

function notesOf(found: RestoredFile): string[] {
  const other = found.before !== null && found.before.storeId !== found.copy.storeId;
  return [
    `${lossesOf(found)}.`,
    ...(other ? ["The copy is of another state than the one that is there."] : []),
    "Backups made since are taken in again where their provider lists them with job and machine; others stay where they " +
    "are, unknown. A hold made since must be made again.",
  ];
}
