// `schelly backups explain`: why a backup is kept or goes, when it will go, and what would keep it longer.

import type { Command } from "commander";
import { formatReference, type Level } from "../../domain/policy.ts";
import type { Host } from "../../ports/host.ts";
import { ExplainAnswer } from "../client/answers.ts";
import { type BackupArgs, ID, NARROW } from "./backups.ts";
import { connect, segment } from "../client/client.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jobOption, jsonOption, serverOptions } from "../terminal/options.ts";
import { type Cell, type Display, displayOf } from "../terminal/render.ts";

/** The server plays up to ten years of slots, some times over. */
const TIMEOUT_MS = 300_000;

/** Declares the command in the group `backups`. */
export function addBackupsExplain(backups: Command, { host, finish }: Context): void {
  const explain = backups.command("explain")
    .description("explain why a backup is kept, when it will be deleted, and what would keep it longer")
    .argument("<id>", ID);
  example(serverOptions(jsonOption(jobOption(explain, NARROW))), "schelly backups explain 5f2c9a1e");
  explain.action(async (id, options) => finish(await explainBackup({ ...options, id }, host)));
}

/** Why a backup stays or goes. */
async function explainBackup(args: BackupArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const path = `/backups/${segment(args.id)}/explain`;
  const answer = await client.get(path, ExplainAnswer, { job: args.job }, TIMEOUT_MS);
  const display = displayOf(host);
  if (args.json) {
    display.json(answer);
    return EXIT.ok;
  }
  const name = answer.id ?? answer.run_id ?? args.id;
  display.print(`${name} of job ${answer.job ?? "?"}, ${answer.state ?? "?"}: ${conclusion(answer)}`);
  if (answer.levels.length > 0) await printLevels(answer, display);
  for (const note of answer.notes) display.print(`  ${note}`);
  return EXIT.ok;
}

function conclusion({ kept, fate }: ExplainAnswer): string {
  if (!kept) return "not kept";
  if (fate?.fate === "goes") return `kept until about ${fate.at ?? "?"}`;
  return "kept";
}

function referenceText(level: string, reference: string | number): string {
  if (reference === "L") return "last";
  return typeof reference === "number" ? formatReference(level as Level, reference) : reference;
}

async function printLevels({ levels }: ExplainAnswer, display: Display): Promise<void> {
  display.print("");
  await display.table(
    ["LEVEL", "PERIOD", "REFERENCE", "PLACE", "KEEPS IT"],
    levels.map(({ level, period, reference, rank, limit, instead, proof }): Cell[] => {
      const other = instead?.id ?? instead?.run_id ?? "another backup";
      const keeps = (typeof rank === "number" && rank <= limit) || proof?.decides === "for";
      return [
        level,
        period,
        referenceText(level, reference),
        typeof rank === "number" ? `${rank} of ${limit}` : `${other} stands for it`,
        display.status(keeps ? "yes" : "no"),
      ];
    }),
    "",
  );
  display.print("");
}
