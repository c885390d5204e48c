// The future of a job told the long way, to be compared with src/domain/future/play.ts: a full election at every pass.

import { type Candidate, elect } from "../../src/domain/retention/election.ts";
import { drain } from "../../src/domain/slices.ts";
import { pace } from "../../src/domain/retention/guard.ts";
import type { Course, Existing } from "../../src/domain/future/play.ts";

/** One step as `play` tells it, as ids in order. */
export interface PlainMoment {
  at: number;
  slot: number | null;
  candidates: string[];
  victims: string[];
  deleted: string[];
}

/** Every step of the course but its dates. */
export function plainPlay(course: Course): PlainMoment[] {
  const { policy, zone, from, until, maxDeletesPerPass } = course;
  const slots = new Set(listed(course.slots, from, until));
  const passes = course.passes === undefined ? slots : new Set(listed(course.passes, from, until));
  let candidates: Existing[] = [...course.existing];
  let before = new Set<string>();
  let slot: number | null = null;
  return [...new Set([...slots, ...passes])].sort((a, b) => a - b).map((at) => {
    let victims: string[] = [];
    let deleted: string[] = [];
    const pass = () => {
      const election = drain(elect(candidates.map((one) => asOf(one, at)), policy, zone, at));
      victims = election.victims.filter((runId) => !before.has(runId));
      deleted = election.newestSuspect === null ? pace(election.victims, maxDeletesPerPass) : [];
      before = new Set(election.victims);
      candidates = candidates.filter(({ runId }) => !deleted.includes(runId));
    };
    if (course.passes !== undefined && passes.has(at)) pass();
    if (slots.has(at)) {
      slot = at;
      candidates.push({ runId: `slot ${at}`, periodTime: at, endTime: at, held: false, suspect: false });
      if (course.passes === undefined) pass();
    }
    return { at, slot, candidates: candidates.map(({ runId }) => runId).sort(), victims, deleted };
  });
}

/** A candidate without the hold and the reason that are over. */
function asOf(one: Existing, at: number): Candidate {
  const held = one.held && !(one.heldUntil !== undefined && one.heldUntil <= at);
  const isOver = one.keepReason?.kind === "former_policy" && one.keepReason.until <= at;
  const keepReason = isOver ? undefined : one.keepReason;
  return { ...one, held, keepReason };
}

function listed(slots: Course["slots"], from: number, until: number): number[] {
  const all: number[] = [];
  for (let at = slots.next(from); at !== null && at <= until; at = slots.next(at)) all.push(at);
  return all;
}
