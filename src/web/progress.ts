// How far a run is: what its provider says in its own words, and what follows from that and from how long the last one took.

import { spanText } from "../domain/notify/words.ts";
import { sizeText } from "../domain/size_text.ts";

const UNITS: Readonly<Record<string, number>> = { B: 1e-6, kB: 1e-3, MB: 1, GB: 1e3, TB: 1e6, PB: 1e9 };
/** Before so much of it is done, or so long after its begin, a guess at the rest is no guess. */
const LEAST_PERCENT = 2;
const LEAST_MS = 10_000;
/** Nobody waits for what is over sooner. */
const WORTH_S = 10;

/** A run under way, as far as that matters here. */
interface Underway {
  /** How long it runs. */
  ms: number;
  /** The provider's words. */
  message: string | null;
  /** How long the newest backup of the job took; null where there is none. */
  lastSeconds: number | null;
}

/** Percent of a message such as `42 % of 1.2 GB, 12 of 30 files`; undefined where it says none. */
export function percentOf(message: string | null): number | undefined {
  const [, figure] = /(?:^|\s)(\d{1,3}(?:\.\d+)?) ?%/.exec(message ?? "") ?? [];
  const percent = Number(figure);
  return figure !== undefined && percent <= 100 ? percent : undefined;
}

/**
 * What else can be said, a part each: `about 4 min left`, `11 MB/s on average`, `the last one took 7 min`. The first two only
 * where the provider says how far it is.
 */
export function outlookOf({ ms, message, lastSeconds }: Underway): string[] {
  const percent = percentOf(message);
  const parts: string[] = [];
  if (percent !== undefined && percent >= LEAST_PERCENT && percent < 100 && ms >= LEAST_MS) {
    parts.push(`${aboutText(ms * (100 - percent) / percent)} left`);
    const totalMb = totalOf(message!);
    if (totalMb !== undefined) {
      parts.push(`${sizeText(totalMb * percent / 100 / (ms / 1000))}/s on average`);
    }
  }
  if (lastSeconds !== null && lastSeconds >= WORTH_S) {
    const took = lastSeconds < 60 ? `${Math.round(lastSeconds)} s` : spanText(lastSeconds * 1000);
    parts.push(
      ms > lastSeconds * 1000 ? `longer than the last one, which took ${took}` : `the last one took ${took}`,
    );
  }
  return parts;
}

function aboutText(ms: number): string {
  return ms < 60_000 ? "under a minute" : `about ${spanText(ms)}`;
}

/** The megabytes of all of it: `of 1.2 GB`. */
function totalOf(message: string): number | undefined {
  const [, figure, unit] = /% of (\d+(?:\.\d+)?) ?([kMGTP]?B)\b/.exec(message) ?? [];
  return figure === undefined ? undefined : Number(figure) * UNITS[unit!]!;
}
