// What an edit changes of the providers, in words; hosts of one provider to which the same happened are told of together.

import type { ProviderSpec } from "../domain/provider_spec.ts";
import { isSame } from "../domain/same.ts";

type Providers = ReadonlyMap<string, ProviderSpec>;

/** So many hosts are named in one sentence. */
const MOST_NAMED = 5;

/** A host and the provider it is of; null for a provider of its own. */
interface OfHost {
  provider: string;
  host: string;
}

/** One sentence for each change. */
export function providerChanges(before: Providers, after: Providers): string[] {
  const messages: string[] = [];
  const [changed, added, removed] = [new Map<string, string[]>(), new Map(), new Map()];
  const renamed = new Set<string>();
  for (const [key, spec] of after) {
    const was = before.get(key);
    const of = hostOf(spec);
    if (was !== undefined && isSame(was, spec)) continue;
    if (of === null) {
      if (was !== undefined) messages.push(`provider '${key}' changed`);
      continue;
    }
    const former = was === undefined ? formerOf(spec, of, before, after) : undefined;
    if (former === undefined) note(was === undefined ? added : changed, of);
    else {
      renamed.add(`${of.provider}@${former}`);
      messages.push(`host '${former}' of provider '${of.provider}' is called '${of.host}' now`);
    }
  }
  for (const [key, spec] of before) {
    const of = hostOf(spec);
    if (of !== null && !after.has(key) && !renamed.has(key)) note(removed, of);
  }
  const tell = (hosts: Map<string, string[]>, what: string) =>
    hosts.forEach((names, provider) =>
      messages.push(`${hostsText(names)} of provider '${provider}' ${what}`)
    );
  tell(changed, "changed");
  tell(added, "added");
  tell(removed, "removed, what is backed up there stays untouched");
  return messages;
}

function hostOf(spec: ProviderSpec): OfHost | null {
  if (spec.kind !== "http" || spec.host === undefined) return null;
  return { provider: spec.key.slice(0, -spec.host.length - 1), host: spec.host };
}

/** The earlier name of a host that nothing has any more. */
function formerOf(
  { formerly }: ProviderSpec,
  { provider }: OfHost,
  before: Providers,
  after: Providers,
): string | undefined {
  const start = `${provider}@`;
  return formerly.find((key) => key.startsWith(start) && before.has(key) && !after.has(key))
    ?.slice(start.length);
}

function note(hosts: Map<string, string[]>, { provider, host }: OfHost): void {
  const known = hosts.get(provider);
  if (known === undefined) hosts.set(provider, [host]);
  else known.push(host);
}

function hostsText(names: readonly string[]): string {
  if (names.length === 1) return `host '${names[0]}'`;
  const named = names.slice(0, MOST_NAMED).map((name) => `'${name}'`).join(", ");
  return names.length > MOST_NAMED ? `${names.length} hosts (${named}, …)` : `hosts ${named}`;
}
