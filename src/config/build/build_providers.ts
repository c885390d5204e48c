// The providers of a document, with a name of their own or written in a job, and what must hold between them.

import type { Job } from "../../domain/job.ts";
import { commandKey, commandOwner, type ProviderSpec } from "../../domain/provider_spec.ts";
import { serviceOf } from "../../domain/service_identity.ts";
import type { Report } from "../document/report.ts";
import { formatPath, isMapping, type Path, valueAt } from "../document/tree.ts";
import type { JobSettings } from "../schema/schema_job.ts";
import type { ProviderSettings } from "../schema/schema_provider.ts";
import { didYouMean } from "../values/nearest.ts";
import { bodySecrets, buildProvider, differences } from "./build_provider.ts";
import { buildHosts, chooseKey } from "./choose_host.ts";
import type { JobBuild } from "./job_build.ts";
import type { ProviderBuild } from "./provider_build.ts";

/** All that are known, by key. */
interface Providers {
  specs: Map<string, ProviderSpec>;
  /** Where each was first written. */
  paths: Map<string, Path>;
  /** What each of `providers` is by itself, by which it would be known in a job; a command is nothing by itself. */
  identities: Map<string, string[]>;
  /** Other keys that those have, or had, which are written in jobs. */
  written: Map<ProviderSpec, Set<string>>;
}

/** Builds those of `providers` that have these names. */
export function buildProviders(names: readonly string[], build: ProviderBuild): Providers {
  const specs = new Map<string, ProviderSpec>();
  const paths = new Map<string, Path>();
  const identities = new Map<string, string[]>();
  for (const name of names) {
    const path = ["providers", name];
    const settings = valueAt(build.root, path) as ProviderSettings;
    const all = settings.hosts === undefined
      ? [{ built: buildProvider(settings, name, path, build), path }]
      : buildHosts(name, settings, build);
    for (const { built, path } of all) {
      if (built === undefined) continue;
      const { key } = built.spec;
      specs.set(key, built.spec);
      paths.set(key, path);
      if (built.identities.length > 0) identities.set(key, built.identities);
    }
  }
  return { specs, paths, identities, written: new Map() };
}

/** What a job says of a provider that it merely names. */
const NOTHING: ProviderSettings = {};

/** Finds the provider that a job names; one that a job writes out is built, and joins the known ones. */
export function createProviderChoice(known: Providers, build: ProviderBuild): JobBuild["providerOf"] {
  const { root, report } = build;
  const declared = new Set(Object.keys(isMapping(root.providers) ? root.providers : {}));
  const inline = createInlineProviders(known, build);

  return (merged: Pick<JobSettings, "provider">, path: Path) => {
    const written = merged.provider!;
    const use = typeof written === "string" ? written : written.use;
    if (use === undefined) {
      if (typeof written !== "string" && written.host !== undefined) {
        report.add([...path, "host"], {
          message: "goes with use only: expected the name of a provider with hosts",
        });
      }
      const own = written as ProviderSettings;
      const spec = inline(own, path);
      return spec === undefined ? undefined : { spec, own };
    }
    const at = typeof written === "string" ? path : [...path, "use"];
    if (!declared.has(use)) {
      const hint = /^https?:\/\//i.test(use)
        ? "write { url: … }"
        : hostHint(use, declared) ?? didYouMean(use, [...declared]);
      const expected = declared.size === 0 ? "there are none" : `expected one of ${[...declared].join(", ")}`;
      report.add(at, {
        message: `${report.shown(at, use)} is not an entry of providers: ${expected}`,
        ...(hint === undefined ? {} : { hint }),
      });
      return undefined;
    }
    const key = chooseKey(use, typeof written === "string" ? undefined : written.host, path, build);
    if (typeof written === "string") {
      const spec = known.specs.get(key ?? "");
      return spec === undefined ? undefined : { spec, own: NOTHING };
    }
    const own = written;
    for (const key of Object.keys(own)) {
      if (["use", "host", "body", "create_body", "delete_body"].includes(key)) continue;
      report.add([...path, key], {
        message: `belongs to the provider itself: expected it in providers.${use}`,
        atKey: true,
      });
    }
    const spec = known.specs.get(key ?? "");
    if (spec === undefined) return undefined;
    const hidden = bodySecrets(path, build);
    if (hidden.length > 0) spec.hidden = [...new Set([...spec.hidden ?? [], ...hidden])].toSorted();
    return { spec, own };
  };
}

/** The key of a host's provider is no name: it is written in two words. */
function hostHint(use: string, declared: ReadonlySet<string>): string | undefined {
  const [, name, host] = /^([^@]+)@([^@]+)$/.exec(use) ?? [];
  return name !== undefined && declared.has(name) ? `write { use: ${name}, host: ${host} }` : undefined;
}

/** Builds what stands at a path once; two that are one service must be alike, however their address was written. */
function createInlineProviders(
  { specs, paths, written }: Providers,
  build: ProviderBuild,
): (settings: ProviderSettings, path: Path) => ProviderSpec | undefined {
  const { report } = build;
  const built = new Map<string, ProviderSpec | undefined>();
  const services = new Map<string, ProviderSpec>();
  return (settings, path) => {
    const id = formatPath(path);
    if (built.has(id)) return built.get(id);
    const found = buildProvider(settings, null, path, build);
    if (found === undefined) {
      built.set(id, undefined);
      return undefined;
    }
    const { spec, identities } = found;
    const service = identities.at(-1) ?? spec.key;
    const known = services.get(service);
    const provider = known ?? spec;
    built.set(id, provider);
    services.set(service, provider);
    const others = identities.filter((key) => key !== provider.key);
    written.set(provider, new Set([...written.get(provider) ?? [], ...others]));
    if (known === undefined) {
      specs.set(spec.key, spec);
      paths.set(spec.key, path);
      return spec;
    }
    const differing = differences(known, spec);
    if (differing.length > 0) {
      report.add(path, {
        message: `differs in ${differing.join(", ")} from the same provider (${known.key}) at ` +
          `${report.positionText(paths.get(known.key)!)}: expected one description of it`,
        hint: spec.kind === "restic"
          ? "put each under providers with a name of its own: they may share the repository"
          : "put it under providers and use its name",
      });
    }
    return known;
  };
}

/**
 * A provider that is written in a job has the keys too that its address makes however it is written: with what variables
 * give in it, as keys were before. One with a name is the one that was written in a job before, where it is the same
 * service: it takes those keys over. None that another provider has or asks for, or that several would take.
 */
export function takeIdentities({ specs, identities, written }: Providers): void {
  const askedBy = () => new Set([...specs.values()].flatMap(({ key, formerly }) => [key, ...formerly]));
  const take = (spec: ProviderSpec, keys: readonly string[]) => {
    if (keys.length > 0) spec.formerly = [...spec.formerly, ...keys].toSorted();
  };
  const inJobs = askedBy();
  for (const [spec, keys] of written) take(spec, [...keys].filter((key) => !inJobs.has(key)));
  const asked = askedBy();
  const count = new Map<string, number>();
  for (const key of [...identities.values()].flat()) count.set(key, (count.get(key) ?? 0) + 1);
  for (const [name, keys] of identities) {
    take(specs.get(name)!, keys.filter((key) => !asked.has(key) && count.get(key) === 1));
  }
}

/**
 * A command that is written in a job is known by the job's name: with the job's former name it has the former key as
 * well, unless another provider has it or asks for it.
 */
export function takeFormerCommands({ specs }: Providers, jobs: readonly Job[]): void {
  const asked = new Set([...specs.values()].flatMap(({ key, formerly }) => [key, ...formerly]));
  for (const { name, renamedFrom, providerKey } of jobs) {
    if (renamedFrom === null || providerKey !== commandKey(name)) continue;
    const former = commandKey(renamedFrom);
    if (asked.has(former)) continue;
    const spec = specs.get(providerKey)!;
    spec.formerly = [...spec.formerly, former].toSorted();
  }
}

/** A backup has one owner: no provider takes a key that another has, or had. */
export function judgeProviders({ specs, paths }: Providers, report: Report): void {
  const claims = new Map<string, string>();
  const services = new Map<string, string>();
  const told = new Set<string>();
  for (const spec of specs.values()) {
    const path = paths.get(spec.key)!;
    for (const former of spec.formerly) {
      const other = specs.has(former) ? former : claims.get(former);
      if (other !== undefined) {
        report.add([...path, "formerly"], {
          message: `'${former}' belongs to the provider ${other}: expected a key that no other provider has`,
          ...(other === former ? hintOf(former) : {}),
        });
      } else claims.set(former, spec.key);
    }
    if (spec.kind !== "http" && spec.kind !== "restic") continue;
    const service = serviceOf(spec);
    const twin = services.get(service);
    if (twin === undefined) services.set(service, spec.key);
    else if (spec.kind === "restic") {
      // Two sets of paths need two entries. restic's own locks keep them apart.
      report.add(path, {
        message:
          `has the same repository as the provider ${twin}: they share its locks, so that a backup of one waits, at ` +
          "most for its lock_wait, while the other deletes or prunes",
        severity: "note",
      });
    } else if (isNews(told, twin, spec.key)) {
      report.add(path, {
        message: `calls the same service as the provider ${twin}: they do not wait for each other`,
        hint: "use one entry of providers for both",
        severity: "warning",
      });
    }
  }
}

/** Of two providers with many hosts in common the first is told of. */
function isNews(told: Set<string>, ...keys: string[]): boolean {
  const pair = keys.map((key) => key.replace(/@.*$/s, "")).join(" ");
  return told.size < told.add(pair).size;
}

/** A new job may have taken the name that another one left; its command then needs a key of its own. */
function hintOf(former: string): { hint?: string } {
  const owner = commandOwner(former);
  return owner === undefined ? {} : {
    hint:
      "move the commands under `providers` first, where each has a key of its own, and use their names: what the " +
      `command of job ${owner} makes must not be mixed with this`,
  };
}
