// Which provider keys name one service, however they spell it: what is under one of them is under all.

import type { ProviderSpec } from "./provider_spec.ts";
import { repositoryIdentity, urlOf } from "./repository_identity.ts";

/**
 * The same text for every provider that calls one service or has one repository. A command is only itself. Two different
 * texts may still be one service: by another name of its host, or a proxy before it.
 */
export function serviceOf(spec: ProviderSpec): string {
  if (spec.kind === "http") return serviceAt(spec.url) ?? spec.key;
  if (spec.kind === "conductor") return conductorService(spec.url);
  // A key that no provider has any more can only have it as it was written.
  return spec.kind === "restic" ? repositoryService(spec.written ?? spec.repository) : spec.key;
}

/** The same of a key that no provider of the configuration has: what is written in a job has its address for a key. */
export function serviceOfKey(key: string): string {
  if (key.startsWith(RESTIC)) return repositoryService(key.slice(RESTIC.length));
  if (key.startsWith(CONDUCTOR)) return conductorService(key.slice(CONDUCTOR.length));
  return serviceAt(key) ?? key;
}

const RESTIC = "restic:";
const CONDUCTOR = "conductor:";

/** It gives each id once, whichever workflow it is of. */
function conductorService(url: string): string {
  return `conductor ${serviceAt(url) ?? url}`;
}

function repositoryService(repository: string): string {
  return `restic ${repositoryIdentity(repository)}`;
}

function serviceAt(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined;
  const url = urlOf(text);
  // Tenants of one address may be told apart by its query.
  return url === undefined ? undefined : `${url}${new URL(text).search}`;
}
