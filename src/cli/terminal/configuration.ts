// Loads the configuration a command runs with. Loaded when needed: offline commands start without zod and yaml.

import type { ConfigEdit } from "../../config/document/edited_texts.ts";
import type { FileEdit } from "../../config/document/edited_files.ts";
import type { KnownJobs } from "../../config/known_jobs.ts";
import type { Config } from "../../config/values/config.ts";
import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import type { Host } from "../../ports/host.ts";

/** What may be said on the command line; wins over the environment and the file. */
export interface ConfigFlags {
  config?: string;
  listen?: string;
  socket?: string;
  state?: string;
  logLevel?: string;
  logFormat?: string;
}

/**
 * Finds, reads and checks the configuration; rejects with `ConfigError`. `secrets: "optional"` reads none; `known`: what loads
 * before have left; `edit`: judged as if it were written.
 */
export async function loadConfiguration(
  flags: ConfigFlags,
  host: Host,
  secrets: "required" | "optional",
  { known, edit }: { known?: KnownJobs; edit?: ConfigEdit } = {},
): Promise<Config> {
  const { loadConfig } = await import("../../config/load.ts");
  const { config, listen, socket, state, logLevel, logFormat } = flags;
  return loadConfig({
    flags: { config, listen, socket, state, logLevel, logFormat },
    env: host.env,
    files: host.files,
    now: host.clock.now(),
    tlsTrouble: host.tlsTrouble,
    secrets,
    ...(known === undefined ? {} : { known }),
    ...(edit === undefined ? {} : { edit }),
    inSlices: (work) => drainInSlices(work, host.clock),
  });
}

/** The same again and again, also as after an edit of one file: of jobs that say what they said the last time nothing is worked out anew. */
export function configurationLoader(
  flags: ConfigFlags,
  host: Host,
  secrets: "required" | "optional",
  schedules: ScheduleCache,
): (edit?: FileEdit) => Promise<Config> {
  let known: KnownJobs | undefined;
  return async (edit) => {
    const { KnownJobs } = await import("../../config/known_jobs.ts");
    known ??= new KnownJobs(schedules);
    if (edit === undefined) return await loadConfiguration(flags, host, secrets, { known });
    const { withEdit } = await import("../../config/document/edited_files.ts");
    return await loadConfiguration(flags, { ...host, files: withEdit(host.files, edit) }, secrets, { known });
  };
}
