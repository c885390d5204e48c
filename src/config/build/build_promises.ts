// The entries of `expect` become promises, each with the position it was written at.

import { parseDuration } from "../../domain/duration.ts";
import { LEVELS } from "../../domain/policy.ts";
import { type JobPromise, parseBound } from "../../domain/promise.ts";
import type { Finding } from "../document/report.ts";
import { type PromiseSettings, readAge, readCount } from "../schema/schema_promise.ts";

/** The promises of a job; what contradicts itself is told to `complain` with its place in the list. */
export function buildPromises(
  expect: readonly PromiseSettings[],
  complain: (index: number, key: string | null, finding: Finding) => void,
): JobPromise[] {
  return expect.flatMap((settings, index) => {
    const wrong = contradiction(settings);
    if (wrong !== null) complain(index, wrong.key, { message: wrong.message });
    return wrong === null ? [promiseOf(settings)] : [];
  });
}

function contradiction(settings: PromiseSettings): { key: string | null; message: string } | null {
  const { after, max_gap, within, oldest } = settings;
  const counts = LEVELS.filter((level) => settings[level] !== undefined);
  const others = [max_gap, oldest, settings.verified_within, settings.immutable_for, settings.copies];
  if (counts.length === 0 && others.every((one) => one === undefined)) {
    return {
      key: null,
      message:
        `promises nothing: expected a level such as monthly: ">=12", max_gap with within, oldest, verified_within, immutable_for or copies`,
    };
  }
  if (max_gap !== undefined && within === undefined) {
    return { key: "max_gap", message: "needs within beside it: expected for example within: 30d" };
  }
  if (within !== undefined && max_gap === undefined) {
    return { key: "within", message: "needs max_gap beside it: expected for example max_gap: 26h" };
  }
  if (max_gap !== undefined && parseDuration(max_gap)! >= parseDuration(within!)!) {
    return {
      key: "within",
      message: `'${within}' is not longer than max_gap '${max_gap}': no gap in it could be too long`,
    };
  }
  for (const key of ["copied_to", "copied_within"] as const) {
    if (settings[key] === undefined || settings.copies !== undefined) continue;
    return { key, message: "needs copies beside it: expected for example copies: 2" };
  }
  const needsAfter = counts[0] ?? (oldest === undefined ? undefined : "oldest");
  if (after === undefined && needsAfter !== undefined) {
    return {
      key: needsAfter,
      message: "needs after beside it, for a new job has no backups yet: expected for example after: 400d",
    };
  }
  return null;
}

function promiseOf(settings: PromiseSettings): JobPromise {
  const { after, max_gap, within, oldest, verified_within, immutable_for, copies, copied_within } = settings;
  const levels: JobPromise["levels"] = {};
  for (const level of LEVELS) {
    const text = settings[level];
    if (text !== undefined) levels[level] = parseBound(text, readCount)!;
  }
  return {
    afterMs: parseDuration(after ?? within ?? verified_within ?? "0s")!,
    levels,
    gap: max_gap === undefined ? null : { maxMs: parseDuration(max_gap)!, withinMs: parseDuration(within!)! },
    oldest: oldest === undefined ? null : parseBound(oldest, readAge)!,
    ...(verified_within === undefined ? {} : { verifiedMs: parseDuration(verified_within)! }),
    ...(immutable_for === undefined ? {} : { immutableMs: parseDuration(immutable_for)! }),
    ...(copies === undefined ? {} : {
      copies: {
        count: copies,
        jobs: [...settings.copied_to ?? []],
        withinMs: copied_within === undefined ? null : parseDuration(copied_within)!,
      },
    }),
  };
}
