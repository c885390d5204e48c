// What callers may ask of the running program, put together from its resources; part of the composition root.

import type { JobEdits } from "../../ports/job_edits.ts";
import type { Operations } from "../../ports/operations.ts";
import { auditOperations, type AuditParts } from "./audit.ts";
import { futureOperations, type FutureOperationsParts } from "./future.ts";
import { jobOperations, type JobOperationsParts } from "./jobs.ts";
import { latelyOperations, type LatelyParts } from "./lately.ts";
import { notifyOperations, type NotifyParts } from "./notify.ts";
import { recoveryOperations, type RecoveryParts } from "./recovery.ts";
import { planOperations, type PlanParts } from "./plan.ts";
import { readinessOperations, type ReadinessParts } from "./readiness.ts";
import { restoreOperations, type RestoreOperationsParts } from "./restores.ts";
import { retentionOperations, type RetentionOperationsParts } from "./retention.ts";
import { safetyOperations, type SafetyParts } from "./safekeeping.ts";
import { statusOperations, type StatusParts } from "./status.ts";
import { stateOperations, type StateParts } from "./state.ts";
import { verificationOperations } from "./verifications.ts";

/** What the operations act through. */
export interface OperationsParts
  extends
    JobOperationsParts,
    RetentionOperationsParts,
    FutureOperationsParts,
    SafetyParts,
    StateParts,
    AuditParts,
    NotifyParts,
    LatelyParts,
    PlanParts,
    ReadinessParts,
    RecoveryParts,
    RestoreOperationsParts,
    StatusParts {
  edits: JobEdits;
}

/** Builds the operations of a running app. */
export function createOperations(parts: OperationsParts): Operations {
  return {
    ...jobOperations(parts),
    ...retentionOperations(parts),
    ...futureOperations(parts),
    ...safetyOperations(parts),
    ...verificationOperations(parts),
    ...restoreOperations(parts),
    ...stateOperations(parts),
    ...auditOperations(parts),
    ...readinessOperations(parts),
    ...recoveryOperations(parts),
    ...statusOperations(parts),
    ...notifyOperations(parts),
    ...latelyOperations(parts),
    ...planOperations(parts),
    ...parts.edits,
  };
}
