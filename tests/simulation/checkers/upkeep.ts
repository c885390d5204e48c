// I42: once a check has found damage, retention deletes nothing there until one goes well or someone has answered it.

import type { Run } from "../../../src/domain/backup.ts";
import { type Finding, show } from "./witness.ts";

/** I42: a deletion is carried out; those that a person asked for may. */
export function I42_damageStops(foundDamage: boolean, run: Run | undefined): Finding {
  if (!foundDamage || run === undefined || run.status !== "deleting" || run.deleteAskedBy !== null) return;
  return `${show(run)} is deleted although a check has found damage`;
}
