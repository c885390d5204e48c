// What is to become of a mock's backup: drawn when it starts, and played from then on.

import type { Json } from "../../domain/job.ts";
import type { Random } from "../../ports/host.ts";
import type { MockBackup, MockMemory } from "./memory.ts";
import { draw, happens } from "./random.ts";
import type { MockSettings } from "./settings.ts";

interface Fate {
  durationMs: number;
  fails: boolean;
  /** It never ends by itself. */
  stuck: boolean;
  /** Of one that becomes available. */
  sizeMb: number;
  /** An available one is forgotten without a DELETE. */
  vanishes: boolean;
  /** An available one cannot be restored whole. */
  isDamaged: boolean;
}

/** A create body with these fields makes a backup that fails, or one that is damaged, whatever the rates. */
const FAIL_FIELD = "fail";
const DAMAGED_FIELD = "damaged";

/** Draws in one order always, so that the same seed gives the same fates. */
export function drawFate(settings: MockSettings, random: Random, body: Json | undefined): Fate {
  const durationMs = Math.round(draw(random, settings.duration));
  const fails = happens(random, settings.fail_rate) || asksFor(FAIL_FIELD, body);
  const stuck = happens(random, settings.stuck_rate);
  const sizeMb = Math.round(draw(random, settings.size_mb) * 1000) / 1000;
  const vanishes = happens(random, settings.forget_rate);
  const isDamaged = happens(random, settings.damaged_rate) || asksFor(DAMAGED_FIELD, body);
  return { durationMs, fails, stuck, sizeMb, vanishes, isDamaged };
}

/** Plays the fate of one that is not stuck; resolves early when the backup is deleted. */
export async function play(memory: MockMemory, backup: MockBackup, fate: Fate): Promise<void> {
  const { clock, state } = memory;
  try {
    await clock.sleep(backup.durationMs, backup.stop.signal);
    end(memory, backup, fate.fails ? "failed" : "available");
    if (fate.fails) backup.message = "this mock was told to let it fail";
    else backup.sizeMb = fate.sizeMb;
    state.tell(backup.state, { id: backup.id, ...(fate.fails ? {} : { size_mb: fate.sizeMb }) });
    if (fate.fails || !fate.vanishes) return;
    await clock.sleep(state.settings().forget_after, backup.stop.signal);
    backup.state = "forgotten";
    state.tell("forgotten", { id: backup.id });
  } catch (error) {
    if (!backup.stop.signal.aborted) throw error;
  }
}

function end({ clock, totals }: MockMemory, backup: MockBackup, how: "available" | "failed"): void {
  backup.state = how;
  backup.endedAt = Math.max(clock.now(), backup.startedAt);
  totals[how]++;
}

function asksFor(field: string, body: Json | undefined): boolean {
  return body !== null && typeof body === "object" && !Array.isArray(body) && body[field] === true;
}
