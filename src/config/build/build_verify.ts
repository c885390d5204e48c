// The settings of `verify`: when backups of a job are proved, which, and by what its provider can do.

import type { ProviderSpec } from "../../domain/provider_spec.ts";
import type { VerifySettings } from "../../domain/verification/verify_settings.ts";
import type { JobSettings } from "../schema/schema_job.ts";
import { milliseconds } from "../values/durations.ts";
import type { Complain, JobBuild } from "./job_build.ts";

/** What is not said by the user, in the words of the document. */
export const VERIFY_DEFAULTS = {
  select: "each_level",
  method: "check",
  timeout: "6h",
  every: "30d",
} as const;

/** Null where there is none, or it is wrong and reported. */
export function buildVerify(
  settings: JobSettings["verify"],
  spec: ProviderSpec,
  zone: string,
  complain: Complain,
  { schedules, now }: JobBuild,
): VerifySettings | null {
  if (settings === undefined || settings === "off") return null;
  if (settings.schedule === undefined) {
    complain(["verify"], {
      message: 'says no time: expected a schedule, such as schedule: "0 5 * * SUN", or off',
    });
    return null;
  }
  const parsed = schedules.parse(settings.schedule, zone, now);
  if (!("schedule" in parsed)) {
    complain(["verify", "schedule"], { message: parsed.error });
    return null;
  }
  const method = settings.method ?? VERIFY_DEFAULTS.method;
  // Of one over HTTP nobody knows before it is asked; the other built-ins can do both.
  if (spec.kind === "conductor") {
    complain(["verify"], { message: "cannot be done: nobody verifies on Conductor: expected verify: off" });
  }
  if (spec.kind === "command" && spec.verify === undefined) {
    complain(settings.method === undefined ? ["verify"] : ["verify", "method"], {
      message:
        `'${method}' cannot be done: the command of its provider has no verify: expected one, or verify: off`,
    });
  }
  return {
    schedule: parsed.schedule.pattern,
    select: settings.select ?? VERIFY_DEFAULTS.select,
    method,
    timeoutMs: milliseconds(settings.timeout ?? VERIFY_DEFAULTS.timeout),
    everyMs: milliseconds(settings.every ?? VERIFY_DEFAULTS.every),
    maxConcurrent: spec.maxConcurrent,
  };
}
