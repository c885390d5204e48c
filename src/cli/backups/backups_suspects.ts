// `schelly backups accept | reject`: an operator's word on backups that are suspect, for their size or a failed proof.

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
  /** Also those whose verification failed. */
  damaged?: boolean;
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
    if (verdict === "accept") {
      command.option("--damaged", "also one whose verification failed: it counts as if it were whole");
    }
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
  if (verdict === "accept" && !args.damaged) found.forEach(refuseDamaged);
  for (const backup of found) display.note(`${verdict} ${nameOf(backup)}${whyOf(backup)}`);
  const what = found.length === 1 ? `${nameOf(found[0]!)}` : `these ${found.length} backups`;
  const isDamaged = verdict === "accept" && found.some(wasFoundDamaged);
  const question = `${VERDICTS[verdict].question}${isDamaged ? ` ${OF_DAMAGED}` : ""}`;
  await confirm(host, args.yes, `${verdict} ${what}? ${question}`);
  const answers: BackupAnswer[] = [];
  for (const [at, backup] of found.entries()) {
    // By run_id where there is one: it names exactly the backup that was shown.
    const path = `/backups/${segment(backup.run_id ?? args.ids[at]!)}/${verdict}`;
    answers.push(
      await client.post(path, BackupAnswer, {
        query: {
          job: backup.job ?? args.job,
          damaged: verdict === "accept" && args.damaged ? true : undefined,
        },
      }),
    );
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

const OF_DAMAGED =
  "It is damaged all the same: the next pass may delete sound ones beside it, and itself as well. To keep it whatever the " +
  "policy says: `schelly backups hold`.";

function wasFoundDamaged({ verification }: BackupAnswer): boolean {
  return verification === "failed";
}

/** To accept what cannot be restored needs a word of its own. */
function refuseDamaged(backup: BackupAnswer): void {
  if (!wasFoundDamaged(backup)) return;
  throw new Failure(
    EXIT.failed,
    `Backup ${nameOf(backup)} is damaged${
      whyOf(backup)
    }: once accepted it stands for its period as if it were whole, ` +
      "and the next pass may delete sound ones beside it, and itself as well; nothing was changed: prove it once it " +
      `is fixed (\`schelly backups verify ${backup.id ?? backup.run_id}\`), or say --damaged`,
  );
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
