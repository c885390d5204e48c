// `schelly forecast`: which backups a job will have, by the real scheduler and election over virtual time.

import type { Command } from "commander";
import type { Host } from "../ports/host.ts";
import { ForecastAnswer } from "./answers.ts";
import { connect, segment } from "./client.ts";
import type { ServerArgs } from "./discovery.ts";
import { EXIT } from "./exit.ts";
import { type Context, example, jsonOption, serverOptions } from "./options.ts";
import { futureReader, iso, TIME_FORMS } from "./readers.ts";
import { type Cell, displayOf } from "./render.ts";

export interface ForecastArgs extends ServerArgs {
  job: string;
  /** UTC ms. */
  until: number;
  json?: boolean;
}

/** Declares the command. */
export function addForecast(program: Command, { host, finish }: Context): void {
  const forecast = program.command("forecast").description("which backups a job will have at a time to come")
    .argument("<job>", "name of the job")
    .requiredOption(
      "--until <time>",
      `that time: ${TIME_FORMS}, or a length from now such as 365d`,
      futureReader(host),
    );
  example(serverOptions(jsonOption(forecast)), "schelly forecast postgres --until 365d");
  forecast.action(async (job, options) => finish(await forecastJob({ ...options, job }, host)));
}

/** The backups that will be there at `until`, newest first. */
export async function forecastJob(args: ForecastArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const answer = await client.get(`/jobs/${segment(args.job)}/forecast`, ForecastAnswer, {
    until: iso(args.until),
  });
  const display = displayOf(host);
  if (args.json) display.json(answer);
  else {
    const newestFirst = [...answer.backups].sort((a, b) => a.period_time < b.period_time ? 1 : -1);
    display.table(
      ["TIME", "KEPT AS", "TAGS"],
      newestFirst.map((
        row,
      ): Cell[] => [row.period_time, row.reasons.join(", ") || "-", row.tags.join(",") || "-"]),
      "No backups by then.",
    );
  }
  const reached = answer.reached ?? answer.until;
  display.note(
    `${answer.backups.length} backups at ${reached ?? iso(args.until)} after ${
      answer.slots ?? "?"
    } slots of ` +
      `"${answer.schedule ?? "?"}" in ${answer.timezone ?? "?"}`,
  );
  if (answer.reached && answer.until && answer.reached < answer.until) {
    display.note(
      `The forecast stopped at ${answer.reached}, before ${answer.until}: there are too many slots up to then.`,
    );
  }
  return EXIT.ok;
}
