// Which provider is meant where one has hosts: each host's is one of its own.

import { hostKey } from "../../domain/provider_spec.ts";
import type { ClientTls, TlsTrouble } from "../../ports/host.ts";
import type { Path } from "../document/tree.ts";
import { valueAt } from "../document/tree.ts";
import { ALL_HOSTS } from "../schema/schema_hosts.ts";
import type { ProviderSettings } from "../schema/schema_provider.ts";
import { didYouMean } from "../values/nearest.ts";
import { buildProvider } from "./build_provider.ts";
import { hostNames } from "../document/host_place.ts";
import { hostsOf, judgeHosts } from "./provider_hosts.ts";
import type { ProviderBuild } from "./provider_build.ts";

/** So many hosts are named where another one was expected. */
const MOST_NAMED = 10;

/** Builds the provider of each host, with where that was written. */
export function buildHosts(
  name: string,
  settings: ProviderSettings,
  build: ProviderBuild,
): { built: ReturnType<typeof buildProvider>; path: Path }[] {
  const path = ["providers", name];
  const hosts = judgeHosts(name, hostsOf(build.root, name) ?? [], build);
  // All have the same certificates.
  const ofAll = build.tlsTrouble === undefined
    ? build
    : { ...build, tlsTrouble: rememberLast(build.tlsTrouble) };
  return hosts.map((host) => ({
    built: buildProvider(settings, name, path, ofAll, host),
    path: host.path,
  }));
}

function rememberLast(
  ask: (tls: ClientTls) => TlsTrouble | undefined,
): (tls: ClientTls) => TlsTrouble | undefined {
  let last: { tls: ClientTls; trouble: TlsTrouble | undefined } | undefined;
  return (tls) => {
    const isSame = last !== undefined && last.tls.ca === tls.ca && last.tls.cert === tls.cert &&
      last.tls.key === tls.key;
    if (!isSame) last = { tls, trouble: ask(tls) };
    return last!.trouble;
  };
}

/**
 * The key of the provider that a job names by `use` and `host`; undefined where the host is missing, unknown or one too
 * many, which is reported. `path` is where the job names it.
 */
export function chooseKey(
  use: string,
  host: string | undefined,
  path: Path,
  { root, report }: Pick<ProviderBuild, "root" | "report">,
): string | undefined {
  const at = ["providers", use, "hosts"];
  const names = hostNames(valueAt(root, ["providers", use]));
  if (valueAt(root, at) === undefined) {
    if (host === undefined) return use;
    // They are there, and what is wrong with them is told.
    if (report.isTainted(at)) return undefined;
    report.add([...path, "host"], {
      message: `'${host}' cannot be chosen: providers.${use} has no hosts`,
      atKey: true,
    });
    return undefined;
  }
  const expected = `expected ${ALL_HOSTS}, or one of ${names.slice(0, MOST_NAMED).join(", ")}${
    names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ""
  }`;
  if (host === undefined) {
    report.add(path, {
      message: `providers.${use} has hosts, and none is named: ${expected}`,
      hint: `write { use: ${use}, host: ${names[0] ?? "…"} }, or host: all for a job on each`,
    });
    return undefined;
  }
  if (names.includes(host)) return hostKey(use, host);
  // `all` is spread where the hosts can be used; where they cannot, that is told.
  if (host === ALL_HOSTS) return undefined;
  const hint = didYouMean(host, names);
  report.add([...path, "host"], {
    message: `${report.shown([...path, "host"], host)} is not a host of providers.${use}: ${expected}`,
    ...(hint === undefined ? {} : { hint }),
  });
  return undefined;
}
