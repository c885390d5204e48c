// `schelly jobs unlock`: shows the locks on a job's storage, and removes those that an operator names.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { LocksAnswer, UnlockAnswer } from "../client/answers.ts";
import { type Client, connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { confirm } from "../terminal/confirm.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions, yesOption } from "../terminal/options.ts";
import { type Cell, type Display, displayOf } from "../terminal/render.ts";

interface UnlockArgs extends ServerArgs {
  job: string;
  /** Ids, or the beginnings of some; absent: only look. */
  lock?: string[];
  yes?: boolean;
  json?: boolean;
}

/** Enough of an id to tell one lock from another. */
const SHORT = 10;

/** Declares the command in the group `jobs`. */
export function addJobsUnlock(jobs: Command, { host, finish }: Context): void {
  const unlock = jobs.command("unlock")
    .description("show the locks on a job's storage, and remove those that --lock names")
    .argument("<job>", "name of the job")
    .option("--lock <id...>", "remove this one, by its id or the beginning of it");
  example(
    serverOptions(jsonOption(yesOption(unlock))),
    "schelly jobs unlock home",
    "schelly jobs unlock home --lock 3f2c9a1e",
  );
  unlock.action(async (job, options) => finish(await unlockJob({ ...options, job }, host)));
}

/** Shows them; with `lock` asks, and has these removed. */
async function unlockJob(args: UnlockArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const found = await client.post(`/jobs/${segment(args.job)}/locks`, LocksAnswer);
  if (found.supported === false) {
    throw new Failure(EXIT.failed, `The provider of job ${args.job} has no locks to show: only restic's do`);
  }
  if (args.lock === undefined) return await show(found, args, display);
  const ids = args.lock.map((word) => idOf(word, found));
  const whose = found.locks.filter(({ id }) => ids.includes(id)).map(ownerOf).join("; ");
  await confirm(
    host,
    args.yes,
    `Remove ${
      ids.length === 1 ? "the lock" : "the locks"
    } of ${whose}? Only once that program has surely ended: ` +
      "else a prune may take what its backup is just writing",
  );
  return await remove(client, ids, args, display);
}

async function show(found: LocksAnswer, args: UnlockArgs, display: Display): Promise<number> {
  if (args.json) {
    display.json(found);
    return EXIT.ok;
  }
  await display.table(
    ["LOCK", "OF", "RENEWED", "STATE", "WHY"],
    found.locks.map((lock): Cell[] => [
      lock.id.slice(0, SHORT),
      `${lock.user || "?"}@${lock.host ?? "?"}:${lock.pid ?? "?"}`,
      display.time(lock.renewed_at),
      display.status(lock.state ?? "-"),
      lock.why ?? "-",
    ]),
    "No locks.",
  );
  if (found.unread) display.note(`${found.unread} more could not be looked at.`);
  if (found.locks.length > 0) {
    display.note(`Once its program has surely ended: schelly jobs unlock ${args.job} --lock ID`);
  }
  return EXIT.ok;
}

async function remove(
  client: Client,
  ids: string[],
  args: UnlockArgs,
  display: Display,
): Promise<number> {
  const answer = await client.post(`/jobs/${segment(args.job)}/unlock`, UnlockAnswer, {
    body: { locks: ids },
  });
  if (args.json) display.json(answer);
  for (const { id, outcome, message } of answer.answers) {
    if (!args.json) display.note(`Lock ${id.slice(0, SHORT)}: ${outcome}${message ? `: ${message}` : ""}.`);
  }
  const isGone = answer.answers.every(({ outcome }) => outcome === "removed" || outcome === "absent");
  return isGone ? EXIT.ok : EXIT.failed;
}

/** The one lock that the word means. */
function idOf(word: string, { locks }: LocksAnswer): string {
  const meant = locks.filter(({ id }) => id.startsWith(word));
  if (meant.length === 1) return meant[0]!.id;
  const known = locks.map(({ id }) => id.slice(0, SHORT)).join(", ");
  const why = meant.length === 0 ? "there is no such lock" : `${meant.length} locks begin so`;
  throw new Failure(
    EXIT.notFound,
    `Cannot remove lock '${word}': ${why}: ${
      known === "" ? "nothing is locked" : `expected one of ${known}`
    }`,
  );
}

function ownerOf({ user, host, pid }: LocksAnswer["locks"][number]): string {
  return `${user || "an unnamed user"} on ${host ?? "an unnamed host"} (PID ${pid ?? "unknown"})`;
}
