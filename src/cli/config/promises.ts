// Checks the promises of a configuration for the commands that tell of broken ones. Loaded when there are any.

import { counted } from "../../domain/count_text.ts";
import type { PromiseCheck } from "../../config/build/check_promises.ts";
import type { Config } from "../../config/values/config.ts";
import { type ConfigIssue, formatIssue } from "../../domain/errors.ts";
import type { Host } from "../../ports/host.ts";
import type { Display } from "../terminal/render.ts";

/** The check, and each broken promise as an issue with its place. */
interface CheckedPromises extends PromiseCheck {
  issues: ConfigIssue[];
}

/** Plays schedules and policies from now on; lets other work run meanwhile. */
export async function promisesOf(config: Config, host: Host): Promise<CheckedPromises> {
  if (config.jobs.every((job) => job.promises.length === 0)) return { broken: [], notes: [], issues: [] };
  const { checkPromises, issueOf } = await import("../../config/build/check_promises.ts");
  const { drainInSlices } = await import("../../engine/context/slices.ts");
  const check = await drainInSlices(checkPromises(config, host.clock.now()), host.clock);
  return { ...check, issues: check.broken.map(issueOf) };
}

/** Each broken promise one a line, under a line that counts them. */
export function noteBroken(issues: readonly ConfigIssue[], display: Display): void {
  const count = counted(issues.length, "promise");
  display.note(`schelly: the configuration breaks ${count}`);
  for (const issue of issues) display.note(`  ${formatIssue(issue)}`);
}
