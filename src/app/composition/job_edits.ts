// The changes of jobs that callers make, put together from what the parts of one running app share.

import type { FileEdit } from "../../config/document/edited_files.ts";
import type { Config } from "../../config/values/config.ts";
import type { JobEdits } from "../../ports/job_edits.ts";
import { recordEvent } from "../followers.ts";
import { planEdit } from "../job_files/edit_plan.ts";
import { createJobEdits } from "../job_files/job_edits.ts";
import type { Reloads } from "../reloads.ts";
import type { Shared } from "./running_parts.ts";

/** `loadEdited` loads the configuration as it would be after an edit of one file. */
export function jobEditsOf(
  shared: Shared,
  reloads: Reloads,
  loadEdited: (edit: FileEdit) => Promise<Config>,
): JobEdits {
  const { host: { clock, files, tree }, store, schedules, followers, supervision } = shared;
  return createJobEdits({
    ...{ clock, files, tree, loadEdited },
    config: () => shared.config,
    auth: () => shared.auth,
    plan: (job, next) => planEdit({ clock, store, schedules }, job, shared.config, next),
    reload: (by) => supervision.reloading(() => reloads.reload(by)),
    record: (event) => recordEvent(store, followers.sink, event),
  });
}
