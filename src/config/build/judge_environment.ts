// Names the variables of Schelly's own environment that programs are not given, where they may have relied on them.

import { keptBack } from "../../domain/child_environment.ts";
import type { JobHook } from "../../domain/job.ts";
import type { ProviderSpec } from "../../domain/provider_spec.ts";
import type { Finding, Report } from "../document/report.ts";
import type { Path } from "../document/tree.ts";

/** So many are named in one note. */
const MOST_NAMED = 20;
const REFERENCE = /(?<!\\)\$\{?([A-Za-z_][A-Za-z0-9_]*)/g;

/** A warning for each provider whose commands name such a variable, and one note for those that scripts may read. */
export function judgeEnvironment(
  specs: Iterable<ProviderSpec>,
  paths: ReadonlyMap<string, Path>,
  env: Record<string, string>,
  report: Report,
): void {
  const kept = keptBack(env);
  if (kept.length === 0) return;
  const untold = new Set(kept.flatMap(({ name, isOwn }) => isOwn ? [] : [name]));
  let hasScripts = false;
  for (const spec of specs) {
    const words = commandsOf(spec).flat();
    if (words.length === 0 || spec.kind === "http" || spec.kind === "conductor") continue;
    hasScripts = true;
    const missing = missingOf(words, spec.env, kept);
    for (const name of Object.keys(spec.env)) untold.delete(name);
    if (missing.length === 0) continue;
    missing.forEach((name) => untold.delete(name));
    report.add(paths.get(spec.key) ?? ["jobs"], missingFinding(missing, "of the provider"));
  }
  if (!hasScripts || untold.size === 0) return;
  const [first, ...others] = [...untold].slice(0, MOST_NAMED);
  const more = untold.size > MOST_NAMED ? ` and ${untold.size - MOST_NAMED} more` : "";
  report.addVariable(first!, {
    message: `not handed on to programs${
      others.length === 0
        ? ""
        : `, nor ${others.length === 1 && more === "" ? "is" : "are"} ${others.join(", ")}${more}`
    }: what a ` +
      "script needs of Schelly's own environment belongs in env of its provider",
    severity: "note",
  });
}

/** A warning where the command of a job names such a variable. */
export function judgeHookEnvironment(
  hook: JobHook,
  path: Path,
  env: Record<string, string>,
  report: Report,
): void {
  const missing = missingOf(hook.argv, hook.env, keptBack(env));
  if (missing.length > 0) report.add(path, missingFinding(missing, "beside it"));
}

function missingOf(
  words: readonly string[],
  own: Record<string, string>,
  kept: readonly { name: string }[],
): string[] {
  const used = new Set(words.flatMap((word) => [...word.matchAll(REFERENCE)].map(([, name]) => name!)));
  return kept.flatMap(({ name }) => used.has(name) && !Object.hasOwn(own, name) ? [name] : []);
}

function missingFinding(missing: readonly string[], where: string): Finding {
  return {
    message: `a command names ${missing.join(", ")}, which Schelly was started with and does not hand on: ` +
      `expected it in env ${where}`,
    hint: `env: { ${missing.map((name) => `${name}: "\${${name}}"`).join(", ")} }`,
    severity: "warning",
  };
}

/** Everything that is started for a provider beside its own tool. */
function commandsOf(spec: ProviderSpec): readonly (readonly string[])[] {
  if (spec.kind === "http" || spec.kind === "conductor") return [];
  const hooks = [spec.pre, spec.post, spec.onSuccess, spec.onFailure].flatMap((hook) =>
    hook ? [hook.argv] : []
  );
  if (spec.kind !== "command") return hooks;
  return [spec.create, spec.delete, spec.get, spec.list].flatMap((argv) => argv ? [argv] : []).concat(hooks);
}
