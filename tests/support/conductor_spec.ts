// Settings of the built-in `conductor`, as configuration makes them of its url alone.

import { CONDUCTOR_DEFAULTS } from "../../src/config/build/build_conductor.ts";
import type { ConductorProviderSpec } from "../../src/domain/provider_spec.ts";
import { httpSpec } from "./http_spec.ts";

/** That of the API at `url`; its page is elsewhere. */
export function conductorSpec(url: string, own: Partial<ConductorProviderSpec> = {}): ConductorProviderSpec {
  return {
    ...httpSpec(url),
    ...CONDUCTOR_DEFAULTS,
    kind: "conductor",
    key: `conductor:${url}`,
    uiUrl: "http://conductor:5000",
    persistence: null,
    backupName: null,
    workerConfig: null,
    timeoutSeconds: null,
    ...own,
  };
}
