// What an examination of a provider is given.

import type { Json } from "../../domain/job.ts";
import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { Clock, Http, Ids } from "../../ports/host.ts";

export interface ConformanceOptions {
  /** Where the provider is and how it is called; `pollIntervalMs` also paces what is tried again. */
  spec: HttpProviderSpec;
  /** Longest time one backup, and waiting for another one's end, may take. */
  backupLimitMs: number;
  /** A create body with which a backup fails. */
  failingBody?: Json;
  /** A folder on the provider's machine below which backups may be restored; absent: none is. */
  restoreTo?: string;
  /** Kills the provider and starts it again; rejects with a sentence when that failed. */
  restart?: () => Promise<void>;
  /** The headers hold credentials, so that calls without them must be refused. */
  authenticates: boolean;
  /** Aborted: the checks end, and what was made is removed. */
  signal?: AbortSignal;
}

export interface ConformancePorts {
  http: Http;
  clock: Clock;
  ids: Ids;
}
