// Many jobs of one provider that are due in the same minute, without a jitter that would spread them.

import type { Schedule } from "../schedule/schedule.ts";
import { type Finding, lengthText, someOf } from "./lint_finding.ts";

interface CrowdedJob {
  name: string;
  schedule: Schedule;
  jitterMs: number;
}

const MINUTE = 60_000;
/** Fewer start one after the other without anybody noticing. */
const LEAST = 5;
/** A proposed jitter: this share of the shortest interval, and no more than half an hour. */
const SHARE = 0.1;
const MOST_JITTER_MS = 30 * MINUTE;
const MOST_SHOWN = 3;

/** The largest crowd of a provider; null where there is none. */
export function crowdFinding(provider: string, jobs: readonly CrowdedJob[], now: number): Finding | null {
  const minutes = new Map<number, CrowdedJob[]>();
  for (const job of jobs) {
    const slot = job.jitterMs > 0 ? null : job.schedule.next(now);
    if (slot === null) continue;
    const minute = Math.floor(slot / MINUTE);
    minutes.set(minute, [...minutes.get(minute) ?? [], job]);
  }
  const [found] = [...minutes].filter(([, crowd]) => crowd.length >= LEAST)
    .sort(([, a], [, b]) => b.length - a.length);
  if (found === undefined) return null;
  const [minute, crowd] = found;
  const interval = Math.min(...crowd.map(({ schedule }) => schedule.interval(now) ?? Infinity));
  const jitter = Math.floor(Math.min(MOST_JITTER_MS, interval * SHARE) / MINUTE) * MINUTE;
  const names = crowd.map(({ name }) => name);
  return {
    rule: "crowd",
    severity: "notice",
    jobs: names,
    message: `${crowd.length} jobs of the provider '${provider}' are due in the same minute: ${
      someOf(names.map((name) => `'${name}'`), MOST_SHOWN)
    }`,
    remedy: jitter < MINUTE
      ? "have them due at other times"
      : `set 'jitter: ${
        lengthText(jitter)
      }' on them or in 'defaults': each starts up to that much later, by its name`,
    at: [minute * MINUTE],
    proposals: [],
  };
}
