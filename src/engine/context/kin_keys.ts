// Under which provider keys the state may know what one service holds.

import type { Run } from "../../domain/backup.ts";
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

/** The row that a provider's id is bound to under one of these keys. */
export async function ownerAt(
  { store }: Pick<EngineContext, "store">,
  providerKeys: readonly string[],
  id: string,
): Promise<Run | undefined> {
  for (const key of providerKeys) {
    const owner = await store.byProviderId(key, id);
    if (owner !== undefined) return owner;
  }
  return undefined;
}
