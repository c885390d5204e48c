// Under which provider keys the state may know what one service holds.

import type { EngineContext } from "./context.ts";

/** These provider keys, and every other known one that names the same service as one of them. */
export async function kinKeys(
  { store, serviceOf }: Pick<EngineContext, "store" | "serviceOf">,
  providerKeys: readonly string[],
): Promise<string[]> {
  if (serviceOf === undefined) return [...providerKeys];
  const services = new Set(providerKeys.map(serviceOf));
  const known = await store.providerKeys();
  return [...new Set([...providerKeys, ...known.filter((key) => services.has(serviceOf(key)))])];
}
