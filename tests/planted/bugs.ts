// Bugs that would lose a backup, each as a textual patch: those of the original, and those a later edit could bring in.

import { ADOPTION_BUGS } from "./adoption_bugs.ts";
import { BURST_BUGS } from "./burst_bugs.ts";
import { CALLERS_BUGS } from "./callers_bugs.ts";
import { AUDIT_BUGS } from "./audit_bugs.ts";
import { COMMAND_BUGS } from "./command_bugs.ts";
import { COMPACT_BUGS } from "./compact_bugs.ts";
import { COPY_BUGS } from "./copy_bugs.ts";
import { DAYS_BUGS } from "./days_bugs.ts";
import { DATING_BUGS } from "./dating_bugs.ts";
import { DANGER_BUGS } from "./danger_bugs.ts";
import { DAMAGE_BUGS } from "./damage_bugs.ts";
import { CAUSE_BUGS } from "./cause_bugs.ts";
import { CLOCK_BUGS } from "./clock_bugs.ts";
import { DOOR_BUGS } from "./door_bugs.ts";
import { DOUBT_BUGS } from "./doubt_bugs.ts";
import { EDIT_BUGS } from "./edit_bugs.ts";
import { EXPLAIN_BUGS } from "./explain_bugs.ts";
import { FORGET_BUGS } from "./forget_bugs.ts";
import { FRESH_WORD_BUGS } from "./fresh_word_bugs.ts";
import { HEALTH_BUGS } from "./health_bugs.ts";
import { CONDUCTOR_BUGS } from "./conductor_bugs.ts";
import { CONFIG_BUGS } from "./config_bugs.ts";
import { HEAP_BUGS } from "./heap_bugs.ts";
import { HISTORY_BUGS } from "./history_bugs.ts";
import { HOOKS_BUGS } from "./hooks_bugs.ts";
import { HOSTS_BUGS } from "./hosts_bugs.ts";
import { JOBS_REST_BUGS } from "./jobs_rest_bugs.ts";
import { JOURNAL_BUGS } from "./journal_bugs.ts";
import { LEASE_BUGS } from "./lease_bugs.ts";
import { KEEPING_BUGS } from "./keeping_bugs.ts";
import { LEFTOVER_BUGS } from "./leftover_bugs.ts";
import { LIST_BUGS } from "./list_bugs.ts";
import { LOCK_BUGS } from "./lock_bugs.ts";
import { REMEDIES_BUGS } from "./remedies_bugs.ts";
import { REJECTED_BUGS } from "./rejected_bugs.ts";
import { RESTIC_BUGS } from "./restic_bugs.ts";
import { MEMORY_BUGS } from "./memory_bugs.ts";
import { NAME_BUGS } from "./name_bugs.ts";
import { NATIVE_LIBRARY_BUGS } from "./native_library_bugs.ts";
import { NOTIFY_BUGS } from "./notify_bugs.ts";
import { ORIGINAL_BUGS } from "./original_bugs.ts";
import { PICTURE_BUGS } from "./picture_bugs.ts";
import type { PlantedBug } from "./planted_bug.ts";
import { PROTOCOL_BUGS } from "./protocol_bugs.ts";
import { PROVED_BUGS } from "./proved_bugs.ts";
import { OUTCOME_BUGS } from "./outcome_bugs.ts";
import { RELOAD_BUGS } from "./reload_bugs.ts";
import { RETRY_BUGS } from "./retry_bugs.ts";
import { SAFETY_BUGS } from "./safety_bugs.ts";
import { SHARED_BUGS } from "./shared_bugs.ts";
import { SECOND_COPY_BUGS } from "./second_copy_bugs.ts";
import { SECRET_BUGS } from "./secret_bugs.ts";
import { SHARED_DATA_BUGS } from "./shared_data_bugs.ts";
import { SNAPSHOT_BUGS } from "./snapshot_bugs.ts";
import { SMALL_EDGES_BUGS } from "./small_edges_bugs.ts";
import { STANDBY_BUGS } from "./standby_bugs.ts";
import { START_BUGS } from "./start_bugs.ts";
import { STATE_SERVER_BUGS } from "./state_server_bugs.ts";
import { STORAGE_LOCK_BUGS } from "./storage_lock_bugs.ts";
import { STUCK_BUGS } from "./stuck_bugs.ts";
import { TROUBLE_BUGS } from "./trouble_bugs.ts";
import { TRIES_BUGS } from "./tries_bugs.ts";
import { TURN_BUGS } from "./turn_bugs.ts";
import { BLACKOUT_BUGS } from "./blackout_bugs.ts";
import { RESTORE_BUGS } from "./restore_bugs.ts";
import { RESTORE_PAGE_BUGS } from "./restore_page_bugs.ts";
import { RESTORING_BUGS } from "./restoring_bugs.ts";
import { VERIFY_BUGS } from "./verify_bugs.ts";
import { VIEWS_BUGS } from "./views_bugs.ts";
import { VOUCH_BUGS } from "./vouch_bugs.ts";
import { WEBBASE_BUGS } from "./webbase_bugs.ts";
import { WORST_DAY_BUGS } from "./worst_day_bugs.ts";
import { WORLDS_BUGS } from "./worlds_bugs.ts";

export const BUGS: readonly PlantedBug[] = [
  ...ORIGINAL_BUGS,
  ...WORST_DAY_BUGS,
  ...PROTOCOL_BUGS,
  ...SAFETY_BUGS,
  ...ADOPTION_BUGS,
  ...PROVED_BUGS,
  ...DOOR_BUGS,
  ...NATIVE_LIBRARY_BUGS,
  ...LIST_BUGS,
  ...REJECTED_BUGS,
  ...LOCK_BUGS,
  ...BURST_BUGS,
  ...STANDBY_BUGS,
  ...START_BUGS,
  ...EDIT_BUGS,
  ...EXPLAIN_BUGS,
  ...REMEDIES_BUGS,
  ...RESTIC_BUGS,
  ...JOBS_REST_BUGS,
  ...JOURNAL_BUGS,
  ...KEEPING_BUGS,
  ...COMPACT_BUGS,
  ...COPY_BUGS,
  ...STORAGE_LOCK_BUGS,
  ...STUCK_BUGS,
  ...DAMAGE_BUGS,
  ...DANGER_BUGS,
  ...RESTORE_BUGS,
  ...RESTORE_PAGE_BUGS,
  ...RESTORING_BUGS,
  ...VERIFY_BUGS,
  ...RELOAD_BUGS,
  ...RETRY_BUGS,
  ...TRIES_BUGS,
  ...TURN_BUGS,
  ...BLACKOUT_BUGS,
  ...CAUSE_BUGS,
  ...MEMORY_BUGS,
  ...LEASE_BUGS,
  ...LEFTOVER_BUGS,
  ...CLOCK_BUGS,
  ...DATING_BUGS,
  ...DAYS_BUGS,
  ...VOUCH_BUGS,
  ...HOOKS_BUGS,
  ...HOSTS_BUGS,
  ...NAME_BUGS,
  ...COMMAND_BUGS,
  ...WORLDS_BUGS,
  ...PICTURE_BUGS,
  ...FORGET_BUGS,
  ...SHARED_BUGS,
  ...SHARED_DATA_BUGS,
  ...DOUBT_BUGS,
  ...SECOND_COPY_BUGS,
  ...SECRET_BUGS,
  ...FRESH_WORD_BUGS,
  ...CALLERS_BUGS,
  ...AUDIT_BUGS,
  ...HISTORY_BUGS,
  ...SMALL_EDGES_BUGS,
  ...SNAPSHOT_BUGS,
  ...HEAP_BUGS,
  ...HEALTH_BUGS,
  ...VIEWS_BUGS,
  ...CONDUCTOR_BUGS,
  ...CONFIG_BUGS,
  ...OUTCOME_BUGS,
  ...NOTIFY_BUGS,
  ...TROUBLE_BUGS,
  ...WEBBASE_BUGS,
  ...STATE_SERVER_BUGS,
];
