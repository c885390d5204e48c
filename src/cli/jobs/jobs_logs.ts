// `schelly jobs logs`: what happened to one job, in words, and with --follow what happens.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { type EventAnswer, JobAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import type { Cell, Display } from "../terminal/render.ts";
import { type EventsArgs, historyOptions, levelMark, showEvents } from "./events.ts";

/** Declares the command in the group `jobs`. */
export function addJobsLogs(jobs: Command, { host, finish }: Context): void {
  const logs = jobs.command("logs").description("print what happened to a job, in words")
    .argument("<job>", "name of the job");
  example(
    serverOptions(jsonOption(historyOptions(logs, host))),
    "schelly jobs logs postgres --since 2d",
    "schelly jobs logs postgres --follow",
  );
  logs.action(async (job, options) => finish(await showLogs({ ...options, job }, host)));
}

async function showLogs(args: EventsArgs & { job: string }, host: Host): Promise<number> {
  const client = await connect(args, host);
  // A name that nobody knows has no events either, and nothing would ever come of it.
  await client.get(`/jobs/${segment(args.job)}`, JobAnswer);
  return await showEvents(client, args, host, wordsOf);
}

function wordsOf(event: EventAnswer, display: Display): Cell[] {
  return [event.at, ...levelMark(event, display), ` ${event.message || event.type}`];
}
