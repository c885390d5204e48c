// How a job does, in one word: never by colour alone.

import type { HealthState } from "../../domain/health.ts";

export type Tone = "good" | "warn" | "bad" | "busy" | "idle";

const TONES: Record<HealthState, Tone> = {
  failing: "bad",
  never: "bad",
  late: "bad",
  suspect: "warn",
  guarded: "warn",
  stuck: "warn",
  waiting: "warn",
  unproved: "warn",
  paused: "idle",
  running: "busy",
  outside: "idle",
  disabled: "idle",
  unmanaged: "idle",
  ok: "good",
};

/** The colour role of a word; what is said of a job that is well is never alarming. */
export function toneOf({ state, well }: { state: HealthState; well: boolean }): Tone {
  const tone = TONES[state];
  return well && (tone === "bad" || tone === "warn") ? "idle" : tone;
}

/** Nothing is wrong with a job whose first backup is still to come: `never` is the word of one that lacks it. */
export function healthWord({ state, well }: { state: HealthState; well: boolean }): string {
  return state === "never" && well ? "not due yet" : state;
}

/** The word as people see it. */
export function HealthBadge({ health }: { health: { state: HealthState; well: boolean } }) {
  return <span class={`badge ${toneOf(health)}`}>{healthWord(health)}</span>;
}
