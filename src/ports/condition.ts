// What must hold in the very turn in which a change is committed.

import type { Status } from "../domain/backup.ts";
import type { VerificationState } from "../domain/verification/verification.ts";
import type { OpenDates } from "./clock_watch.ts";

/**
 * A condition that must hold for a change to be committed. What depends on the time is judged by a reading of the clock
 * in the very turn in which the change is handed to the database.
 */
export type Condition =
  /** The run is in one of these statuses. */
  | { condition: "status"; runId: string; in: readonly Status[] }
  /** The job's cursor is still this. */
  | { condition: "cursor"; job: string; is: number }
  /** The job's revision is still this. */
  | { condition: "revision"; job: string; is: number }
  /** The run may be sent a DELETE: `deleting` or `delete-error`, never sent or due again, not held. */
  | { condition: "deletable"; runId: string }
  /** The job's policy text is still this. */
  | { condition: "policy"; job: string; is: string }
  /** The clock is not in doubt. */
  | { condition: "trustedClock" }
  /** This doubt is over, what was written in it is still to be dated so, and no other has begun. */
  | { condition: "datedBy"; open: OpenDates }
  /** This instant (UTC ms) has come, by both clocks where they are in doubt. */
  | { condition: "due"; at: number }
  /** The newest backup of the job at these providers, not counting those dated ahead of now, is not suspect. */
  | { condition: "soundNewest"; job: string; providerKeys: readonly string[] }
  /** The run is a backup that can be restored: it is available, not rejected, not suspect, and not dated ahead of now. */
  | { condition: "good"; runId: string }
  /** No DELETE of the run was ever marked as sent. */
  | { condition: "unsent"; runId: string }
  /** No guard of the job is latched. */
  | { condition: "unlatched"; job: string }
  /** The run is not held. */
  | { condition: "unheld"; runId: string }
  /** The storage of the run does not refuse to delete it, as far as its provider said. */
  | { condition: "unlocked"; runId: string }
  /** Deletions are not frozen. */
  | { condition: "unfrozen" }
  /** The job is enabled, inside its dates, not paused, and was not edited since this edition. */
  | { condition: "active"; job: string; edition: number }
  /**
   * No living row at these providers has the id or the data id of the run for its own id or data id, nor `dataId`, which
   * is what its provider said of it last; null: nothing else than is on record.
   */
  | { condition: "unshared"; runId: string; dataId: string | null; providerKeys: readonly string[] }
  /** The run's job is in the configuration, and the run's provider is still the job's. */
  | { condition: "managed"; runId: string }
  /** The verification is in one of these states; none: there is no such verification. */
  | { condition: "verification"; verificationId: string; in: readonly VerificationState[] }
  /** The job left the configuration, and no row of it stands for anything that may be left at a provider. */
  | { condition: "forgettable"; job: string }
  /**
   * What the run left may go: it is our own, ended by its provider's word at least `keepMs` ago, a sound backup of its
   * job at these providers was begun after it, and no other row that is not deleted has one of these ids or data ids.
   */
  | {
    condition: "leftover";
    runId: string;
    providerKeys: readonly string[];
    dataIds: string[];
    keepMs: number;
  };
