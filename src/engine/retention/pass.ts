// What a pass would do, whichever way its election was made; here from a full one over all rows.

import { inSlices, SLICE } from "../../domain/slices.ts";
import {
  type Heads,
  isCounted,
  isSameReason,
  rankingOf,
  RANKINGS,
  type StoredReason,
  storedReason,
} from "../../domain/retention/reasons.ts";
import { tagsOf } from "../../domain/retention/tagging.ts";
import type { ElectionHead, TagsRow } from "../../ports/store.ts";
import type { ElectionLook, Weighed } from "./election_look.ts";

/** What a pass commits and tells. */
export interface Pass extends Weighed {
  head: ElectionHead;
  /** How many are kept. */
  kept: number;
  /** Run ids, oldest first. */
  victims: string[];
  newest: string | null;
  /** Rows whose tags or reasons are not stored as they now are. */
  changed: Iterable<TagsRow>;
  /** What the ranks in stored reasons are counted from. */
  heads: Heads;
}

/** The pass that follows from a full look; yields every few thousand backups. */
export function* passOf(look: ElectionLook): Generator<void, Pass> {
  const { snapshot, election, findings, going, digest, approved, retold } = look;
  const heads = yield* headsOf(look);
  return {
    head: snapshot,
    kept: election.keep.length,
    victims: election.victims,
    newest: election.newest,
    changed: yield* changedRows(look, heads),
    heads,
    findings,
    going,
    digest,
    approved,
    retold,
  };
}

/** Counted so that the newest backup which has a stored rank keeps its ordinal, and with it all that stayed. */
function* headsOf({ election, rows, snapshot }: ElectionLook): Generator<void, number[]> {
  const heads = RANKINGS.map((_, at) => snapshot.heads[at] ?? 0);
  const open = new Set<string>(RANKINGS);
  for (const [at, { runId, reasons }] of election.keep.entries()) {
    if (open.size === 0) break;
    if (at % SLICE === SLICE - 1) yield;
    for (const reason of reasons) {
      if (reason.kind !== "level" && reason.kind !== "min_keep") continue;
      const ranking = rankingOf(reason)!;
      if (!open.has(ranking)) continue;
      const stored = rows.get(runId)!.reasons.filter(isCounted).find((one) => rankingOf(one) === ranking);
      if (stored === undefined) continue;
      heads[RANKINGS.indexOf(ranking)] = stored.ordinal + reason.rank - 1;
      open.delete(ranking);
    }
  }
  return heads;
}

function* changedRows({ election, rows }: ElectionLook, heads: Heads): Generator<void, TagsRow[]> {
  const { keep, victims, victimTags } = election;
  const changed: TagsRow[] = [];
  yield* inSlices(keep.length, (at) => {
    const { runId, tags, reasons } = keep[at]!;
    const row = rows.get(runId)!;
    const stored = reasons.map((reason) => storedReason(reason, heads));
    if (same(row.tags, tags) && sameReasons(row.reasons, stored)) return;
    changed.push({ runId, tags, reasons: stored, fingerprint: null });
  });
  yield* inSlices(victims.length, (at) => {
    const runId = victims[at]!;
    const row = rows.get(runId)!;
    const tags = tagsOf(victimTags[at]!);
    if (same(row.tags, tags) && row.reasons.length === 0) return;
    changed.push({ runId, tags, reasons: [], fingerprint: null });
  });
  return changed;
}

function sameReasons(a: readonly StoredReason[], b: readonly StoredReason[]): boolean {
  return a.length === b.length && a.every((left, at) => isSameReason(left, b[at]!));
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
