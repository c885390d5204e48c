// `schelly config diff`: what differs between two configurations, key by key, secrets redacted.

import type { Command } from "commander";
import { changeOf, matchJobs, oldJob } from "../../domain/future/plan.ts";
import { diffSettings } from "../../domain/settings_diff.ts";
import type { Host } from "../../ports/host.ts";
import { noteAll } from "./config.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jsonOption } from "../terminal/options.ts";
import { printChanges } from "./plan_text.ts";
import { displayOf } from "../terminal/render.ts";
import { settingsOf } from "../../config/sorted_settings.ts";

interface DiffArgs {
  old: string;
  new: string;
  json?: boolean;
  /** False: secrets are not read. */
  secrets?: boolean;
}

/** Declares the command in the group `config`. */
export function addConfigDiff(config: Command, { host, finish }: Context): void {
  const diff = config.command("diff").description(
    "compare two configurations, key by key; secrets are compared and not shown",
  )
    .argument("<old>", "file or folder before the edit")
    .argument("<new>", "file or folder after it")
    .option("--no-secrets", "do not read secrets; note the ones that are not set");
  example(jsonOption(diff), "schelly config diff schelly.yaml new.yaml");
  diff.action(async (before, after, options) =>
    finish(await diffConfigs({ ...options, old: before, new: after }, host))
  );
}

/** Exit 0 whether or not they differ: a difference is no failure. */
async function diffConfigs(args: DiffArgs, host: Host): Promise<number> {
  const secrets = args.secrets === false ? "optional" : "required";
  const before = await loadConfiguration({ config: args.old }, host, secrets);
  const after = await loadConfiguration({ config: args.new }, host, secrets);
  const display = displayOf(host);
  noteAll(after.notes, display);
  const [old, edited] = [settingsOf(before), settingsOf(after)];
  const pairs = matchJobs(
    before.jobs.map((job) => oldJob(job, old.jobs.get(job.name)!)),
    after.jobs.map((job) => ({ job, settings: edited.jobs.get(job.name)! })),
  );
  const jobs = pairs.filter(({ change }) => change !== "unchanged").map(changeOf);
  const besides = diffSettings(old.besides, edited.besides);
  if (args.json) display.json({ jobs, besides });
  else if (jobs.length === 0 && besides.length === 0) display.note("They do not differ.");
  else printChanges(jobs, besides, display);
  return EXIT.ok;
}
