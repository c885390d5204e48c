// `schelly backups hold | release`: keeps backups from ever being deleted, and lets them go again.

import type { Command } from "commander";
import { iso } from "../../domain/instant.ts";
import type { Host } from "../../ports/host.ts";
import { BackupAnswer } from "../client/answers.ts";
import { ID, NARROW } from "./backups.ts";
import { type Client, connect, segment } from "../client/client.ts";
import { confirm } from "../terminal/confirm.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT } from "../terminal/exit.ts";
import {
  type Context,
  example,
  jobOption,
  jsonOption,
  serverOptions,
  yesOption,
} from "../terminal/options.ts";
import { futureReader } from "../terminal/readers.ts";
import { displayOf } from "../terminal/render.ts";

interface HoldArgs extends ServerArgs {
  ids: string[];
  job?: string;
  reason: string;
  owner?: string;
  /** UTC ms. */
  until?: number;
  json?: boolean;
}

interface ReleaseArgs extends ServerArgs {
  ids: string[];
  job?: string;
  yes?: boolean;
  json?: boolean;
}

/** Declares the commands in the group `backups`. */
export function addHold(backups: Command, { host, finish }: Context): void {
  const hold = backups.command("hold").description("keep backups from being deleted until they are released")
    .argument("<id...>", ID)
    .requiredOption("--reason <text>", "why; shown wherever the hold is")
    .option("--owner <name>", "for whom; default: who asks")
    .option(
      "--until <time>",
      "release them by itself then, or after a length such as 90d",
      futureReader(host),
    );
  example(
    serverOptions(jsonOption(jobOption(hold, NARROW))),
    'schelly backups hold 5f2c9a1e --reason "audit 2026" --owner finance --until 2027-06-30',
  );
  hold.action(async (ids, options) => finish(await holdBackups({ ...options, ids }, host)));

  const release = backups.command("release").description("let retention decide about held backups again")
    .argument("<id...>", ID);
  example(
    serverOptions(jsonOption(yesOption(jobOption(release, NARROW)))),
    "schelly backups release 5f2c9a1e",
  );
  release.action(async (ids, options) => finish(await releaseBackups({ ...options, ids }, host)));
}

/** Holds backups; the first that cannot be held ends it, with those before it held. */
async function holdBackups(args: HoldArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const { reason, owner, until } = args;
  const body = {
    reason,
    ...(owner === undefined ? {} : { owner }),
    ...(until === undefined ? {} : { until: iso(until) }),
  };
  const held: BackupAnswer[] = [];
  for (const id of args.ids) {
    const query = { job: args.job };
    const backup = await client.put(`/backups/${segment(id)}/hold`, BackupAnswer, { query, body });
    held.push(backup);
    const end = backup.hold?.until ? `until ${backup.hold.until}` : "until it is released";
    display.note(`${backup.id ?? id} of job ${backup.job ?? "?"} is held ${end}.`);
  }
  if (args.json) display.json(held);
  return EXIT.ok;
}

/** Releases backups after showing why each is held and asking once. */
async function releaseBackups(args: ReleaseArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const shown = await Promise.all(args.ids.map((id) => look(client, id, args.job)));
  const held = shown.filter((backup) => backup.hold);
  for (const { id, run_id, job, hold } of held) {
    display.note(
      `releasing ${id ?? run_id} of job ${job ?? "?"}, held by ${hold!.owner ?? "somebody"}: ${
        hold!.reason ?? "-"
      }`,
    );
  }
  if (held.length === 0) {
    display.note("None of them is held; nothing was done.");
    if (args.json) display.json(shown);
    return EXIT.ok;
  }
  const what = held.length === 1 ? "this backup" : `these ${held.length} backups`;
  await confirm(host, args.yes, `Release ${what}, so that retention may delete what no level keeps?`);
  const released: BackupAnswer[] = [];
  for (const { id, run_id, job } of held) {
    // By run_id: it names exactly the backup that was shown.
    const path = `/backups/${segment(run_id ?? id!)}/hold`;
    released.push(await client.delete(path, BackupAnswer, { job: job ?? args.job }));
    display.note(`${id ?? run_id} is released.`);
  }
  if (args.json) display.json(released);
  return EXIT.ok;
}

function look(client: Client, id: string, job: string | undefined): Promise<BackupAnswer> {
  return client.get(`/backups/${segment(id)}`, BackupAnswer, { job });
}
