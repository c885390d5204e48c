// `schelly jobs trigger`: starts a backup now and, when asked, waits for its end.

import type { Command } from "commander";
import { isUnfinished, type Status } from "../../domain/backup.ts";
import { formatDuration } from "../../domain/duration.ts";
import type { Host } from "../../ports/host.ts";
import { RunAnswer } from "../client/answers.ts";
import { type Client, connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { spanReader } from "../terminal/readers.ts";
import { displayOf, span } from "../terminal/render.ts";

interface TriggerArgs extends ServerArgs {
  job: string;
  wait?: boolean;
  /** Milliseconds. */
  timeout?: number;
  idempotencyKey?: string;
  json?: boolean;
}

const POLL_MS = 1_000;
/** How long a server that does not answer is waited for: long enough for its restart. */
const PATIENCE_MS = 60_000;

/** Declares the command in the group `jobs`. */
export function addJobsTrigger(jobs: Command, { host, finish }: Context): void {
  const trigger = jobs.command("trigger").description("start a backup of a job now")
    .argument("<job>", "name of the job")
    .option("--wait", "wait until it is available or has failed")
    .option("--timeout <time>", "with --wait: give up waiting after this; the backup goes on", spanReader)
    .option("--idempotency-key <key>", "the same key never starts a second backup");
  example(serverOptions(jsonOption(trigger)), "schelly jobs trigger postgres --wait --timeout 2h");
  trigger.action(async (job, options) => finish(await triggerJob({ ...options, job }, host)));
}

/**
 * Starts a backup. Without `wait`: done when the provider has accepted it.
 * With `wait`: done when it is available and not suspect; any other end, or the timeout, is a failure.
 */
async function triggerJob(args: TriggerArgs, host: Host): Promise<number> {
  const display = displayOf(host);
  const client = await connect(args, host);
  const key = args.idempotencyKey;
  const started = await client.post(
    `/jobs/${segment(args.job)}/trigger`,
    RunAnswer,
    key === undefined ? {} : { headers: { "Idempotency-Key": key } },
  );
  const unknown = started.id === null || started.id === undefined;
  if (unknown) {
    display.note(
      `Run ${started.run_id}: the provider's answer is not known; Schelly finds out what became of it` +
        `${started.custom_data ? `: ${started.custom_data}` : ""}.`,
    );
  } else display.note(`Run ${started.run_id}: the provider has accepted it as ${started.id}.`);
  if (!args.wait) {
    if (args.json) display.json(started);
    else display.print(started.run_id);
    return unknown ? EXIT.failed : EXIT.ok;
  }
  const ended = await waitForEnd(client, started.run_id, args.timeout, host);
  if (args.json) display.json(ended);
  else display.print(ended.run_id);
  if (stateOf(ended) !== "available") {
    if (ended.remedy) display.note(`What to do: ${ended.remedy}.`);
    return EXIT.failed;
  }
  if (!ended.suspect) return EXIT.ok;
  const id = ended.id ?? ended.run_id;
  display.note(
    `It is there and suspect: ${ended.suspect_reason ?? "nothing says why"}. It counts for nothing until ` +
      `\`schelly backups accept ${id}\`, or \`reject\`.`,
  );
  return EXIT.failed;
}

async function waitForEnd(
  client: Client,
  runId: string,
  timeout: number | undefined,
  host: Host,
): Promise<RunAnswer> {
  const display = displayOf(host);
  const begun = host.clock.monotonic();
  let shown = "";
  let lastAnswer = begun;
  for (;;) {
    const run = await look(client, runId);
    const now = host.clock.monotonic();
    if (run !== undefined) {
      lastAnswer = now;
      const state = stateOf(run);
      const line = `${state}${run.custom_data ? `: ${run.custom_data}` : ""}`;
      if (line !== shown) display.note(`${span(now - begun)} ${line}`);
      shown = line;
      if (!isUnfinished(state as Status)) return run;
    } else if (now - lastAnswer >= PATIENCE_MS) {
      throw new Failure(
        EXIT.unreachable,
        `The server at ${client.name} has not answered for ${
          formatDuration(PATIENCE_MS)
        }: the backup may go on: ` +
          `see \`schelly runs show ${runId}\` later`,
      );
    }
    if (timeout !== undefined && now - begun >= timeout) {
      throw new Failure(
        EXIT.failed,
        `Run ${runId} has not ended within ${
          formatDuration(timeout)
        }: it goes on: see \`schelly runs show ${runId}\``,
      );
    }
    const left = timeout === undefined ? POLL_MS : Math.min(POLL_MS, timeout - (now - begun));
    await host.clock.sleep(left);
  }
}

/** The run as it is now, or undefined while the server does not answer. */
async function look(client: Client, runId: string): Promise<RunAnswer | undefined> {
  try {
    return await client.get(`/runs/${segment(runId)}`, RunAnswer);
  } catch (error) {
    if (error instanceof Failure && (error.code === EXIT.unreachable || (error.status ?? 0) >= 500)) {
      return undefined;
    }
    throw error;
  }
}

function stateOf(run: RunAnswer): string {
  return run.state ?? run.status;
}
