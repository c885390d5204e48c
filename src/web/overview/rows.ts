// Which jobs a page of the table shows, and in which order.

import { healthRank, type HealthState } from "../../domain/health.ts";
import type { JobView } from "../../ports/views/job.ts";
import { healthWord } from "../components/badge.tsx";

/** So many rows a page. */
export const PAGE_ROWS = 50;

export const SHOWN = ["all", "unwell", "running", "not_due", "first", "resting", "safe"] as const;
export type Shown = (typeof SHOWN)[number];

const SORTS = ["worst", "name", "last", "next", "size", "proved"] as const;
export type Sort = (typeof SORTS)[number];

/** What was asked of the table. */
export interface Asked {
  find: string;
  show: Shown;
  sort: Sort;
  /** From 1. */
  page: number;
}

/** A page of rows. */
export interface Rows {
  jobs: readonly JobView[];
  /** Of all that fit. */
  count: number;
  pages: number;
  page: number;
  /** How many jobs each choice would show, of those that were searched for. */
  counts: Readonly<Record<Shown, number>>;
}

/** Reads what stands in an address; whatever is none of ours counts as not said. */
export function readAsked(query: (name: string) => string | undefined): Asked {
  const one = <T extends string>(words: readonly T[], text: string | undefined): T =>
    words.find((word) => word === text) ?? words[0]!;
  const page = Number(query("page") ?? 1);
  return {
    find: (query("find") ?? "").trim().slice(0, 200),
    show: one(SHOWN, query("show")),
    sort: one(SORTS, query("sort")),
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** The rows of a page; the last one where there are fewer pages. */
export function rowsOf(all: readonly JobView[], { find, show, sort, page }: Asked): Rows {
  const words = find.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = all.filter((view) => {
    const text = `${view.job} ${view.label} ${view.provider} ${healthWord(view.health)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const counts = countKinds(found);
  const fitting = show === "all" ? found : found.filter((view) => isOf(view, show));
  const sorted = fitting.toSorted((a, b) => compare(a, b, sort) || (a.job < b.job ? -1 : 1));
  const pages = Math.max(1, Math.ceil(sorted.length / PAGE_ROWS));
  const at = Math.min(page, pages);
  return {
    jobs: sorted.slice((at - 1) * PAGE_ROWS, at * PAGE_ROWS),
    count: sorted.length,
    pages,
    page: at,
    counts,
  };
}

/** How many are of each kind. */
export function countKinds(jobs: readonly JobView[]): Record<Shown, number> {
  const counts = { all: jobs.length, unwell: 0, running: 0, not_due: 0, first: 0, resting: 0, safe: 0 };
  for (const view of jobs) {
    for (const kind of SHOWN) if (kind !== "all" && isOf(view, kind)) counts[kind]++;
  }
  return counts;
}

const RESTING: readonly HealthState[] = ["paused", "outside", "disabled", "unmanaged"];

function isOf(view: JobView, kind: Exclude<Shown, "all">): boolean {
  const { state, well } = view.health;
  const isAtWork = well && !RESTING.includes(state);
  switch (kind) {
    case "unwell":
      return !well;
    case "running":
      return view.running !== null;
    case "resting":
      return well && RESTING.includes(state);
    case "not_due":
      return isAtWork && state === "never";
    case "first":
      return isAtWork && state !== "never" && !hasGood(view);
    case "safe":
      return isAtWork && hasGood(view);
  }
}

/** Only what has a good backup is safe: one that is making its first is well, and yet has nothing to restore. */
function hasGood({ health: { state }, last_success }: JobView): boolean {
  return state !== "never" && (state === "ok" || last_success !== null);
}

function compare(a: JobView, b: JobView, sort: Sort): number {
  switch (sort) {
    case "name":
      return 0;
    case "worst":
      return Number(a.health.well) - Number(b.health.well) ||
        healthRank(a.health.state) - healthRank(b.health.state) ||
        byTime(a.health.since, b.health.since);
    // What is oldest, and what never was, wants to be seen first.
    case "last":
      return byTime(a.last_success, b.last_success);
    case "proved":
      return byTime(a.verification?.proved_at ?? null, b.verification?.proved_at ?? null);
    // What comes first; what has no next slot comes last.
    case "next":
      return a.next_slot === b.next_slot
        ? 0
        : a.next_slot === null
        ? 1
        : b.next_slot === null
        ? -1
        : byTime(a.next_slot, b.next_slot);
    case "size":
      return (b.last_size_mb ?? -1) - (a.last_size_mb ?? -1);
  }
}

/** Null first, then the oldest. */
function byTime(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a === null || (b !== null && a < b) ? -1 : 1;
}
