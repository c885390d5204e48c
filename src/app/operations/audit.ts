// What callers may ask of the audit trail; part of the composition root.

import { formatHead } from "../../domain/trail_head.ts";
import type { LongWork } from "../../engine/context/long_work.ts";
import type { AuditTrail, TrailReport } from "../../ports/audit_trail.ts";
import type { Operations } from "../../ports/operations.ts";
import type { AuditReportView } from "../../ports/views/audit.ts";

/** What they act through. */
export interface AuditParts {
  trail: AuditTrail;
  /** One look at a time. */
  work: LongWork;
}

/** Builds them. */
export function auditOperations(
  { trail, work }: AuditParts,
): Pick<Operations, "auditHead" | "auditEvents" | "verifyAudit"> {
  return {
    auditHead: () => trail.head(),
    auditEvents: (query) => trail.events(query),
    async verifyAudit(kept) {
      const what = `audit trail by ${kept === null ? "itself" : `${kept.link}:${kept.digest}`}`;
      return auditReportView(await work.look(what, () => trail.verify(kept)));
    },
  };
}

/** A report as it is published. */
export function auditReportView({ head, trouble, proof, ...counts }: TrailReport): AuditReportView {
  return {
    whole: trouble === null && (proof === null || proof.result === "proved"),
    head: formatHead(head),
    ...counts,
    trouble,
    proof,
  };
}
