// Asks a provider how a running backup is, until it ends or someone wants it cancelled.

import { ProviderError } from "../../domain/errors.ts";
import type { Run } from "../../domain/backup.ts";
import { MAX_DURATION } from "../../domain/cancelled.ts";
import { DAY } from "../../domain/duration.ts";
import type { BackupInfo, GetAnswer } from "../../ports/provider.ts";
import { surelyMove } from "../context/commit.ts";
import {
  type ActiveRun,
  ageOf,
  messageOf,
  type RunContext,
  runEvent,
  waitOrWake,
} from "../context/context.ts";
import { endMove } from "./answer.ts";

/** How many 404s over which time make a running backup `lost`. */
const LOST_ANSWERS = 3;
const LOST_OVER_MS = 30_000;
/** How long past grace time a silent provider may block its job. */
const SILENCE_MS = DAY;
/** How often a changed message of a running backup is saved. */
const MESSAGE_EVERY_MS = 15_000;

/** Follows a run in `running`; returns when it ended, or with `cancelFor` set when it is to be cancelled. */
export async function poll(context: RunContext, active: ActiveRun): Promise<void> {
  const { clock, job, calls } = context;
  const { notFound } = active;
  let messageSavedAt = -Infinity;
  let wait = Math.min(job.pollIntervalMs, FIRST_POLL_MS);
  while (active.run.status === "running") {
    if (active.cancelFor !== null) return;
    await waitOrWake(context, active, wait);
    wait = job.pollIntervalMs;
    if (active.cancelFor !== null) return;
    const run = active.run;
    if (isTooLong(context, active) && clock.monotonic() >= active.nextCancelAt) {
      active.cancelFor = { slot: null, reason: MAX_DURATION };
      return;
    }
    let answer: GetAnswer;
    try {
      answer = await calls.get(run.id!);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      notFound.count = 0;
      reportTrouble(context, run, error);
      const silent = Math.min(clock.monotonic() - active.lastAnswerAt, ageOf(clock, active) - job.graceMs);
      if (silent > SILENCE_MS) {
        await lose(context, active, "silent", `no answer from the provider for a day: ${messageOf(error)}`);
      }
      continue;
    }
    active.lastAnswerAt = clock.monotonic();
    if (answer.found === "gone") {
      await lose(context, active, "gone", "the provider says the backup was deleted");
    } else if (answer.found === "no") {
      // 404s count only while the provider answers other questions properly.
      if (notFound.count === 0 || calls.lastGetFailure() >= notFound.since) {
        notFound.count = 0;
        notFound.since = clock.monotonic();
      }
      notFound.count++;
      if (notFound.count >= LOST_ANSWERS && clock.monotonic() - notFound.since >= LOST_OVER_MS) {
        await lose(
          context,
          active,
          "not_found",
          `the provider answered ${notFound.count} times that it does not know it`,
        );
      }
    } else {
      notFound.count = 0;
      if (answer.backup.state !== "running") {
        const end = await endMove(context, run, answer.backup, ["running"]);
        active.run = (await surelyMove(context, run, end)).run;
      } else if (clock.monotonic() - messageSavedAt >= MESSAGE_EVERY_MS && hasNews(run, answer.backup)) {
        messageSavedAt = clock.monotonic();
        active.run =
          (await surelyMove(context, run, { from: ["running"], set: newsOf(run, answer.backup) })).run;
      }
    }
  }
}

/** The first look comes soon, since many backups are short. */
const FIRST_POLL_MS = 1_000;

function isTooLong({ clock, job }: RunContext, active: ActiveRun): boolean {
  return job.maxDurationMs !== null && ageOf(clock, active) > job.maxDurationMs;
}

function hasNews(run: Run, info: BackupInfo): boolean {
  const news = newsOf(run, info);
  return news.message !== run.message || news.dataId !== run.dataId;
}

function newsOf(run: Run, info: BackupInfo): { message: string | null; dataId: string | null } {
  return { message: info.message ?? run.message, dataId: info.dataId ?? run.dataId };
}

async function lose(context: RunContext, active: ActiveRun, reason: string, why: string): Promise<void> {
  const run = active.run;
  const message = `Backup '${run.id}' of job '${run.job}' is lost: ${why}`;
  active.run = (await surelyMove(context, run, {
    from: ["running"],
    set: { status: "lost", reason, endTime: context.clock.now(), message },
    events: [runEvent(context, run, "run.lost", "error", message, { id: run.id, reason })],
  })).run;
}

function reportTrouble(context: RunContext, run: Run, error: ProviderError): void {
  const message = `Cannot see how backup '${run.id}' of job '${run.job}' is: ${error.message}`;
  context.sink.emit(runEvent(context, run, "run.polled", "warning", message, { kind: error.kind }));
}
