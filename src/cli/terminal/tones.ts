// Which words are good news, bad news or neither: the same in every table.

import type { HealthState } from "../../domain/health.ts";
import type { Status } from "../../domain/backup.ts";

/** `care`: it is under way, or somebody may have to look. */
export type Tone = "good" | "bad" | "care" | "plain";

/** Statuses of runs and backups, and how a job does. Colour stands only where a state is. */
const STATES: Readonly<Record<Status | HealthState, Tone>> = {
  available: "good",
  ok: "good",
  failed: "bad",
  failing: "bad",
  lost: "bad",
  missing: "bad",
  expired: "bad",
  "delete-error": "bad",
  late: "bad",
  intent: "care",
  sending: "care",
  unknown: "care",
  running: "care",
  cancelling: "care",
  deleting: "care",
  waiting: "care",
  paused: "care",
  guarded: "care",
  stuck: "care",
  suspect: "care",
  never: "care",
  unproved: "care",
  unmanaged: "care",
  deleted: "plain",
  cancelled: "plain",
  skipped: "plain",
  outside: "plain",
  disabled: "plain",
};

/** The other words that stand where a state does. */
const WORDS: Readonly<Record<string, Tone>> = {
  ...{ on: "good", keep: "good", ready: "good", yes: "good", pass: "good", valid: "good", left: "good" },
  ...{ error: "bad", fail: "bad", "no provider": "bad", critical: "bad" },
  ...{ remove: "care", rejected: "care", warning: "care", expiring: "care", frozen: "care" },
  ...{ "clock in doubt": "care", unattended: "care" },
};

/** The tone of a word that says a state; words of another version are plain. */
export function toneOf(word: string): Tone {
  const own = (tones: Readonly<Record<string, Tone>>) => Object.hasOwn(tones, word) ? tones[word] : undefined;
  return own(STATES) ?? own(WORDS) ?? "plain";
}
