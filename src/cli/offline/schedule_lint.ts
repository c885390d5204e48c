// `schelly schedule lint`: what is odd about the schedules of a configuration; a running server adds how long backups take.

import { counted } from "../../domain/count_text.ts";
import type { Command } from "commander";
import { iso } from "../../domain/instant.ts";
import { isService } from "../../domain/provider_spec.ts";
import { drain } from "../../domain/slices.ts";
import type { Finding } from "../../domain/lint/lint_finding.ts";
import { createScheduleCache } from "../../domain/schedule/schedule.ts";
import { lintSchedules } from "../../domain/lint/schedule_lint.ts";
import type { Host } from "../../ports/host.ts";
import { JobAnswer } from "../client/answers.ts";
import { connect } from "../client/client.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";

interface LintArgs extends ServerArgs {
  /** Warnings fail. */
  strict?: boolean;
  /** Ask no server for durations. */
  offline?: boolean;
  json?: boolean;
}

/** More names than these are counted. */
const MOST_NAMES = 3;

/** Declares the command in the group `schedule`. */
export function addScheduleLint(schedule: Command, { host, finish }: Context): void {
  const lint = schedule.command("lint")
    .description(
      "point out what is odd about the schedules; asks a running server how long backups take",
    )
    .option("--strict", "exit 1 when there is a warning")
    .option("--offline", "ask no server");
  example(
    serverOptions(jsonOption(lint)),
    "schelly schedule lint --config schelly.yaml --offline --strict",
    "schelly schedule lint --server http://127.0.0.1:8080",
  );
  lint.action(async (options) => finish(await lintConfiguration(options, host)));
}

/** Prints every finding; exit 1 for a warning under `--strict`. */
async function lintConfiguration(args: LintArgs, host: Host): Promise<number> {
  if (args.offline && (args.server !== undefined || args.socket !== undefined)) {
    throw new Failure(EXIT.usage, "Cannot lint --offline and ask a server: expected one of the two");
  }
  const config = await loadConfiguration({ config: args.config }, host, "optional");
  const display = displayOf(host);
  const durations = await measuredDurations(args, host, display);
  const findings = drain(lintSchedules({
    jobs: config.jobs,
    providers: Array.from(config.providers.values(), ({ key, maxConcurrent, kind }) => ({
      key,
      maxConcurrent,
      isBuiltin: !isService({ kind }),
    })),
    durations,
    schedules: createScheduleCache(),
    now: host.clock.now(),
  }));
  const warnings = findings.filter((finding) => finding.severity === "warning").length;
  if (args.json) {
    const shown = findings.map((finding) => ({ ...finding, at: finding.at.map((ms) => iso(ms)) }));
    display.json({ jobs: config.jobs.length, measured: durations.size, findings: shown });
  } else {
    for (const finding of findings) print(finding, display);
    const said = [counted(warnings, "warning"), counted(findings.length - warnings, "notice")].join(", ");
    const measured = counted(durations.size, "measured duration");
    display.note(`${said} over ${counted(config.jobs.length, "job")}, ${measured}.`);
  }
  return args.strict && warnings > 0 ? EXIT.failed : EXIT.ok;
}

/** How long the last backup of each job took, in ms; none where no server answers and none was named. */
async function measuredDurations(
  args: LintArgs,
  host: Host,
  display: Display,
): Promise<ReadonlyMap<string, number>> {
  if (args.offline) return new Map();
  const isNamed = args.server !== undefined || args.socket !== undefined ||
    Boolean(host.env.SCHELLY_SERVER);
  try {
    const client = await connect(args, host);
    const jobs = await client.get("/jobs", JobAnswer.array());
    return new Map(
      jobs.flatMap(({ job, last_duration_seconds: seconds }): [string, number][] =>
        typeof seconds === "number" ? [[job, seconds * 1000]] : []
      ),
    );
  } catch (error) {
    if (isNamed || !(error instanceof Failure)) throw error;
    display.note(`Without measured durations: ${error.message}`);
    return new Map();
  }
}

function print(finding: Finding, display: Display): void {
  const more = finding.jobs.length - MOST_NAMES;
  const names = finding.jobs.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
  display.say(display.status(finding.severity), ` ${finding.rule}: ${names}`);
  display.print(`  ${finding.message}.`);
  display.print(`  To do: ${finding.remedy}.`);
  if (finding.rule !== "collision") return;
  for (const { job, schedule } of finding.proposals) display.print(`    ${job}: schedule: "${schedule}"`);
}
