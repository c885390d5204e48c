// A report as a page.

import type { Block } from "../recovery/page.ts";
import type { Report, ReportCounts } from "./report.ts";

const COLUMNS = [
  ["made", "made"],
  ["failed", "failed"],
  ["cancelled", "cancelled"],
  ["missed", "missed slots"],
  ["skipped", "skipped slots"],
  ["deleted", "deleted"],
  ["missing", "gone missing"],
  ["proved", "proved"],
  ["proof_failed", "proof failed"],
  ["restored", "restored"],
] as const satisfies readonly (readonly [keyof ReportCounts, string])[];

/** Numbers first, then who changed what, then what it cannot know. */
export function reportBlocks({ since, until, audit_head, total, jobs, changes, unknown }: Report): Block[] {
  const cells = (counts: ReportCounts) => COLUMNS.map(([key]) => String(counts[key] ?? "not known"));
  return [
    { kind: "title", text: "Report on backups" },
    {
      kind: "facts",
      facts: [["from", since], ["until", until], ["audit trail ends at", audit_head ?? "not known"]],
    },
    {
      kind: "table",
      head: ["job", ...COLUMNS.map(([, name]) => name)],
      rows: [...jobs.map(({ job, ...counts }) => [job, ...cells(counts)]), ["all", ...cells(total)]],
    },
    { kind: "heading", text: "Holds, freezes, guards and their answers, edits, deletions by hand" },
    changes.length === 0 ? { kind: "text", text: "None." } : {
      kind: "table",
      head: ["when", "kind", "job", "who", "what"],
      rows: changes.map(({ at, kind, job, by, what }) => [at, kind, job ?? "-", by ?? "-", what]),
    },
    { kind: "heading", text: "What this report cannot know" },
    { kind: "list", items: unknown },
  ];
}
