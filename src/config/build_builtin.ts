// The settings of the built-in providers, restic and command, become their specs.

import { parseDuration } from "../domain/duration.ts";
import type { BuiltinBase, HookSpec, ProviderBase, ProviderSpec } from "../domain/provider_spec.ts";
import type { Bodies, ProviderBuild } from "./provider_build.ts";
import type { CommandSettings, HookSettings, ResticSettings } from "./schema_provider.ts";
import { type Path, resolvePath, valueAt } from "./tree.ts";

const HOOK_TIMEOUT = "2h";

/** Checks its password too. */
export function buildRestic(
  settings: ResticSettings,
  base: ProviderBase,
  bodies: Bodies,
  path: Path,
  build: ProviderBuild,
): ProviderSpec {
  const { report, secrets, mode } = build;
  const env = environmentOf(settings, path, build);
  if (settings.password !== undefined && settings.password_file !== undefined) {
    report.add([...path, "password_file"], { message: "stands beside password: expected one of them" });
  }
  const inEnv = ["RESTIC_PASSWORD", "RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND"]
    .some((variable) => (env[variable] ?? build.env[variable] ?? "") !== "");
  if (settings.password === undefined && settings.password_file === undefined && !inEnv) {
    report.add(path, {
      message: "has no password: expected password_file, or password",
      severity: mode === "optional" ? "note" : "error",
    });
  }
  return {
    ...base,
    ...builtinOf(settings, bodies),
    key: base.key || `restic:${withoutCredentials(settings.repository)}`,
    kind: "restic",
    repository: settings.repository,
    program: settings.program ?? "restic",
    passwordFile: settings.password_file === undefined ? null : secrets.fileAt([...path, "password_file"]),
    password: settings.password ?? null,
    paths: settings.paths,
    exclude: settings.exclude ?? [],
    tags: settings.tags ?? [],
    host: settings.host ?? null,
    oneFileSystem: settings.one_file_system ?? false,
    init: settings.init ?? false,
    prune: settings.prune ?? false,
    onIncomplete: settings.on_incomplete ?? "fail",
    env,
    extraBackupArgs: settings.extra_backup_args ?? [],
  };
}

/**
 * Its key is `command:` and the name of the job it is written in, so that an edit of the command leaves the backups
 * made so far where they belong. `command:defaults` for one written there.
 */
export function buildCommand(
  settings: CommandSettings,
  base: ProviderBase,
  bodies: Bodies,
  path: Path,
  build: ProviderBuild,
): ProviderSpec {
  const owner = path[0] === "jobs" ? String(valueAt(build.root, [...path.slice(0, 2), "name"])) : "defaults";
  return {
    ...base,
    ...builtinOf(settings, bodies),
    key: base.key || `command:${owner}`,
    kind: "command",
    create: settings.create as [string, ...string[]],
    delete: settings.delete as [string, ...string[]],
    get: (settings.get as [string, ...string[]] | undefined) ?? null,
    list: (settings.list as [string, ...string[]] | undefined) ?? null,
    env: environmentOf(settings, path, build),
    cwd: settings.cwd === undefined ? null : resolvePath(build.base, settings.cwd),
  };
}

function builtinOf(
  settings: ResticSettings | CommandSettings,
  bodies: Bodies,
): Pick<BuiltinBase, "pre" | "post" | "createLimitMs" | "createBody" | "deleteBody"> {
  return {
    pre: hookOf(settings.pre),
    post: hookOf(settings.post),
    createLimitMs: settings.create_limit === undefined ? null : milliseconds(settings.create_limit),
    ...bodies,
  };
}

function hookOf(settings: HookSettings | undefined): HookSpec | null {
  if (settings === undefined) return null;
  const whole = Array.isArray(settings) ? { argv: settings, timeout: undefined } : settings;
  return {
    argv: whole.argv as [string, ...string[]],
    timeoutMs: milliseconds(whole.timeout ?? HOOK_TIMEOUT),
  };
}

function environmentOf(
  settings: ResticSettings | CommandSettings,
  path: Path,
  { report, secrets }: ProviderBuild,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const key of ["env", "env_file"] as const) {
    for (const [name, written] of Object.entries(settings[key] ?? {})) {
      const at = [...path, key, name];
      const value = key === "env" ? written : secrets.textAt(at);
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        report.add(at, { message: "is no variable name: expected letters, digits and _", atKey: true });
      } else if (Object.hasOwn(env, name)) {
        report.add(at, { message: "stands in env and in env_file: expected one of them", atKey: true });
      } else if (value?.includes("\0")) {
        report.add(at, { message: "the value has a NUL character: expected text" });
      } else if (value !== undefined) env[name] = value;
    }
  }
  return env;
}

function withoutCredentials(repository: string): string {
  return repository.replace(/(:\/\/)[^\s/?#]*@/, "$1");
}

function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
