// The settings of an HTTP provider, as a test wants them.

import type { HttpProviderSpec } from "../../src/domain/provider_spec.ts";

/** A plain provider at `url`, whose calls may take 2 s. */
export function httpSpec(url: string, changes: Partial<HttpProviderSpec> = {}): HttpProviderSpec {
  return {
    kind: "http",
    key: "p",
    url,
    headers: {},
    createBody: undefined,
    deleteBody: undefined,
    formerly: [],
    maxConcurrent: 1,
    timeouts: { createMs: 2000, getMs: 2000, deleteMs: 2000 },
    pollIntervalMs: 1000,
    verifyBeforeDelete: true,
    ...changes,
  };
}
