// `schelly validate config`, `schelly config validate | show | schema`: the configuration, without a server.

import { type Command, Option } from "commander";
import type { Config } from "../../config/values/config.ts";
import { counted } from "../../domain/count_text.ts";
import { ConfigError, type ConfigIssue, formatIssue } from "../../domain/errors.ts";
import { keepFailedText } from "../../domain/leftovers.ts";
import { iso } from "../../domain/instant.ts";
import type { Host } from "../../ports/host.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT } from "../terminal/exit.ts";
import { githubAnnotation } from "./github_annotation.ts";
import { configOption, type Context, example, jsonOption } from "../terminal/options.ts";
import { noteBroken, promisesOf } from "./promises.ts";
import { type Display, displayOf } from "../terminal/render.ts";
import { zoneNote } from "./zone_note.ts";

/** Most names of jobs on the line that says that all is well. */
const MOST_NAMED = 10;

interface ValidateArgs {
  /** File or folder; wins over `config`. */
  path?: string;
  config?: string;
  /** False: secrets are not read; what is unset is noted. */
  secrets?: boolean;
  json?: boolean;
  /** `github`: issues as annotations of GitHub's CI. */
  format?: string;
}

/** Declares `config …` and `validate config`; answers the group so that `diff` can join it. */
export function addConfig(program: Command, context: Context): Command {
  const { host, finish } = context;
  const config = program.command("config").description("check and show the configuration");
  const show = config.command("show").description(
    "show every effective value and where it comes from; secrets stay hidden",
  );
  example(jsonOption(noSecretsOption(configOption(show))), "schelly config show --config schelly.yaml");
  show.action(async (options) => finish(await showConfig(options, host)));
  const schema = config.command("schema").description("print the JSON schema of the YAML file, for editors");
  example(schema, "schelly config schema > schelly.schema.json");
  schema.action(async () => finish(await printSchema(host)));
  addValidate(config, "validate", context);
  const validate = program.command("validate").description(
    "check the configuration: the same as `config validate`",
  );
  addValidate(validate, "config", context);
  return config;
}

function addValidate(parent: Command, name: string, { host, finish }: Context): void {
  const say = `schelly ${parent.name()} ${name}`;
  const validate = parent.command(name).description(
    "check the configuration; prints every problem with its place",
  )
    .argument("[path]", "file or folder (default: the one `run` would use)");
  example(
    jsonOption(noSecretsOption(configOption(validate))).addOption(
      new Option("--format <format>", "how problems are printed").choices(["text", "github"]).default("text"),
    ),
    `${say} schelly.yaml`,
    `${say} --no-secrets   # in CI, where the secrets are not`,
    `${say} --no-secrets --format github   # as annotations on the changed lines`,
  );
  validate.action(async (path, options) => finish(await validateConfig({ ...options, path }, host)));
}

function noSecretsOption(command: Command): Command {
  return command.option("--no-secrets", "do not read secrets; note the ones that are not set");
}

/** Checks the configuration and its promises; with `json` the issues are data on stdout. */
async function validateConfig(args: ValidateArgs, host: Host): Promise<number> {
  const display = displayOf(host);
  try {
    const config = await load(args, host);
    const promises = await promisesOf(config, host);
    const { doubtsOf } = await import("./doubts.ts");
    const zone = await zoneNote(config, host);
    const doubts = [...zone === undefined ? [] : [zone], ...await doubtsOf(config, host)];
    const notes = [...config.notes, ...promises.notes, ...doubts];
    const isBroken = promises.broken.length > 0;
    if (args.format === "github") {
      for (const issue of [...promises.issues, ...notes]) display.print(githubAnnotation(issue));
    }
    if (args.json) {
      display.json({
        valid: !isBroken,
        jobs: config.jobs.map((job) => job.name),
        issues: [...promises.issues, ...notes],
        broken_promises: promises.broken.map(({ at, ...broken }) => ({ ...broken, at: iso(at) })),
      });
      return isBroken ? EXIT.overBudget : EXIT.ok;
    }
    if (args.format !== "github") noteAll(notes, display);
    if (isBroken) {
      noteBroken(promises.issues, display);
      return EXIT.overBudget;
    }
    const jobs = counted(config.jobs.length, "job");
    display.print(
      `${sourceOf(config)} is valid: ${jobs} (${namesOf(config)})`,
    );
    noteKeepFailed(config, display);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (args.format === "github") {
      for (const issue of error.issues) display.print(githubAnnotation(issue));
      return EXIT.config;
    }
    if (!args.json) throw error;
    display.json({ valid: false, jobs: [], issues: error.issues, broken_promises: [] });
    return EXIT.config;
  }
}

/** The names of the jobs, of many only the first ones. */
function namesOf({ jobs }: Config): string {
  const names = jobs.slice(0, MOST_NAMED).map(({ name }) => name).join(", ");
  return jobs.length > MOST_NAMED ? `${names} and ${jobs.length - MOST_NAMED} more` : names;
}

/** Which jobs delete what failed runs leave though nobody has said so. */
function noteKeepFailed(config: Config, display: Display): void {
  const unset = config.jobs.filter(({ keepFailed }) => !keepFailed.isSet && keepFailed.ms !== Infinity);
  if (unset.length === 0) return;
  display.note(
    `What failed runs of built-ins leave is deleted after ${
      keepFailedText(unset[0]!.keepFailed.ms)
    } and a later backup ` +
      "(keep_failed is not set); where the state knows a job from before there was keep_failed, it stays for ever.",
  );
}

/** Prints every effective value with its source. */
async function showConfig(args: ValidateArgs, host: Host): Promise<number> {
  const config = await load(args, host);
  const display = displayOf(host);
  if (args.json) display.json(config.effective);
  else {
    await display.table(
      ["KEY", "VALUE", "SOURCE"],
      config.effective.map(({ path, value, source }) => [path, value, source]),
      "No values.",
    );
  }
  noteAll(config.notes, display);
  return EXIT.ok;
}

/** Prints the JSON schema. */
async function printSchema(host: Host): Promise<number> {
  const { jsonSchema } = await import("../../config/schema/schema.ts");
  displayOf(host).json(jsonSchema());
  return EXIT.ok;
}

/** The source of a configuration, as a subject of a sentence. */
export function sourceOf({ source }: Config): string {
  switch (source.kind) {
    case "file":
      return source.path;
    case "folder":
      return `${source.path} (${counted(source.files.length, "file")})`;
    case "inline":
      return "SCHELLY_CONFIG_YAML";
    case "env":
      return "The job of the environment";
  }
}

/** Warnings and notes of a configuration, one a line. */
export function noteAll(notes: readonly ConfigIssue[], display: Display): void {
  for (const note of notes) display.note(`${note.severity}: ${formatIssue(note)}`);
}

function load(args: ValidateArgs, host: Host): Promise<Config> {
  return loadConfiguration(
    { config: args.path ?? args.config },
    host,
    args.secrets === false ? "optional" : "required",
  );
}
