// What failed runs left, as rows of a server tell it to a plan.

import type { LeftBefore } from "../../domain/future/plan_leftovers.ts";
import type { LeftBehind } from "../../domain/leftovers.ts";
import type { PlanRow } from "./plan_backups.ts";

/** From failed and cancelled rows, and available ones, newest first. */
export function leftBefore(
  rows: readonly PlanRow[],
  available: readonly PlanRow[],
  providerKeys: readonly string[],
): LeftBefore {
  const sound = available.find((row) =>
    (row.state ?? row.status) === "available" && !row.suspect && !row.rejected && row.trigger !== "import" &&
    providerKeys.includes(row.provider ?? "") && row.start_time && row.end_time
  );
  return {
    rows: rows.map(rowOf),
    later: sound === undefined
      ? null
      : { startTime: Date.parse(sound.start_time!), endTime: Date.parse(sound.end_time!) },
  };
}

function rowOf(row: PlanRow): LeftBehind {
  const state = row.state ?? row.status;
  return {
    status: state === "failed" || state === "cancelled" ? state : "lost",
    reason: row.reason ?? null,
    trigger: row.trigger === "import" ? "import" : "manual",
    id: row.id ?? null,
    providerKey: row.provider ?? "",
    importedAt: null,
    endTime: row.end_time ? Date.parse(row.end_time) : null,
    holdAt: row.held ? 0 : null,
    holdUntil: null,
    holdReason: null,
    deleteNotBefore: null,
  };
}
