// The commands that Schelly runs itself once it is known what became of a slot of a job.

import type { Job, JobHook } from "../../domain/job.ts";
import { shellArgv } from "../../domain/provider_spec.ts";
import type { Path } from "../document/tree.ts";
import type { JobSettings } from "../schema/schema_job.ts";
import type { JobHookSettings } from "../schema/schema_provider.ts";
import { milliseconds } from "../values/durations.ts";
import { environmentOf } from "./build_builtin.ts";
import { judgeHookEnvironment } from "./judge_environment.ts";
import type { JobBuild } from "./job_build.ts";

const TIMEOUT = "10m";

type HookBuild = Pick<JobBuild, "report" | "secrets" | "env">;

/** Those that there are. `at` says where a key was written. */
export function buildJobHooks(
  merged: JobSettings,
  at: (key: string) => Path,
  build: HookBuild,
): Pick<Job, "onSuccess" | "onFailure"> {
  const onSuccess = hookOf(merged.on_success, at("on_success"), build);
  const onFailure = hookOf(merged.on_failure, at("on_failure"), build);
  return {
    ...(onSuccess === undefined ? {} : { onSuccess }),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
}

function hookOf(
  settings: JobHookSettings | undefined,
  path: Path,
  build: HookBuild,
): JobHook | undefined {
  if (settings === undefined || settings === "off") return undefined;
  if (Array.isArray(settings)) return hookOf({ argv: settings }, path, build);
  const hook: JobHook = {
    argv: "shell" in settings ? shellArgv(settings.shell) : settings.argv as [string, ...string[]],
    timeoutMs: milliseconds(settings.timeout ?? TIMEOUT),
    env: environmentOf(settings, path, build),
  };
  judgeHookEnvironment(hook, path, build.env, build.report);
  return hook;
}
