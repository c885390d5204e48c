// The settings of the provider of each job as a person may see them, with where they were written.

import { parse } from "yaml";
import type { WrittenSetting } from "../domain/recovery/place.ts";
import { putHost } from "./document/host_place.ts";
import { isMapping } from "./document/tree.ts";
import type { EffectiveValue } from "./values/config.ts";

/** By the names of `jobs`. `values` are redacted, in the order of the document. */
export function providerSettings(
  values: readonly EffectiveValue[],
  jobs: readonly { name: string }[],
): Map<string, WrittenSetting[]> {
  const shared: EffectiveValue[] = [];
  const byName = new Map<string, WrittenSetting[]>();
  const found = new Map<string, WrittenSetting[]>();
  const open = new Set(jobs.map(({ name }) => name));
  // Names may hold dots: each job's rows begin with its name.
  let job: string | undefined;
  for (const { path, value, source } of values) {
    const begins = path.startsWith("jobs.") && path.endsWith(".name") ? path.slice(5, -5) : undefined;
    if (begins !== undefined && plain(value) === begins && open.delete(begins)) job = begins;
    const setting = (key: string) => ({ key, value: plain(value), source });
    if (job === undefined) {
      if (path.startsWith("providers.")) shared.push({ path, value, source });
      continue;
    }
    const prefix = `jobs.${job}.provider`;
    if (path === prefix || path === `${prefix}.use`) found.set(job, sharedOf(plain(value)));
    else if (path === `${prefix}.host`) found.set(job, onHost(found.get(job) ?? [], plain(value)));
    else if (path.startsWith(`${prefix}.`)) {
      const own = found.get(job) ?? [];
      if (own.length === 0) found.set(job, own);
      own.push(setting(path.slice(prefix.length + 1)));
    }
  }
  return found;

  function sharedOf(name: string): WrittenSetting[] {
    const prefix = `providers.${name}.`;
    const known = byName.get(name) ?? shared.filter(({ path }) => path.startsWith(prefix))
      .map(({ path, value, source }) => ({ key: path.slice(prefix.length), value: plain(value), source }));
    byName.set(name, known);
    return known;
  }
}

/** Those of a provider with hosts as they are on one of them. */
function onHost(settings: readonly WrittenSetting[], host: string): WrittenSetting[] {
  const written = settings.find(({ key }) => key === "hosts")?.value ?? "[]";
  const hosts: unknown = parse(written);
  const own = (Array.isArray(hosts) ? hosts : []).find((one) => isMapping(one) && one.name === host);
  const address = isMapping(own) && typeof own.address === "string" ? own.address : host;
  return settings.filter(({ key }) => key !== "hosts").map((setting) =>
    setting.key === "url"
      ? { ...setting, value: putHost(setting.value, address) }
      : setting.key === "token_file"
      ? { ...setting, value: putHost(setting.value, host) }
      : setting
  );
}

/** A text without the quotes that YAML needs; all else as it stands there. */
function plain(value: string): string {
  if (!/^["']/.test(value)) return value;
  const parsed: unknown = parse(value);
  return typeof parsed === "string" ? parsed : value;
}
