// What can be done with one backup by the page; `of` is the id of its run.

import type { Act } from "./act.ts";
import { given, REASON, UNTIL } from "./act_fields.ts";
import { wordField } from "./in_force.ts";
import {
  lookAtAccept,
  lookAtAcceptDamaged,
  lookAtDeletion,
  lookAtHold,
  lookAtLocked,
  lookAtReject,
  lookAtRelease,
  lookAtVerify,
} from "./look_at_backup.ts";
import { lookAtRestore } from "./look_at_job.ts";

const path = (run: string) => `/backups/${encodeURIComponent(run)}`;

export const BACKUP_ACTS = {
  hold: {
    verb: "Hold",
    icon: "hold",
    endpoint: "PUT /backups/{id}/hold",
    title: () => "Hold this backup",
    look: lookAtHold,
    before: () => [
      "Nothing deletes it until the hold is released or ends; a deletion that was not sent yet is taken back.",
      "It goes on counting as any other for the policy of its job.",
    ],
    fields: (_, look) => [REASON, UNTIL, ...wordField(look)],
    request: (run, { reason, until }) => ({
      method: "PUT",
      path: `${path(run)}/hold`,
      body: given({ reason, until }),
    }),
    after: () => "It is held: nothing deletes it.",
  },
  release: {
    verb: "Release",
    icon: "release",
    isGrave: true,
    endpoint: "DELETE /backups/{id}/hold",
    title: () => "Release this backup",
    look: lookAtRelease,
    before: () => ["The next pass of retention decides about it as about any other, and may delete it."],
    fields: () => [{ name: "typed", label: "Type release to go on", kind: "typed", expected: "release" }],
    request: (run) => ({ method: "DELETE", path: `${path(run)}/hold` }),
    after: () => "It is no longer held.",
  },
  verify: {
    verb: "Verify",
    icon: "approve",
    endpoint: "POST /backups/{id}/verify",
    title: () => "Verify this backup",
    look: lookAtVerify,
    before: () => [
      "Its provider is asked to prove that it can be restored, as its job has it. That may take long; a backup that " +
      "is due does not wait for it.",
      "Where it fails the backup is suspect from then on; it is not deleted for that.",
    ],
    request: (run) => ({ method: "POST", path: `${path(run)}/verify` }),
    after: () => "Its provider was asked to verify it.",
  },
  accept: {
    verb: "Accept",
    icon: "yes",
    endpoint: "POST /backups/{id}/accept",
    title: () => "Accept this backup although it is small",
    look: lookAtAccept,
    before: () => [
      "From the next pass on it counts as if it had never been suspect: older ones may go because of it.",
      "The sizes before it say nothing any more.",
    ],
    request: (run) => ({ method: "POST", path: `${path(run)}/accept` }),
    after: () => "It is accepted, and counts.",
  },
  accept_damaged: {
    verb: "Accept although damaged",
    icon: "yes",
    isGrave: true,
    endpoint: "POST /backups/{id}/accept",
    title: () => "Accept this backup although it is damaged",
    look: lookAtAcceptDamaged,
    before: () => [
      "Its verification failed: it cannot be restored whole. From the next pass on it counts all the same.",
      "Sound backups beside it may then be deleted because of it, and so may it.",
    ],
    fields: () => [{ name: "typed", label: "Type damaged to go on", kind: "typed", expected: "damaged" }],
    request: (run) => ({ method: "POST", path: `${path(run)}/accept?damaged=true` }),
    after: () => "It is accepted, and counts although it is damaged.",
  },
  reject: {
    verb: "Reject",
    icon: "no",
    isGrave: true,
    endpoint: "POST /backups/{id}/reject",
    title: () => "Reject this backup",
    look: lookAtReject,
    before: () => [
      "It counts for nothing, and the next pass deletes it, unless it is held or nothing else counts.",
    ],
    fields: () => [{ name: "typed", label: "Type reject to go on", kind: "typed", expected: "reject" }],
    request: (run) => ({ method: "POST", path: `${path(run)}/reject` }),
    after: () => "It is rejected.",
  },
  delete: {
    verb: "Delete this backup",
    icon: "deletions",
    isGrave: true,
    endpoint: "DELETE /backups/{id}",
    title: () => "Delete this backup",
    look: lookAtDeletion,
    before: () => [
      "Its provider is asked to delete it at once, whatever the policy says. What is deleted is gone for good.",
      "A hold, a freeze, a clock in doubt, or another backup that shares its data stop this.",
    ],
    fields: () => [
      { name: "typed", label: "Type delete to go on", kind: "typed", expected: "delete" },
      { name: "again", label: "Type gone for good as well", kind: "typed", expected: "gone for good" },
    ],
    request: (run) => ({ method: "DELETE", path: path(run) }),
    after: () => "Its deletion is decided, and its provider is asked.",
  },
  ask_again: {
    verb: "Ask its storage again",
    icon: "retry",
    endpoint: "POST /backups/{id}/unlock",
    title: () => "Have the storage of this backup asked again",
    look: lookAtLocked,
    before: () => [
      "What was heard of its lock is forgotten. Nothing is deleted by this, and no lock is taken off the storage.",
      "The next pass asks for its deletion where retention lets it go; a storage that still refuses locks it again.",
    ],
    request: (run) => ({ method: "POST", path: `${path(run)}/unlock` }),
    after: () => "Its storage is asked again at the next pass.",
  },
  end_restore: {
    verb: "Cancel the restore",
    icon: "cancel",
    endpoint: "POST /operations/{op}/cancel",
    title: () => "Cancel this restore",
    look: lookAtRestore,
    before: () => ["Its provider is told to end it. What was restored until then stays where it is."],
    request: (operation) => ({
      method: "POST",
      path: `/operations/${encodeURIComponent(operation)}/cancel`,
    }),
    after: () => "The restore is told to end.",
  },
} as const satisfies Record<string, Act>;
