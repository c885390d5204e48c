// `schelly backups accept | reject`: an operator's word on backups that are suspect for their size.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { BackupAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import { confirm } from "../terminal/confirm.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import {
  type Context,
  example,
  jobOption,
  jsonOption,
  serverOptions,
  yesOption,
} from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";

interface SuspectsArgs extends ServerArgs {
  /** Provider's ids or run ids. */
  ids: readonly string[];
  job?: string;
  yes?: boolean;
  json?: boolean;
}

const VERDICTS = {
  accept: {
    description: "let suspect backups count as if they had never been suspect",
    question:
      "From then on each stands for its period like any other, and sizes before it are no measure any more.",
    done: "Accepted",
  },
  reject: {
    description: "let the next retention pass delete suspect backups",
    question: "The next retention pass deletes each for ever, unless it is held or no other backup counts.",
    done: "Rejected",
  },
} as const;

/** Declares the commands within the group `backups`. */
export function addSuspects(backups: Command, { host, finish }: Context): void {
  for (const verdict of ["accept", "reject"] as const) {
    const command = backups.command(verdict).description(VERDICTS[verdict].description)
      .argument("<id...>", "the provider's ids, or run_ids");
    example(
      serverOptions(jsonOption(yesOption(jobOption(command, "the job, where several know an id")))),
      `schelly backups list --suspect`,
      `schelly backups ${verdict} 5f2c9a1e`,
    );
    command.action(async (ids, options) => finish(await decideSuspects({ ...options, ids }, verdict, host)));
  }
}

/** Says what is known of each, asks once, then gives the word on exactly those. */
async function decideSuspects(
  args: SuspectsArgs,
  verdict: keyof typeof VERDICTS,
  host: Host,
): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const found: BackupAnswer[] = [];
  for (const id of args.ids) {
    found.push(await client.get(`/backups/${segment(id)}`, BackupAnswer, { job: args.job }));
  }
  // Nobody is asked about what the server refuses all the same.
  for (const backup of found) refuseWell(backup, verdict);
  for (const backup of found) display.note(`${verdict} ${nameOf(backup)}${whyOf(backup)}`);
  const damaged = found.filter(({ verification }) => verification === "failed");
  if (verdict === "accept" && damaged.length > 0) display.note(acceptsDamage(damaged));
  const what = found.length === 1 ? `${nameOf(found[0]!)}` : `these ${found.length} backups`;
  await confirm(host, args.yes, `${verdict} ${what}? ${VERDICTS[verdict].question}`);
  const answers: BackupAnswer[] = [];
  for (const [at, backup] of found.entries()) {
    // By run_id where there is one: it names exactly the backup that was shown.
    const path = `/backups/${segment(backup.run_id ?? args.ids[at]!)}/${verdict}`;
    answers.push(await client.post(path, BackupAnswer, { query: { job: backup.job ?? args.job } }));
    display.note(`${VERDICTS[verdict].done} ${nameOf(backup)}.`);
  }
  if (args.json) display.json(answers);
  return EXIT.ok;
}

/** Rejects a backup that never was suspect, before any other is decided. */
function refuseWell(backup: BackupAnswer, verdict: keyof typeof VERDICTS): void {
  // An earlier server says nothing of it.
  if (backup.suspect !== false || backup.rejected || backup.suspect_reason) return;
  throw new Failure(
    EXIT.failed,
    `Backup '${backup.id ?? backup.run_id}' of job '${
      backup.job ?? "?"
    }' is not suspect: there is nothing to ` +
      `${verdict}; nothing was changed: see \`schelly backups list --suspect\``,
  );
}

/** What whoever accepts what cannot be restored has to know. */
function acceptsDamage(damaged: readonly BackupAnswer[]): string {
  const ids = damaged.map(({ id, run_id }) => id ?? run_id ?? "?");
  const one = ids.length === 1;
  return `A verification found ${one ? "it" : ids.join(", ")} damaged. Accepted, ${
    one ? "it counts" : "they count"
  } as whole: ` +
    `the next pass may delete whole backups in ${one ? "its" : "their"} place, or ${one ? "it" : "them"}. ` +
    `Once the storage is mended, 'schelly backups verify ${ids[0]}' takes the suspicion back by itself.`;
}

function nameOf(backup: BackupAnswer): string {
  const time = backup.period_time ?? backup.start_time ?? "of unknown time";
  return `${backup.id ?? backup.run_id ?? "?"} of job ${backup.job ?? "?"} (${time}, ${
    backup.state ?? backup.status
  })`;
}

function whyOf(backup: BackupAnswer): string {
  return backup.suspect_reason ? `: ${backup.suspect_reason}` : "";
}
