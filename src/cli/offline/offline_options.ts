// Options of the commands that need no server: time zone, start of weeks, retention policy.

import type { Command } from "commander";
import { parsePolicy, type Policy, type WeekStart } from "../../domain/policy.ts";
import { isZone } from "../../domain/calendar/zone.ts";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { choiceReader } from "../terminal/readers.ts";

/** `--timezone`, default `TZ`, else UTC, as for jobs. */
export function zoneOption(command: Command, host: Host): Command {
  return command.option("--timezone <zone>", "IANA time zone such as Europe/Berlin", defaultZone(host));
}

/** `--week-starts sunday|monday`. */
export function weekStartsOption(command: Command): Command {
  return command.option(
    "--week-starts <day>",
    "sunday or monday",
    choiceReader(["sunday", "monday"]),
    "sunday",
  );
}

/** Refuses a name that is no time zone. */
export function checkZone(name: string): void {
  if (isZone(name)) return;
  throw new Failure(
    EXIT.usage,
    `Cannot use --timezone ${
      JSON.stringify(name)
    }: it is not a time zone: expected a name such as Europe/Berlin or UTC`,
  );
}

/** Reads `--policy`; every problem in one line. */
export function readPolicy(text: string, weekStarts: WeekStart): Policy {
  const parsed = parsePolicy(text, { weekStarts });
  if ("errors" in parsed) throw new Failure(EXIT.usage, parsed.errors.join("; "));
  return parsed.policy;
}

/** The zone of a job that names none. */
export function defaultZone(host: Host): string {
  const { TZ } = host.env;
  return TZ !== undefined && TZ !== "" && isZone(TZ) ? TZ : "UTC";
}
