// What all calls of one HTTP provider share.

import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { HttpClient } from "./http_client.ts";
import type { Accept } from "./oddities.ts";

export interface HttpCalls {
  client: HttpClient;
  spec: Pick<HttpProviderSpec, "createBody" | "deleteBody" | "timeouts">;
  accept: Accept;
}
