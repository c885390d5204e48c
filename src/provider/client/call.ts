// One call of the provider protocol, as the HTTP client sends it.

import type { Json } from "../../domain/job.ts";
import type { ExchangeRequest } from "./exchange.ts";

/** One call of the protocol. */
export interface Call extends Pick<ExchangeRequest, "method" | "url" | "needsBody" | "limitMs" | "maxBytes"> {
  /** What `provider.call` names it; the first three are the original's metric labels. */
  operation: "create" | "info" | "delete" | "list" | "lookup" | "options" | "verify" | "restore" | "browse";
  /** `start a backup of job 'x'`: follows "Cannot". */
  what: string;
  headers?: Record<string, string>;
  body?: Json;
  runId?: string;
  job?: string;
}
