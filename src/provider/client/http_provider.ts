// The provider protocol over HTTP: what each answer means, and what may be concluded from it.
// Repeats nothing: when and whether to call again is the engine's.

import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { Provider } from "../../ports/provider.ts";
import type { HttpCalls } from "./http_calls.ts";
import { askCapabilities, rememberCapabilities } from "./http_capabilities.ts";
import { checkHttpProvider } from "./http_check.ts";
import { createHttpClient, type HttpProviderPorts } from "./http_client.ts";
import { createByHttp } from "./http_create.ts";
import { deleteByHttp } from "./http_delete.ts";
import { getByHttp } from "./http_get.ts";
import { browseByHttp } from "./http_browse.ts";
import { listByHttp, lookupByHttp } from "./http_list.ts";
import { restorerByHttp } from "./http_restore.ts";
import { verifierByHttp } from "./http_verify.ts";
import { createAccept } from "./oddities.ts";

/** A provider reached by HTTP at `spec.url`. */
export function createHttpProvider(spec: HttpProviderSpec, ports: HttpProviderPorts): Provider {
  const client = createHttpClient(spec, ports);
  const calls: HttpCalls = { client, spec, accept: createAccept(spec.key, ports, client.redact) };
  const ask = () => askCapabilities(client, spec.timeouts.getMs);

  const provider: Provider = {
    key: spec.key,
    create: (call) => createByHttp(calls, call),
    get: (id, options) => getByHttp(calls, id, options),
    delete: (id, body, fence) => deleteByHttp(calls, id, body, fence),
    lookup: (runId) => lookupByHttp(calls, runId),
    list: () => listByHttp(calls),
    capabilities: rememberCapabilities(ports.clock, ask),
    check: () => checkHttpProvider(provider, client.shownUrl, ask),
    output: () => Promise.resolve(undefined),
    ...verifierByHttp(calls),
    ...restorerByHttp(calls),
    browse: (id, path, after, limit) => browseByHttp(calls, id, path, after, limit),
  };
  return provider;
}
