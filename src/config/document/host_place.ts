// `{host}` in the settings of a provider: where the address of a host stands, and which hosts there are.

import type { Json } from "../../domain/job.ts";
import { isMapping } from "./tree.ts";

// What is left of `${host}` is no place for one.
const PLACE = /(?<!\$)\{host\}/g;

/** Whether a text has a place for a host. */
export function hasHostPlace(text: string): boolean {
  return text.search(PLACE) >= 0;
}

/** The text with the host in its place. */
export function putHost(text: string, host: string): string {
  return text.replace(PLACE, () => host);
}

/** The names of the hosts of a provider as it is written, whether or not they are well-formed. */
export function hostNames(provider: Json | undefined): string[] {
  const hosts = isMapping(provider) ? provider.hosts : undefined;
  return (Array.isArray(hosts) ? hosts : []).map((host) => isMapping(host) ? host.name : host)
    .filter((name) => typeof name === "string");
}
