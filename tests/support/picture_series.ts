// What charts, strips and calendars are drawn from in tests: the same at each run.

import { iso } from "../../src/domain/instant.ts";
import type { DeletionsView } from "../../src/ports/views/departures.ts";
import type { StripDay } from "../../src/web/pictures/day_strip.ts";
import { NOW } from "./picture_worlds.ts";

const DAY = 86_400_000;

/** Numbers in [0, 1), the same ones each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** So many backups that grow; one is far larger, one suspect, and one took far longer. */
export function growing(count: number, stepMs: number) {
  const next = numbers(7);
  return Array.from({ length: count }, (_, at) => {
    const time = NOW - (count - at) * stepMs;
    const suspect = at === count - 12;
    const size_mb = at === Math.floor(count / 3)
      ? 9_000
      : suspect
      ? 3
      : 1_000 + (at * 600) / count + next() * 60;
    const seconds = 180 + next() * 60 + (at === 20 ? 2_000 : 0);
    return {
      run_id: `r${at}`,
      period_time: iso(time),
      start_time: iso(time),
      end_time: iso(Math.round(time + seconds * 1000)),
      size_mb,
      suspect,
      rejected: false,
    };
  });
}

/** Thirty days with each kind of trouble. */
export function mixedDays(): StripDay[] {
  const today = Math.floor(NOW / DAY) * DAY;
  const changes: Record<number, Partial<StripDay>> = {
    3: { succeeded: 0, failed: 1 },
    4: { failed: 2 },
    9: { succeeded: 0, suspect: 1 },
    12: { succeeded: 0, skipped: 1 },
    20: { succeeded: 0, missed: 1 },
    21: { succeeded: 0, missed: 3 },
  };
  const usual = { succeeded: 1, suspect: 0, failed: 0, cancelled: 0, missed: 0, skipped: 0 };
  return Array.from({ length: 30 }, (_, at) => ({ day: today - at * DAY, ...usual, ...changes[at] }));
}

/** Deletions of four jobs over five weeks, fewer and fewer; of some nobody knows the size. */
export function deletionDays(): DeletionsView["days"] {
  const next = numbers(11);
  const days: DeletionsView["days"] = [];
  for (let at = 0; at < 35; at++) {
    for (const job of ["postgres", "home", "photos", "mail"]) {
      const backups = Math.floor((next() * 40) / (at + 2));
      if (backups === 0) continue;
      const unsized = at % 9 === 0 ? 1 : 0;
      const day = iso(NOW + at * DAY).slice(0, 10);
      days.push({ day, job, backups, size_mb: (backups - unsized) * 800 * next(), unsized });
    }
  }
  return days;
}
