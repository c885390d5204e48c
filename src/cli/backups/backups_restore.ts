// `schelly backups restore` and `schelly backups browse`: for whoever must get something back.

import { wholePath } from "../../domain/path.ts";
import type { Command } from "commander";
import { insidePath } from "../../domain/inside_path.ts";
import { iso } from "../../domain/instant.ts";
import { byHand } from "../../domain/recovery/by_hand.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { Host } from "../../ports/host.ts";
import type { BackupEntry } from "../../ports/restore.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import {
  type Context,
  example,
  jobOption,
  jsonOption,
  serverOptions,
  utcOption,
} from "../terminal/options.ts";
import { countReader } from "../terminal/readers.ts";
import { displayOf } from "../terminal/render.ts";
import { ID, NARROW } from "./backups.ts";
import { LATEST } from "./known_backups.ts";
import { demandWord } from "./restore_word.ts";
import { findRestorable, type RestoringArgs } from "./restoring.ts";
import { restoreOnServer } from "./server_restore.ts";

interface RestoreArgs extends RestoringArgs {
  to: string;
  include?: string[];
  dryRun?: boolean;
  overwrite?: boolean;
  anyOwner?: boolean;
  anyway?: boolean;
}

interface BrowseArgs extends RestoringArgs {
  path?: string;
  after?: string;
  limit?: number;
  utc?: boolean;
}

const DEFAULT_ENTRIES = 100;
const MAX_ENTRIES = 1000;

/** Declares the commands in the group `backups`. */
export function addRestore(backups: Command, { host, finish }: Context): void {
  const restore = backups.command("restore").description("get a backup back, or a part of it").argument(
    "<id>",
    ID_OR_LATEST,
  )
    .requiredOption("--to <folder>", "an empty folder, or a new one; a path P of the backup becomes FOLDER/P")
    .option("--include <path...>", "only this file or folder, as `browse` shows it; several may follow")
    .option("--dry-run", "say what would be restored, and write nothing")
    .option(
      "--overwrite",
      "also into a folder that is not empty: files of the same path are replaced, others stay",
    )
    .option("--anyway", "also a backup that is known to be damaged, suspect or rejected, without being asked")
    .option("--any-owner", "owners that this user cannot give are no failure")
    .option("--on-server", "the server restores, with its rights, below its `restore.roots`; needs an admin");
  example(
    serverOptions(jsonOption(jobOption(restore, NARROW))),
    "schelly backups restore 5f2c9a1e --to /srv/restored",
    "schelly backups restore 5f2c9a1e --to /tmp/one --include srv/data/invoice.pdf",
    "schelly backups restore latest --job files --to /srv/restored",
  );
  restore.action(async (id, { onServer, ...options }) => {
    demandNamed(options.include);
    finish(await (onServer ? restoreOnServer : restoreBackup)({ ...options, id }, host));
  });

  const browse = backups.command("browse").description("list what lies in a folder of a backup")
    .argument("<id>", ID_OR_LATEST).argument("[path]", "a folder of it; default: its root")
    .option("--after <name>", "go on after this name")
    .option("--limit <n>", `at most so many (default ${DEFAULT_ENTRIES})`, countReader(1, MAX_ENTRIES));
  example(
    serverOptions(utcOption(jsonOption(jobOption(browse, NARROW)))),
    "schelly backups browse 5f2c9a1e srv/data",
  );
  browse.action(async (id, path, options) => finish(await browseBackup({ ...options, id, path }, host)));
}

const ID_OR_LATEST = `${ID}, or '${LATEST}'`;

/** A variable that is not set leads to an empty path, and all of the backup is not what was meant. */
function demandNamed(include: readonly string[] = []): void {
  if (include.every((path) => path.trim() !== "")) return;
  throw new Failure(
    EXIT.usage,
    "Cannot restore --include '': it names no path: leave --include out to restore all of the backup",
  );
}

/** Tells the work of SIGINT and SIGTERM, and waits for its end; `code` is that of the signal. */
async function untilStopped<T>(
  host: Host,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ code: number | undefined; value: Promise<T> }> {
  const stop = new AbortController();
  let code: number | undefined;
  const on = (asked: number) => () => {
    code ??= asked;
    stop.abort(new Error("it was cancelled"));
  };
  const removers = [
    host.onSignal("SIGINT", on(EXIT.interrupted)),
    host.onSignal("SIGTERM", on(EXIT.terminated)),
  ];
  const value = work(stop.signal);
  await value.catch(() => {});
  removers.forEach((remove) => remove());
  return { code, value };
}

/** Restores here, as the caller, or has a provider elsewhere do it. */
async function restoreBackup(args: RestoreArgs, host: Host): Promise<number> {
  const display = displayOf(host);
  const backup = await findRestorable(args, host, display.note);
  const { id, dataId, job } = backup;
  await demandWord(backup, args, host, display.note);
  if (backup.restore === undefined) {
    const { why, commands } = byHand(backup.spec, {
      id,
      dataId,
      target: args.to,
      include: args.include ?? [],
    });
    for (const line of commands) display.print(line);
    const then = commands.length > 0 ? ": what stands above restores it there" : "";
    throw new Failure(EXIT.failed, `Cannot restore backup '${id}': ${why}${then}`);
  }
  const target = backup.isHere ? wholePath(host.files.workingFolder(), args.to) : args.to;
  const call = {
    operationId: host.ids.uuidv7(),
    target,
    include: args.include ?? [],
    dryRun: args.dryRun ?? false,
    overwrite: args.overwrite ?? false,
    anyOwner: args.anyOwner ?? false,
  };
  const whose = await backup.whose?.().catch(() => undefined);
  if (whose !== undefined) display.note(whose);
  let last = "";
  const tell = (message: string) => {
    if (message !== last && message !== "") display.note(message);
    last = message;
  };
  const { code, value } = await untilStopped(host, (signal) => backup.restore!(call, signal, tell));
  const result = await value.catch((error) => {
    if (code === undefined) throw error;
    display.note((error as Error).message);
  });
  if (result === undefined) return code!;
  const { files, bytes, message = "restored", lost } = result;
  if (args.json) {
    const { warning } = backup;
    const asked = { id, data_id: dataId, job, target, dry_run: call.dryRun };
    display.json({ ...asked, files, bytes, message, lost, warning });
    return EXIT.ok;
  }
  display.print(call.dryRun ? `${message}, into ${target}` : `${message}, in ${target}`);
  if (lost !== undefined) display.note(`warning: ${lost}`);
  return EXIT.ok;
}

/** One page of what lies in a folder. */
async function browseBackup(args: BrowseArgs, host: Host): Promise<number> {
  const display = displayOf(host, args);
  const inside = insidePath(args.path ?? "");
  if (!inside.ok) throw new Failure(EXIT.usage, `Cannot list '${args.path}': ${inside.problem}`);
  const backup = await findRestorable(args, host, display.note);
  if (backup.browse === undefined) {
    const { why } = byHand(backup.spec, { ...backup, target: "DIR", include: [] });
    throw new Failure(EXIT.failed, `Cannot look into backup '${backup.id}': ${why}`);
  }
  const { code, value } = await untilStopped(
    host,
    (signal) => backup.browse!(inside.path, args.after, args.limit ?? DEFAULT_ENTRIES, signal),
  );
  if (code !== undefined) return code;
  const page = await value;
  if (page === undefined) {
    throw new Failure(EXIT.notFound, `Backup '${backup.id}' has no folder '${inside.path}'`);
  }
  if (args.json) display.json({ entries: page.entries.map(jsonOf), next: page.next });
  else {
    await display.table(
      ["TYPE", "SIZE", "MODIFIED", "PATH"],
      page.entries.map(({ type, size, modifiedAt, path }) => [
        type,
        size === undefined ? "-" : bytesText(size),
        display.time(modifiedAt === undefined ? undefined : iso(modifiedAt)),
        type === "folder" ? `${path}/` : path,
      ]),
      "Nothing is in it.",
    );
    if (page.next !== undefined) display.note(`More follow: --after '${page.next}'`);
  }
  return EXIT.ok;
}

function jsonOf({ path, type, size, modifiedAt }: BackupEntry): Record<string, unknown> {
  return { path, type, size, modified_at: modifiedAt === undefined ? undefined : iso(modifiedAt) };
}
