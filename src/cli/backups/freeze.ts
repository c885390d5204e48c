// `schelly freeze | unfreeze`: stops every deletion of every job, cancels included, and lets them go on.

import { type Command, Option } from "commander";
import { iso } from "../../domain/instant.ts";
import { ownerText } from "../../domain/freeze.ts";
import type { Host } from "../../ports/host.ts";
import { FreezeAnswer } from "../client/answers.ts";
import { connect } from "../client/client.ts";
import { confirm } from "../terminal/confirm.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions, yesOption } from "../terminal/options.ts";
import { futureReader } from "../terminal/readers.ts";
import { type Display, displayOf } from "../terminal/render.ts";

interface FreezeArgs extends ServerArgs {
  reason?: string;
  owner?: string;
  /** UTC ms. */
  until?: number;
  show?: boolean;
  /** The same. */
  status?: boolean;
  json?: boolean;
}

/** Declares the commands. */
export function addFreeze(program: Command, { host, finish }: Context): void {
  const freeze = program.command("freeze").description("stop all deletions of all jobs; backups go on")
    .option("--reason <text>", "why; shown wherever the freeze is")
    .option("--owner <name>", "for whom; default: who asks")
    .option("--until <time>", "end by itself then, or after a length such as 4h", futureReader(host))
    .option("--show", "change nothing, only show whether deletions are frozen")
    // As it was called at first; `--status` of other commands picks rows.
    .addOption(new Option("--status").hideHelp());
  example(
    serverOptions(jsonOption(freeze)),
    'schelly freeze --reason "moving the storage" --until 4h',
    "schelly freeze --show --json",
  );
  freeze.action(async (options) => finish(await freezeAll(options, host)));

  const unfreeze = program.command("unfreeze").description("let deletions go on");
  example(serverOptions(jsonOption(yesOption(unfreeze))), "schelly unfreeze");
  unfreeze.action(async (options) => finish(await unfreezeAll(options, host)));
}

/** Freezes, or with `show` shows the freeze. */
async function freezeAll(args: FreezeArgs, host: Host): Promise<number> {
  const { reason, owner, until } = args;
  const onlyShow = args.show || args.status;
  if (onlyShow && (reason !== undefined || owner !== undefined || until !== undefined)) {
    throw new Failure(
      EXIT.usage,
      "Cannot freeze with --show: it only shows; leave it out, or leave out the rest",
    );
  }
  if (!onlyShow && reason === undefined) {
    throw new Failure(
      EXIT.usage,
      "Cannot freeze without --reason: expected why, or --show to look; nothing was frozen",
    );
  }
  const client = await connect(args, host);
  const display = displayOf(host);
  if (onlyShow) {
    show(await client.get("/freeze", FreezeAnswer), args, display);
    return EXIT.ok;
  }
  const body = {
    reason,
    ...(owner === undefined ? {} : { owner }),
    ...(until === undefined ? {} : { until: iso(until) }),
  };
  show(await client.put("/freeze", FreezeAnswer, { body }), args, display);
  return EXIT.ok;
}

/** Ends the freeze after asking. */
async function unfreezeAll(
  args: ServerArgs & { yes?: boolean; json?: boolean },
  host: Host,
): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const before = await client.get("/freeze", FreezeAnswer);
  if (!before.frozen) {
    show(before, args, display);
    return EXIT.ok;
  }
  await confirm(
    host,
    args.yes,
    `Deletions are frozen by ${ownerText(before.owner ?? "somebody")} (${
      before.reason ?? "-"
    }). Let all jobs delete again?`,
  );
  const after = await client.delete("/freeze", FreezeAnswer);
  if (args.json) display.json(after);
  display.note("Deletions go on; a job with much to delete may wait for `schelly retention approve`.");
  return EXIT.ok;
}

function show(answer: FreezeAnswer, args: { json?: boolean }, display: Display): void {
  if (args.json) display.json(answer);
  else if (!answer.frozen) display.print("not frozen");
  else {
    const end = answer.until ? `until ${answer.until}` : "until `schelly unfreeze`";
    display.print(`frozen ${end} by ${ownerText(answer.owner ?? "somebody")}: ${answer.reason ?? "-"}`);
  }
  if (!answer.frozen) return;
  for (const { id, run_id, job, state } of answer.on_the_wire) {
    display.note(`on the wire already: ${id ?? run_id} of job ${job} (${state})`);
  }
}
