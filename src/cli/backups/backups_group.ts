// `schelly backups …`: all that is done with backups, together.

import type { Command } from "commander";
import type { Context } from "../terminal/options.ts";
import { addBackups } from "./backups.ts";
import { addDelete } from "./backups_delete.ts";
import { addBackupsExplain } from "./backups_explain.ts";
import { addHold } from "./backups_hold.ts";
import { addImport } from "./backups_import.ts";
import { addRestore } from "./backups_restore.ts";
import { addSuspects } from "./backups_suspects.ts";
import { addBackupsUnlock } from "./backups_unlock.ts";
import { addVerify } from "./backups_verify.ts";

/** Declares the group with every command in it. */
export function addBackupsGroup(program: Command, context: Context): void {
  const backups = addBackups(program, context);
  addBackupsExplain(backups, context);
  addSuspects(backups, context);
  addVerify(backups, context);
  addHold(backups, context);
  addDelete(backups, context);
  addImport(backups, context);
  addRestore(backups, context);
  addBackupsUnlock(backups, context);
}
