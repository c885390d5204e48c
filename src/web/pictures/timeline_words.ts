// What a timeline says in words: the newest, the next to go, what keeps what, what lacks, and how to stop a deletion.

import { clockChanges } from "./ticks.ts";
import { freedText } from "../../domain/freed_text.ts";
import { keepersOf } from "./timeline_lanes.ts";
import type { TimelineBackup, TimelineInput } from "./timeline_input.ts";
import { newestOf, type TimelineModel } from "./timeline_model.ts";
import type { Dot } from "./timeline_marks.ts";
import type { Fact } from "./picture.ts";
import {
  type Calendar,
  clockText,
  dayText,
  listText,
  many,
  numberText,
  spanText,
  timeText,
} from "./words.ts";
import { DAY } from "../../domain/duration.ts";
import { withTimes } from "../../domain/notify/words.ts";

/** So many holds, suspects and locks are told one by one. */
const MOST_ASIDE = 4;

/** Everything that the picture shows, the first things first. */
export function timelineFacts(model: TimelineModel): Fact[] {
  const facts: (Fact | null)[] = [
    newestFact(model),
    nextFact(model),
    setFact(model),
    trialFact(model),
    keptFact(model),
    holesFact(model),
    promisesFact(model),
    setAsideFact(model),
    failuresFact(model),
    clockFact(model),
    {
      term: "To stop a deletion",
      text: "hold the backup (open it, then Hold), or freeze: then nothing at all is deleted. " +
        "Both last until somebody ends them",
    },
  ];
  return facts.filter((fact) => fact !== null);
}

/** What one backup is, in one line. */
export function backupText(dot: Dot, model: TimelineModel, goesAt: number | undefined): string {
  const { backup, badges } = dot;
  const { calendar } = model;
  const parts = [timeText(dot.at, calendar)];
  if (badges.includes("newest")) parts.push("the newest that can be restored");
  parts.push(whyText(backup));
  if (backup.hold !== null) parts.push(holdText(backup.hold, calendar));
  if (backup.lock !== null) parts.push(`locked by its storage${untilText(backup.lock.until, calendar)}`);
  if (backup.suspect) parts.push(`suspect: ${backup.suspect_reason ?? "implausibly small"}`);
  if (backup.rejected) parts.push("rejected: it counts for nothing");
  const proof = proofText(backup, calendar);
  if (proof !== null) parts.push(proof);
  if (goesAt !== undefined) parts.push(`goes ${timeText(goesAt, calendar)}`);
  if (badges.includes("tried")) parts.push(`'${model.input.trial?.change}' would delete it`);
  return parts.join(" · ");
}

/** True for a backup that retention would delete, unless something stops it. */
export function isUnkept({ reasons, suspect, hold }: TimelineBackup): boolean {
  return reasons.length === 0 && !suspect && hold === null;
}

/** Why a backup stays, as retention says it. */
export function whyText(
  { reasons, suspect, rejected }: Pick<TimelineBackup, "reasons" | "suspect" | "rejected">,
): string {
  if (reasons.length > 0) return `kept: ${reasons.join(", ")}`;
  if (rejected) return "rejected: a pass deletes it";
  return suspect ? "kept until somebody accepts or rejects it" : "kept by nothing: a pass deletes it";
}

/** When it was proved or failed; null for neither. */
export function proofText(
  { verification, verified_at }: Pick<TimelineBackup, "verification" | "verified_at">,
  calendar: Calendar,
): string | null {
  if (verification === "none") return null;
  const word = verification === "passed" ? "proved" : "cannot be restored whole, found";
  return verified_at === null ? word : `${word} ${spanText(calendar.now - Date.parse(verified_at))} ago`;
}

function newestFact({ dots, calendar }: TimelineModel): Fact {
  const term = "Newest that can be restored";
  const newest = newestOf(dots, calendar.now);
  if (newest === undefined) return { term, text: "none" };
  const { backup } = newest;
  const age = spanText(calendar.now - newest.at);
  const name = backup.id ?? backup.run_id;
  const proved = proofText(backup, calendar);
  const lastProved = proved === null ? dots.findLast((dot) => dot.badges.includes("proved")) : undefined;
  const before = lastProved === undefined ? "" : `; newest proved: ${timeText(lastProved.at, calendar)}`;
  return {
    term,
    text: `${timeText(newest.at, calendar)}, ${age} ago (${name}), ${proved ?? "not proved"}${before}`,
  };
}

function nextFact({ input, going, foreseenUntil, calendar }: TimelineModel): Fact {
  const term = "Next to go";
  const { foreseen } = input;
  if (typeof foreseen === "string") return { term, text: foreseen };
  const [next] = going;
  const until = dayText(foreseenUntil!, calendar);
  if (next === undefined) {
    if (foreseen.stopped === null) return { term, text: `nothing until ${until}, as far as was looked` };
    const unkept = input.backups.filter(isUnkept).length;
    const rest = unkept === 0
      ? ""
      : `; ${
        many(unkept, "backup is kept by nothing and goes", "backups are kept by nothing and go")
      } once it ends`;
    return { term, text: `nothing for as long as this lasts: ${foreseen.stopped}${rest}` };
  }
  const soon = going.filter(({ at }) => at <= calendar.now + 7 * DAY).length;
  const what = `the backup of ${timeText(next.dot.at, calendar)}, on ${timeText(next.at, calendar)}`;
  const rest = `${many(soon, "goes", "go")} within a week, ${numberText(going.length)} until ${until}`;
  const stopped = foreseen.stopped === null ? "" : `. Nothing goes meanwhile: ${foreseen.stopped}`;
  return { term, text: `${what}; ${rest}${stopped}` };
}

function setFact({ input: { set }, setAt, dots, going, calendar }: TimelineModel): Fact | null {
  if (set === null || setAt === null) return null;
  const gone = going.filter(({ at }) => at <= setAt).length;
  const come = set.backups.filter((one) =>
    one.period_time !== null && Date.parse(one.period_time) > calendar.now
  );
  return {
    term: `On ${dayText(setAt, calendar)}`,
    text:
      `${many(set.backups.length, "backup")}: ${numberText(gone)} of today's ${
        numberText(dots.length)
      } are gone, ` +
      `${numberText(come.length)} come to stand, if every run brings one`,
  };
}

function trialFact({ input: { trial }, dots, calendar }: TimelineModel): Fact | null {
  if (trial === null) return null;
  const term = `'${trial.change}' would delete`;
  const goes = dots.filter(({ badges }) => badges.includes("tried")).reverse();
  const days = goes.map(({ at }) => dayText(at, calendar));
  return {
    term,
    text: goes.length === 0
      ? "nothing more at the next pass"
      : `${many(goes.length, "backup")} at the next pass, which frees ${
        freedText(goes.map(({ backup }) => backup.size_mb))
      }: ${listText(days, 8)}`,
  };
}

/** How many are known by their number alone. */
export function crowdedIn({ crowds = [] }: Pick<TimelineInput, "crowds">): number {
  return crowds.reduce((sum, { count }) => sum + count, 0);
}

function keptFact({ lanes, dots, undated, input }: TimelineModel): Fact {
  const { undrawn = 0 } = input;
  const countOf = (lane: (typeof lanes)[number]) =>
    lane.crowds.reduce((sum, { count }) => sum + count, lane.dots.length);
  const parts = lanes.filter((lane) => countOf(lane) > 0)
    .map((lane) => `${numberText(countOf(lane))} ${lane.key === "other" ? "by no level" : lane.name}`);
  const shared =
    dots.filter(({ backup }) => backup.kept_for.length > 1 && keepersOf(backup).length > 1).length;
  const also = shared === 0 ? "" : `; ${numberText(shared)} of them also for coarser levels`;
  const lost = undated.length === 0
    ? ""
    : `. ${many(undated.length, "backup has", "backups have")} no known time, and no mark`;
  const older = undrawn === 0 ? "" : `. ${many(undrawn, "older one is", "older ones are")} not drawn`;
  const crowded = crowdedIn(input);
  const counted = crowded === 0
    ? ""
    : `. The oldest ${
      numberText(crowded)
    } are drawn by their number alone: what is held or suspect among them is not marked`;
  const each = dots.length === 0 ? "" : ". Each mark and each row below says why it is kept";
  return {
    term: "Kept",
    text: `${many(dots.length + crowded, "backup")}${
      parts.length === 0 ? "" : `: ${parts.join(", ")}`
    }${also}${lost}${older}${counted}${each}`,
  };
}

function holesFact({ lanes, input }: TimelineModel): Fact | null {
  const { hole_count } = input.holes;
  if (hole_count === 0) return null;
  const holes = lanes.flatMap((lane) => lane.holes.map((hole) => ({ ...hole, lane: lane.name })))
    .sort((a, b) => b.at - a.at);
  const told = holes.map(({ lane, period, cause }) => `${lane} ${period} (${cause})`);
  return { term: many(hole_count, "hole"), text: `no backup for ${listText(told, 4)}` };
}

function promisesFact({ input: { holes: { promises } }, calendar }: TimelineModel): Fact | null {
  const broken = promises.filter(({ state }) => state === "broken");
  if (broken.length === 0) return null;
  return {
    term: many(broken.length, "broken promise"),
    text: listText(
      broken.map(({ promise, why }) =>
        why === null ? promise : `${promise} (${withTimes(why, calendar.now, calendar.zone)})`
      ),
      4,
    ),
  };
}

function setAsideFact({ dots, calendar }: TimelineModel): Fact | null {
  const aside = dots.filter((dot) => isSetAside(dot.backup)).reverse();
  if (aside.length === 0) return null;
  const told = aside.slice(0, MOST_ASIDE).map(({ at, backup }) => {
    const parts: string[] = [];
    if (backup.hold !== null) parts.push(`is ${holdText(backup.hold, calendar)}`);
    if (backup.suspect) {
      const why = backup.suspect_reason ?? "implausibly small";
      parts.push(`is suspect (${why}): it counts for nothing until somebody accepts or rejects it`);
    }
    if (backup.rejected) {
      parts.push("is rejected: it counts for nothing, and a pass deletes it once nothing keeps it");
    }
    if (backup.lock !== null) parts.push(`is locked by its storage${untilText(backup.lock.until, calendar)}`);
    return `${dayText(at, calendar)} ${parts.join(" and ")}`;
  });
  const rest = aside.length - told.length;
  return {
    term: "Set aside",
    text: `${told.join("; ")}${rest === 0 ? "" : `; and ${numberText(rest)} more`}`,
  };
}

function isSetAside({ hold, suspect, rejected, lock }: TimelineBackup): boolean {
  return hold !== null || suspect || rejected || lock !== null;
}

function holdText(hold: NonNullable<TimelineBackup["hold"]>, calendar: Calendar): string {
  const who = hold.owner === null ? "" : ` by ${hold.owner}`;
  const why = hold.reason === null || hold.reason === "" ? "" : `: “${hold.reason}”`;
  return `held${who}${untilText(hold.until, calendar)}${why}`;
}

function untilText(until: string | null, calendar: Calendar): string {
  if (until === null) return "";
  const at = Date.parse(until);
  return ` until ${at - calendar.now < 7 * DAY ? timeText(at, calendar) : dayText(at, calendar)}`;
}

function failuresFact({ failures, calendar }: TimelineModel): Fact | null {
  const last = failures.at(-1);
  if (last === undefined) return null;
  const words = last.run.custom_data ?? last.run.reason;
  const why = words === null || words === "" ? "" : `: “${words}”`;
  return {
    term: many(failures.length, "failed run"),
    text: `the last on ${timeText(last.at, calendar)}, ${last.run.state}${why}`,
  };
}

function clockFact({ dots, calendar }: TimelineModel): Fact | null {
  const since = dots[0]?.at ?? calendar.now;
  const change = clockChanges(since, calendar.now, calendar.zone, 1)[0];
  if (change === undefined) return null;
  const way = change.byMs > 0 ? "on" : "back";
  return {
    term: "Clock",
    text:
      `times are those of ${calendar.zone.name}; its clock last went ${way} by ${spanText(change.byMs)}, ` +
      `to ${clockText(change.at, calendar)}, on ${dayText(change.at, calendar)}`,
  };
}
