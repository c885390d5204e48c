// `schelly run`: the server, from the configuration to its end by a signal.

import type { Command } from "commander";
import type { Config } from "../../config/values/config.ts";
import { formatIssue } from "../../domain/errors.ts";
import { createScheduleCache, type ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Host } from "../../ports/host.ts";
import { announce, type Sayer, sayerOf } from "./announce.ts";
import { zoneNote } from "../config/zone_note.ts";
import { ConfigWatch } from "./config_watch.ts";
import { firstConfiguration } from "./first_configuration.ts";
import { type ConfigFlags, configurationLoader, loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { configOption, type Context, example } from "../terminal/options.ts";
import type { Roots, Scheduler } from "../terminal/roots.ts";
import { promisesOf } from "../config/promises.ts";
import { type StopSignals, stopSignals } from "../terminal/stop_signals.ts";

interface RunServerArgs extends ConfigFlags {
  /** A name that does not belong here: `run NAME` is a guess at `jobs trigger NAME`. */
  name?: string;
}

/** Declares the command. */
export function addRun(program: Command, { host, roots, finish }: Context): void {
  const run = program.command("run").description("start the server: it schedules, runs and thins out backups")
    // A name is let in only to be answered with what was probably meant.
    .allowExcessArguments();
  configOption(run)
    .option("--listen <address>", "address of the REST API, e.g. 127.0.0.1:8080 (SCHELLY_LISTEN)")
    .option("--socket <path>", "unix socket of the REST API; who may open it is admin (SCHELLY_SOCKET)")
    .option("--state <url>", "where the state is, e.g. file:/var/lib/schelly/schelly.db (SCHELLY_STATE_URL)")
    .option("--log-level <level>", "debug, info, warning or error (SCHELLY_LOG_LEVEL)")
    .option("--log-format <format>", "auto, text or json (SCHELLY_LOG_FORMAT)");
  example(
    run,
    "schelly run --config schelly.yaml",
    "WEBHOOK_URL=http://restic:7070/backups schelly run   # one job from the environment",
  );
  run.action(async (options, { args }) =>
    finish(await runServer({ ...options, name: args[0] }, host, roots))
  );
}

/**
 * Runs until a signal comes or the server ends by itself.
 * SIGINT and SIGTERM stop it in order (exit 130, 143), a second one at once; SIGHUP reloads the configuration, as does an edit of its files.
 */
async function runServer(args: RunServerArgs, host: Host, roots: Roots): Promise<number> {
  if (args.name !== undefined) {
    throw new Failure(
      EXIT.usage,
      `\`schelly run\` starts the server and takes no name: did you mean \`schelly jobs trigger ${args.name}\`?`,
    );
  }
  const schedules = createScheduleCache();
  const load = configurationLoader(args, host, "required", schedules);
  const signals = stopSignals(host);
  try {
    const config = await firstConfiguration({ args, host, load, signals });
    if (typeof config === "number") return config;
    // A second signal does not wait for anything, not even for the start.
    return await Promise.race([
      serve(config, { load, schedules }, args, host, roots, signals),
      signals.again,
    ]);
  } finally {
    signals.end();
  }
}

async function serve(
  config: Config,
  { load, schedules }: { load: ReturnType<typeof configurationLoader>; schedules: ScheduleCache },
  args: RunServerArgs,
  host: Host,
  roots: Roots,
  signals: StopSignals,
): Promise<number> {
  const say = sayerOf(config, host);
  const warn = latestOnly((config: Config) => warnOfPromises(config, host, say));
  const watch = new ConfigWatch({
    config: args.config,
    host,
    load: () => load(),
    reload: async () => (await starting).operations.reload("an edit of the files"),
    failed: (error) => say("error", `The configuration was not reloaded: ${(error as Error).message}`),
  });
  const stopping = new AbortController();
  // It may wait for a state that another instance has.
  void signals.asked.then((code) => stopping.abort(code));
  const starting = roots.startApp({
    config,
    stopping: stopping.signal,
    async reload() {
      const edited = await load();
      watch.cover(edited);
      warn(edited);
      return edited;
    },
    loadEdited: load,
    loadPlanned: (edit) => loadConfiguration(args, host, "optional", { edit }),
    host,
    schedules,
  });
  const app: Scheduler | number = await starting.catch((error) => {
    if (stopping.signal.aborted && error === stopping.signal.reason) return stopping.signal.reason as number;
    throw error;
  });
  if (typeof app === "number") {
    watch.end();
    return app;
  }
  const ignoreHangup = host.onSignal("SIGHUP", () => {
    app.operations.reload("SIGHUP").then(
      ({ ok, messages }) => ok || say("error", `The configuration was not reloaded: ${messages.join("; ")}`),
      (error) => say("error", `The configuration was not reloaded: ${error.message}`),
    );
  });
  try {
    announce(config, app, host, say);
    const zone = await zoneNote(config, host);
    if (zone !== undefined) say("info", formatIssue(zone));
    warn(config);
    watch.cover(config);
    // It may have been edited while the server started.
    watch.look();
    const ended = await Promise.race([signals.asked, app.done]);
    if (typeof ended === "number") {
      say("info", "Stopping; a second signal stops at once.");
      await app.stop();
      return ended;
    }
    if (ended.message !== undefined) say("error", ended.message);
    return ended.code;
  } finally {
    ignoreHangup();
    watch.end();
    await app[Symbol.asyncDispose]();
  }
}

/** Does the work for what came last, once the work under way is done; what came in between is passed over. */
function latestOnly<T>(work: (of: T) => Promise<void>): (of: T) => void {
  let waiting: { of: T } | undefined;
  let working = false;
  const go = async () => {
    working = true;
    for (let next = waiting; next !== undefined; next = waiting) {
      waiting = undefined;
      await work(next.of);
    }
    working = false;
  };
  return (of) => {
    waiting = { of };
    if (!working) void go();
  };
}

/**
 * A broken promise is told, and stops nothing: the backups that can be made are worth more than none. Never rejects.
 */
async function warnOfPromises(config: Config, host: Host, say: Sayer): Promise<void> {
  try {
    const { issues } = await promisesOf(config, host);
    for (const issue of issues) say("warning", formatIssue(issue));
  } catch (error) {
    say("warning", `The promises of the configuration could not be checked: ${(error as Error).message}`);
  }
}
