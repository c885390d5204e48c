// What the parts of one provider on Conductor share.

import type { ConductorProviderSpec } from "../../domain/provider_spec.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { HttpProviderPorts } from "../client/http_client.ts";
import type { ConductorCalls } from "./conductor_calls.ts";
import type { ConductorDoubt } from "./conductor_doubt.ts";
import type { Workflow } from "./workflow.ts";

/** What the parts of one such provider share. */
export interface ConductorParts extends HttpProviderPorts {
  spec: ConductorProviderSpec;
  calls: ConductorCalls;
  doubt: ConductorDoubt;
  /** The workflow that makes this backup; rejects where Conductor does not know it. */
  find(id: string): Promise<Workflow>;
  backupOf(workflow: Workflow): BackupInfo;
}
