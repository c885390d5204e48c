// The hosts of a provider: what each is called, where it is reached, and what must hold between them.

import { hostKey } from "../../domain/provider_spec.ts";
import { hasHostPlace, putHost } from "../document/host_place.ts";
import type { Report } from "../document/report.ts";
import { type Mapping, type Path, valueAt } from "../document/tree.ts";
import { ALL_HOSTS, type HostSettings } from "../schema/schema_hosts.ts";
import { readProviderUrl } from "./http_rules.ts";
import type { ProviderBuild } from "./provider_build.ts";

/** One of the hosts of an entry of `providers`. */
export interface ProviderHost {
  name: string;
  /** What `{host}` stands for. */
  address: string;
  renamedFrom: string | null;
  /** Keys that its provider had, beside that of its earlier name. */
  formerly: readonly string[];
  /** Where it was written. */
  path: Path;
}

/** The hosts of the entry of `providers` of this name; undefined where it has none, or they were dropped as wrong. */
export function hostsOf(root: Mapping, provider: string): ProviderHost[] | undefined {
  const path = ["providers", provider, "hosts"];
  const written = valueAt(root, path);
  if (!Array.isArray(written)) return undefined;
  return (written as HostSettings[]).map((host, index) => {
    const one = typeof host === "string" ? { name: host } : host;
    return {
      name: one.name,
      address: one.address ?? one.name,
      renamedFrom: one.renamed_from ?? null,
      formerly: one.formerly ?? [],
      path: [...path, index],
    };
  });
}

/** The keys that the provider of a host had. */
export function formerHostKeys(provider: string, { renamedFrom, formerly }: ProviderHost): string[] {
  return [...formerly, ...renamedFrom === null ? [] : [hostKey(provider, renamedFrom)]];
}

/** Those of the hosts of which there is nothing to say; what is wrong with the others is reported. */
export function judgeHosts(
  provider: string,
  hosts: readonly ProviderHost[],
  { root, report }: Pick<ProviderBuild, "root" | "report">,
): ProviderHost[] {
  const urlAt = ["providers", provider, "url"];
  const url = valueAt(root, urlAt);
  if (typeof url !== "string") {
    report.add(["providers", provider, "hosts"], { message: "go with a url only", atKey: true });
    return [];
  }
  if (!hasHostPlace(url)) {
    report.add(urlAt, {
      message: `${report.shown(urlAt, url)} has no {host}: expected it where the hosts differ, such as ` +
        "https://{host}:7070/backups, as all of them would be one provider",
    });
    return [];
  }
  const names = new Map<string, Path>();
  const urls = new Map<string, ProviderHost>();
  const formers = new Map<string, Path>();
  const all = new Set(hosts.map(({ name }) => name));
  return hosts.filter((host) =>
    isNewName(host, names, report) && isFormerName(host, all, formers, report) &&
    isReachable(host, putHost(url, host.address), urls, report)
  );
}

function isNewName({ name, path }: ProviderHost, names: Map<string, Path>, report: Report): boolean {
  if (name === ALL_HOSTS) {
    report.add(path, { message: "'all' means every host: expected another name" });
    return false;
  }
  const first = names.get(name);
  if (first === undefined) {
    names.set(name, path);
    return true;
  }
  report.add(path, {
    message: `the host '${name}' stands here twice, first at ${report.positionText(first)}: expected it once`,
  });
  return false;
}

function isFormerName(
  { renamedFrom, path }: ProviderHost,
  names: ReadonlySet<string>,
  formers: Map<string, Path>,
  report: Report,
): boolean {
  if (renamedFrom === null) return true;
  const first = formers.get(renamedFrom);
  formers.set(renamedFrom, path);
  if (!names.has(renamedFrom) && first === undefined) return true;
  report.add([...path, "renamed_from"], {
    message: names.has(renamedFrom)
      ? `'${renamedFrom}' is a host of this list: expected a name that none of them has`
      : `'${renamedFrom}' is the earlier name of the host at ${report.positionText(first!)} too`,
    hint: "two hosts cannot take over the same backups",
  });
  return false;
}

/** What is kept of one machine must never be deleted by the word of another: each has an address of its own. */
function isReachable(
  host: ProviderHost,
  url: string,
  urls: Map<string, ProviderHost>,
  report: Report,
): boolean {
  const read = readProviderUrl(url);
  if ("error" in read) {
    report.add(host.path, { message: `with the host '${host.name}' the url is none: ${read.error}` });
    return false;
  }
  const place = placeOf(read.url);
  const other = urls.get(place);
  if (other === undefined) {
    urls.set(place, host);
    return true;
  }
  report.add(host.path, {
    message: `the host '${host.name}' is reached where '${other.name}' is (${
      report.positionText(other.path)
    }): expected a machine of its own`,
  });
  return false;
}

/** One place however its name is written: a dot at its end says nothing. */
function placeOf(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url);
  return `${protocol}//${hostname.replace(/\.$/, "")}:${port}${pathname}`;
}
