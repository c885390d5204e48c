// How `jobs show` tells of the proofs of a job.

import { bytesText } from "../../domain/size_text.ts";
import type { JobAnswer } from "../client/answers.ts";
import type { Display } from "../terminal/render.ts";

/** None where its backups are proved only by hand. */
export function verificationFields({ verification }: JobAnswer, display: Display): [string, string | null][] {
  if (!verification) return [];
  const { next_pick: pick, running, last, restore } = verification;
  const next = verification.next_at ? display.longTime(verification.next_at) ?? null : null;
  const picked = pick ? `, of ${pick.id ?? pick.run_id ?? "?"}${pick.level ? ` (${pick.level})` : ""}` : "";
  return [
    ["next proof", next === null ? null : `${next} by ${verification.method ?? "?"}${picked}`],
    ["proving", running ? `${running.id ?? "?"} since ${display.longTime(running.since)}` : null],
    [
      "last proved",
      verification.proved_at
        ? `${display.longTime(verification.proved_at)}, ${verification.proved_id ?? "?"}`
        : "never",
    ],
    [
      "last proof",
      last && last.state !== "passed"
        ? `${last.state} ${display.longTime(last.at)}: ${last.message ?? ""}`
        : null,
    ],
    [
      "restore took",
      restore ? `${restore.seconds} s for ${bytesText(restore.bytes ?? 0)}${trendText(restore)}` : null,
    ],
  ];
}

type Restore = NonNullable<NonNullable<JobAnswer["verification"]>["restore"]>;

/** How that is against what is usual; empty where nothing is yet. */
function trendText({ seconds, median_seconds: median, median_of: of }: Restore): string {
  if (typeof seconds !== "number" || typeof median !== "number") return "";
  const more = Math.round((seconds - median) * 10) / 10;
  const against = `the median of the ${of} before`;
  if (more === 0) return `, as ${against}`;
  return `, ${Math.abs(more)} s ${more > 0 ? "more" : "less"} than ${against}`;
}
