// `schelly state compact`: gives the room that the state file does not need back to the disk, by the running server or,
// where none holds it, by a new file in place of the idle one.

import type { Command } from "commander";
import { StoreError } from "../../domain/errors.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { Host } from "../../ports/host.ts";
import { CompactionAnswer } from "../client/answers.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";
import { serverOrNone } from "./server_or_none.ts";

interface CompactArgs extends ServerArgs {
  dryRun?: boolean;
  json?: boolean;
}

const HOW = `
A running server gives back what is free, and stops nothing for it. Without one the whole file is written anew beside
itself, compared, and put in its place: as much room as it then has must be free on its disk.
`;

/** Declares the command below \`state\`. */
export function addStateCompact(state: Command, { host, finish }: Context): void {
  const compact = state.command("compact")
    .description("give the room that the state file does not need back, while the server runs or not")
    .option("--dry-run", "only say how much is free")
    .addHelpText("after", HOW);
  example(serverOptions(jsonOption(compact)), "schelly state compact --dry-run");
  compact.action(async (options) => finish(await compactState(options, host)));
}

/** Through the server that is found; else, where no server was named, the state file of the configuration. */
async function compactState(args: CompactArgs, host: Host): Promise<number> {
  const dryRun = args.dryRun ?? false;
  const client = await serverOrNone(args, host);
  const answer = client === undefined ? await ofIdleFile(args, dryRun, host) : await client.post(
    "/state/compact",
    CompactionAnswer,
    { query: dryRun ? { dry_run: "true" } : {} },
  );
  const display = displayOf(host);
  if (args.json) {
    display.json(answer);
    return EXIT.ok;
  }
  await display.fields([
    ["before", bytesText(answer.bytes_before)],
    ...dryRun ? [] : [["after", bytesText(answer.bytes_after)] as [string, string]],
    ["free", bytesText(answer.free_bytes)],
  ]);
  if (dryRun && answer.needs_stop) {
    display.note(
      "An earlier version made the file: stop the server, and run this once more, to have it compacted.",
    );
  }
  return EXIT.ok;
}

async function ofIdleFile(args: CompactArgs, dryRun: boolean, host: Host): Promise<CompactionAnswer> {
  const { state } = await loadConfiguration({ config: args.config }, host, "optional");
  const { compactFile } = await import("../../store/compact_file.ts");
  try {
    const { bytesBefore, bytesAfter, freeBytes } = await compactFile(state.url, dryRun, host);
    return {
      dry_run: dryRun,
      bytes_before: bytesBefore,
      bytes_after: bytesAfter,
      free_bytes: freeBytes,
      needs_stop: false,
    };
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== "in_use") throw error;
    throw new Failure(
      EXIT.inUse,
      `${error.message}: a server holds the state but was not found: name it by --server or --socket`,
    );
  }
}
