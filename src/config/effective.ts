// Every value in force, with where it came from and without secrets: what `config show` prints.

import { stringify } from "yaml";
import { formatDuration } from "../domain/duration.ts";
import type { Job, Json } from "../domain/job.ts";
import { formatLevelRule, LEVELS } from "../domain/policy.ts";
import type { ProviderSpec, UpkeepSpec } from "../domain/provider_spec.ts";
import { keepFailedText } from "../domain/leftovers.ts";
import {
  EVENTS_DEFAULTS,
  METRICS_DEFAULTS,
  RECOVERY_SHEET_DEFAULTS,
  SNAPSHOTS_DEFAULTS,
} from "./build/build_server.ts";
import { HEARTBEAT_DEFAULTS } from "./build/build_ping.ts";
import { JOB_DEFAULTS } from "./build/build_job.ts";
import { RETENTION_DEFAULTS } from "./build/build_retention.ts";
import { VERIFY_DEFAULTS } from "./build/build_verify.ts";
import { CALL_DEFAULTS } from "./build/build_provider.ts";
import type { Config, EffectiveValue } from "./values/config.ts";
import type { Report } from "./document/report.ts";
import { formatListen } from "./values/listen.ts";
import { isSecret, REDACTED, redactUrl } from "./document/redact.ts";
import {
  isMapping,
  type Mapping,
  markAt,
  type Marks,
  mergeSettings,
  type Path,
  valueAt,
  WHOLE,
} from "./document/tree.ts";

interface EffectiveSources {
  root: Mapping;
  marks: Marks;
  report: Report;
  /** Variable that named the zone of jobs without one. */
  timezoneVariable: string | null;
}

interface Sources extends EffectiveSources {
  reveal: boolean;
}

/** What of a configuration is worked out from the rest of it. */
type DerivedParts = "effective" | "effectiveValues" | "promisePosition" | "jobPosition";

/** The effective values of a configuration, in the order of the document; `only`: of the jobs this one alone. Yields after each job. */
export function* effectiveValues(
  config: Omit<Config, DerivedParts>,
  written: EffectiveSources,
  secrets: "redacted" | "as they are",
  only?: string,
): Generator<undefined, EffectiveValue[]> {
  const sources: Sources = { ...written, reveal: secrets === "as they are" };
  const { root } = sources;
  const values: EffectiveValue[] = [];
  const section = (path: Path, tree: Json) => addLeaves(values, sources, path, path, tree, () => "default");
  section(["server"], serverTree(config, root));
  section(["log"], { ...config.log });
  section(["state"], {
    ...mapping(root.state),
    ...durability(config),
    ...copies(mapping(root.state)),
    url: config.state.url,
  });
  if (config.standby !== undefined) section(["standby"], mapping(root.standby));
  section(["events"], { ...EVENTS_DEFAULTS, ...mapping(root.events) });
  section(["metrics"], { ...METRICS_DEFAULTS, ...mapping(root.metrics) });
  if (config.heartbeat !== undefined) {
    section(["heartbeat"], { ...HEARTBEAT_DEFAULTS, ...mapping(root.heartbeat) });
  }
  if (root.recovery_sheet !== undefined) {
    section(["recovery_sheet"], { ...RECOVERY_SHEET_DEFAULTS, ...mapping(root.recovery_sheet) });
  }
  if (root.jobs_dir !== undefined) section(["jobs_dir"], root.jobs_dir);
  if (root.restore !== undefined) section(["restore"], { roots: config.restoreRoots });
  if (root.notify !== undefined) section(["notify"], root.notify);
  for (const [name, settings] of Object.entries(mapping(root.providers))) {
    section(["providers", name], providerTree(mapping(settings), config.providers.get(name)));
  }
  const defaults = mapping(root.defaults);
  const places = new Map<string, number>();
  for (const [index, own] of (Array.isArray(root.jobs) ? root.jobs : []).entries()) {
    places.set(String(valueAt(own, ["name"])), index);
  }
  for (const job of config.jobs) {
    const index = places.get(job.name);
    if (index === undefined || (only !== undefined && job.name !== only)) continue;
    const own = (root.jobs as Json[])[index];
    const tree = jobTree(
      job,
      mergeSettings(defaults, mapping(own)),
      config.providers.get(job.providerKey),
    );
    addLeaves(values, sources, ["jobs", job.name], ["jobs", index], tree, (keys) => {
      if (keys[0] === "schedule" && job.scheduleDerived) return "derived from retention";
      if (keys[0] === "keep_failed") return keepFailedSource(job);
      if (keys[0] === "timezone" && sources.timezoneVariable) return `env ${sources.timezoneVariable}`;
      return "default";
    }, ["defaults"]);
    yield;
  }
  return values;
}

/** Only a server is asked for it. */
function durability({ state }: Pick<Config, "state">): Mapping {
  return state.durability === undefined ? {} : { durability: state.durability };
}

/** Those of a schedule have a number that stays. */
function copies({ snapshots }: Mapping): Mapping {
  if (!isMapping(snapshots) || snapshots.every === undefined) return {};
  return { snapshots: { ...SNAPSHOTS_DEFAULTS, ...snapshots } };
}

function keepFailedSource({ keepFailed }: Job): string {
  return keepFailed.ms === Infinity
    ? "default over HTTP"
    : "default of built-ins; forever for a job from before there was this key";
}

function serverTree(config: Omit<Config, DerivedParts>, root: Mapping): Json {
  const { server } = config;
  const written = mapping(root.server);
  return {
    listen: server.listen === null ? "none" : formatListen(server.listen),
    socket: server.socket ?? "none",
    ...(written.tls === undefined ? {} : { tls: written.tls }),
    ...(written.auth === undefined ? {} : { auth: written.auth }),
    ...(written.trusted_proxies === undefined ? {} : { trusted_proxies: written.trusted_proxies }),
    ...(written.base_path === undefined ? {} : { base_path: written.base_path }),
    ...(written.public_url === undefined ? {} : { public_url: written.public_url }),
    stop_timeout: formatDuration(server.stopTimeoutMs),
  };
}

function providerTree(settings: Mapping, spec: ProviderSpec | undefined): Mapping {
  if ("use" in settings) return settings;
  const tree = mergeSettings(CALL_DEFAULTS as unknown as Mapping, settings);
  if (spec?.kind !== "restic" || !isMapping(tree.restic)) return tree;
  const upkeep = { prune: upkeepTree(spec.pruneUpkeep), check: upkeepTree(spec.checkUpkeep) };
  return { ...tree, restic: { ...upkeep, ...tree.restic } };
}

/** As it is where nothing is written. */
function upkeepTree(upkeep: UpkeepSpec | null): Json {
  return upkeep?.schedule ? { schedule: upkeep.schedule.pattern } : "never";
}

/** `keep_last` is another name of `min_keep`. */
function retentionDefaults({ keep_last }: Mapping): Mapping {
  const all = RETENTION_DEFAULTS as unknown as Mapping;
  if (keep_last === undefined) return all;
  const { min_keep: _, ...rest } = all;
  return rest;
}

function jobTree(job: Job, merged: Mapping, spec: ProviderSpec | undefined): Mapping {
  const { name, provider, retention: written, ping, on_success, on_failure, ...rest } = merged;
  const own = mapping(written);
  const levels = Object.fromEntries(
    LEVELS.filter((level) => job.retention.levels[level].count > 0 || own[level] !== undefined)
      .map((level) => [level, formatLevelRule(level, job.retention.levels[level])]),
  );
  const retention = job.retention.keepAll
    ? "keep_all"
    : { ...mergeSettings(retentionDefaults(own), own), ...levels };
  return {
    name: name!,
    ...JOB_DEFAULTS,
    keep_failed: keepFailedText(job.keepFailed.ms),
    schedule: job.schedule,
    timezone: job.timezone,
    ...rest,
    ...(isMapping(ping) ? { ping: { start: true, output: true, ...ping } } : {}),
    ...hookTree("on_success", on_success),
    ...hookTree("on_failure", on_failure),
    // The one mapping of which a job may give a part.
    ...(isMapping(rest.retry)
      ? { retry: mergeSettings(JOB_DEFAULTS.retry as unknown as Mapping, rest.retry) }
      : {}),
    ...(isMapping(rest.verify)
      ? { verify: mergeSettings(VERIFY_DEFAULTS as unknown as Mapping, rest.verify) }
      : {}),
    provider: isMapping(provider) ? providerTree(provider, spec) : provider!,
    retention,
    ...(merged.schedule === undefined ? {} : { schedule: job.schedule }),
  };
}

/** `off` stands for none, as it is where nothing is written. */
function hookTree(key: string, written: Json | undefined): Mapping {
  return written === undefined || written === "off" ? {} : { [key]: written };
}

/**
 * One row for each scalar and list. `path` is what is shown, `written` where it stands in the document; a value that
 * is not there is looked for below `fallback`.
 */
function addLeaves(
  values: EffectiveValue[],
  sources: Sources,
  path: Path,
  written: Path,
  tree: Json,
  absent: (keys: string[]) => string,
  fallback?: Path,
): void {
  const walk = (keys: string[], value: Json) => {
    if (isMapping(value) && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) walk([...keys, key], inner);
      return;
    }
    const own = [...written, ...keys];
    const isOwn = WHOLE.has(keys[0]!) && sources.report.sourceOf([...written, keys[0]!]) !== undefined;
    const below = fallback === undefined || isOwn ? undefined : [...fallback, ...keys];
    const inDefaults = below === undefined ? undefined : sources.report.sourceOf(below);
    const source = sources.report.sourceOf(own) ??
      (inDefaults === undefined ? absent(keys) : `defaults (${inDefaults})`);
    const origin = inDefaults !== undefined && sources.report.sourceOf(own) === undefined ? below! : own;
    values.push({ path: [...path, ...keys].join("."), value: render(value, origin, sources), source });
  };
  walk([], tree);
}

function render(value: Json, path: Path, { root, marks, reveal }: Sources): string {
  if (reveal) return asYaml(value);
  if (isSecret(path)) return REDACTED;
  return asYaml(hide(value, path, root, marks));
}

/** Takes passwords and queries out of URLs, tokens out of lists, and shows what a variable gave as it was written. */
function hide(value: Json, path: Path, root: Mapping, marks: Marks): Json {
  if (isSecret(path)) return REDACTED;
  const raw = markAt(root, marks, path)?.raw;
  if (raw !== undefined) return redactUrl(raw);
  if (Array.isArray(value)) return value.map((item, index) => hide(item, [...path, index], root, marks));
  if (isMapping(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, hide(inner, [...path, key], root, marks)]),
    );
  }
  if (typeof value !== "string") return value;
  return redactUrl(value);
}

/** One line of YAML; text of several lines is written as JSON, which YAML is too. */
function asYaml(value: Json): string {
  const text = stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
  return text.includes("\n") ? JSON.stringify(value) : text;
}

function mapping(value: Json | undefined): Mapping {
  return isMapping(value) ? value : {};
}
