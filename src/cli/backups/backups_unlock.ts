// `schelly backups unlock`: has the storage of a locked backup asked again now, not at the end of its lock or a day later.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { BackupAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jobOption, jsonOption, serverOptions } from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";
import { type BackupArgs, ID, NARROW } from "./backups.ts";

/** Declares the command within the group `backups`. */
export function addBackupsUnlock(backups: Command, { host, finish }: Context): void {
  const unlock = backups.command("unlock")
    .description("ask the storage again whether a locked backup may be deleted, where retention lets it go")
    .argument("<id>", ID);
  example(serverOptions(jsonOption(jobOption(unlock, NARROW))), "schelly backups unlock 5f2c9a1e");
  unlock.action(async (id, options) => finish(await askAgain({ ...options, id }, host)));
}

async function askAgain(args: BackupArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const path = `/backups/${segment(args.id)}/unlock`;
  const backup = await client.post(path, BackupAnswer, { query: { job: args.job } });
  const display = displayOf(host);
  if (args.json) display.json(backup);
  else {
    display.note(
      `The storage of backup ${backup.id ?? args.id} is asked again by the next pass of job ${
        backup.job ?? "?"
      }, if ` +
        "retention lets it go. Nothing was deleted by this.",
    );
  }
  return EXIT.ok;
}
