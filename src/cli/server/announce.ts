// What `schelly run` says when it has started: where to look, what is open, what comes next.

import { counted } from "../../domain/count_text.ts";
import type { Config } from "../../config/values/config.ts";
import { formatIssue } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import { formatLevelRule, type Level, LEVELS } from "../../domain/policy.ts";
import type { Host } from "../../ports/host.ts";
import { sourceOf } from "../config/config.ts";
import { clean } from "../../domain/steering.ts";
import { jsonText, relative } from "../terminal/render.ts";
import type { Scheduler } from "../terminal/roots.ts";

/** Says one line on stderr. */
export type Sayer = (level: "info" | "warning" | "error", message: string) => void;

/** Most jobs whose next slot is told one by one. */
const MOST_JOBS = 20;

/** What the original's image set where its user had set nothing. */
const IMAGE_DEFAULTS: Partial<Record<Level, string>> = {
  daily: "4@L",
  weekly: "4@L",
  monthly: "3@L",
  yearly: "2@L",
};

/**
 * Plain lines, or JSON lines where the log is JSON, so that stderr stays one language. From here on stderr never waits for
 * its reader: what nobody reads must not stop a backup.
 */
export function sayerOf(config: Config, host: Host): Sayer {
  const { format } = config.log;
  const { terminal, clock } = host;
  const line: (...said: Parameters<Sayer>) => string =
    format === "json" || (format === "auto" && !terminal.errIsTty)
      ? (level, message) => `${jsonText({ time: iso(clock.now()), level, event: "cli", message })}\n`
      : (level, message) => `${level === "info" ? "" : `${level}: `}${clean(message)}\n`;
  terminal.neverWait((dropped) => line("warning", gapText(dropped)));
  return (level, message) => terminal.err(line(level, message));
}

/** What the log says where lines are missing. */
export function gapText(dropped: number): string {
  return `${counted(dropped, "log line")} dropped here: nobody read standard error for too long.`;
}

/** Tells a person, or the log, what was started. */
export function announce(config: Config, app: Scheduler, host: Host, say: Sayer): void {
  const jobs = counted(config.jobs.length, "job");
  say("info", `Schelly ${host.version.version}: ${sourceOf(config)}, ${jobs}, state ${stateOf(config)}.`);
  for (const note of config.notes) say(note.severity === "note" ? "info" : "warning", formatIssue(note));
  if (app.addresses.length === 0) {
    say("warning", "Listening nowhere: no listen, no socket; only signals reach this server.");
  } else say("info", `Listening on ${app.addresses.join(" and ")}.`);
  const web = app.addresses.find((address) => /^https?:/.test(address));
  if (web !== undefined) {
    say("info", `Look at ${web}/ in a browser, or run \`schelly jobs list\`.`);
  }
  sayAccess(config, web, say);
  if (config.source.kind === "env") sayPolicy(config, host, say);
  const now = host.clock.now();
  for (const { job, slot } of app.nextSlots.slice(0, MOST_JOBS)) {
    say(
      "info",
      `Job ${job}: ${slot === null ? "no next slot" : `next slot ${iso(slot)} (${relative(slot, now)})`}.`,
    );
  }
  const untold = app.nextSlots.length - MOST_JOBS;
  if (untold > 0) say("info", `And ${untold} more: \`schelly jobs list\` shows them.`);
}

function sayAccess(config: Config, web: string | undefined, say: Sayer): void {
  if (web === undefined) return;
  if (config.server.auth.kind === "none") {
    say("warning", `auth is none: whoever reaches ${web} may do everything, deletions included.`);
  } else if (config.server.auth.kind === "default") {
    say(
      "info",
      `No tokens are configured: over ${web} everybody may read and start backups, and nothing else.`,
    );
  }
}

/** The policy of the original's environment level by level: there it depends on what its image filled in. */
function sayPolicy(config: Config, host: Host, say: Sayer): void {
  for (const job of config.jobs) {
    const { retention } = job;
    if (retention.keepAll) {
      say("info", `Job ${job.name} keeps every backup.`);
      continue;
    }
    for (const level of LEVELS) {
      const rule = retention.levels[level];
      const isSet = (host.env[`RETENTION_${level.toUpperCase()}`] ?? "") !== "";
      if (rule.count > 0) {
        say(
          "info",
          `Job ${job.name} keeps ${level} ${formatLevelRule(level, rule)}${isSet ? "" : " (default)"}.`,
        );
      } else if (!isSet && IMAGE_DEFAULTS[level] !== undefined) {
        say(
          "warning",
          `Job ${job.name} keeps no ${level} backups: the original's image would have filled in ${
            IMAGE_DEFAULTS[level]
          }.`,
        );
      }
    }
  }
}

function stateOf({ state }: Config): string {
  if (state.shownUrl !== undefined) return state.shownUrl;
  return URL.canParse(state.url) && !state.url.startsWith("file:") ? new URL(state.url).host : state.url;
}
