// What will be deleted over all jobs, day by day: five weeks as a calendar, each day with how many and how much.

import { WEEKDAY_NAMES } from "../../domain/calendar/names.ts";
import { civil, weekdayOf, type Zone } from "../../domain/calendar/zone.ts";
import { dayOfDate } from "../../domain/calendar/calendar.ts";
import { DAY } from "../../domain/duration.ts";
import { sizeText } from "../../domain/size_text.ts";
import type { DeletionsView } from "../../ports/views/departures.ts";
import { type Fact, framed, type Picture } from "./picture.ts";
import { el, type Markup } from "./svg.ts";
import { dayText, listText, many, monthName, numberText, shortNumber, timeText } from "./words.ts";

/** What a calendar shows. */
export interface CalendarInput {
  /** What goes on which day, a row a job. */
  days: DeletionsView["days"];
  /** Whose today is marked. */
  zone: Zone;
  /** UTC ms. */
  now: number;
  weekStarts: "sunday" | "monday";
  /** Jobs of which nothing can be foreseen. */
  unseen: readonly string[];
  /** Jobs that are foreseen only up to a time. */
  partly: DeletionsView["partly"];
  /** How many jobs were not looked at yet. */
  pending: number;
  /** Why nothing is deleted meanwhile, such as a freeze; null where nothing stops it. */
  stopped: string | null;
  /** Where the deletions of a day are listed; `day` as 2026-11-28. */
  href(day: string): string;
}

const WEEKS = 5;

/** A day of the calendar, by the zone's clock. */
interface Cell {
  /** Days since 1970. */
  day: number;
  isPast: boolean;
  /** How many of each job; those of which most go come first. */
  jobs: [job: string, backups: number][];
  backups: number;
  size: number;
  /** How many have no known size. */
  unsized: number;
}

/** A calendar before it is drawn at some width: of a thousand jobs that is most of the work. */
interface CalendarDays {
  cells: Cell[];
  facts: Fact[];
  today: number;
  table: Picture["table"];
}

/** Works out the week of today and four more. */
export function calendarDays(input: CalendarInput): CalendarDays {
  const { zone, now, weekStarts } = input;
  const today = dayNumber(now, zone);
  const place = weekStarts === "monday" ? (weekdayOf(today) + 6) % 7 : weekdayOf(today);
  const first = today - place;
  const cells = Array.from({ length: WEEKS * 7 }, (_, at): Cell => ({
    day: first + at,
    isPast: first + at < today,
    jobs: [],
    backups: 0,
    size: 0,
    unsized: 0,
  }));
  let later = 0;
  for (const row of input.days) {
    // What is overdue goes today; another zone's clock may be a day behind.
    const day = Math.max(Date.parse(row.day) / DAY, today);
    const cell = cells[day - first];
    if (cell === undefined) later += row.backups;
    else add(cell, row);
  }
  for (const cell of cells) cell.jobs = together(cell.jobs).sort(([, one], [, other]) => other - one);
  return { cells, facts: factsOf(input, cells, later), today, table: tableOf(cells, input) };
}

/** Draws it. */
export function deletionCalendar(
  input: CalendarInput,
  { id, width }: { id: string; width: number },
  { cells, facts, today, table }: CalendarDays = calendarDays(input),
): Picture {
  const { weekStarts } = input;
  const most = Math.max(1, ...cells.map(({ backups }) => backups));
  const isNarrow = width < 520;
  const [cellWidth, cellHeight, head] = [width / 7, isNarrow ? 54 : 62, 22];
  const names = Array.from(
    { length: 7 },
    (_, at) => WEEKDAY_NAMES[(at + (weekStarts === "monday" ? 1 : 0)) % 7]!,
  );
  const svg = framed(
    {
      id,
      kind: "calendar",
      title: "What will be deleted in the next five weeks",
      facts,
      width,
      height: head + WEEKS * cellHeight,
    },
    names.map((name, at) =>
      el("text", { class: "weekday", x: (at + 0.5) * cellWidth, y: 14, "text-anchor": "middle" }, name)
    ),
    cells.map((cell, at) =>
      drawCell(cell, {
        x: (at % 7) * cellWidth,
        y: head + Math.floor(at / 7) * cellHeight,
        width: cellWidth,
        height: cellHeight,
      }, {
        most,
        today,
        input,
      })
    ),
  );
  return { svg, facts, table };
}

/** A job has two rows on a day where what is overdue goes with what is of today. */
function together(rows: Cell["jobs"]): Cell["jobs"] {
  const counts = new Map(rows);
  if (counts.size === rows.length) return rows;
  counts.clear();
  for (const [job, backups] of rows) counts.set(job, (counts.get(job) ?? 0) + backups);
  return [...counts];
}

function add(cell: Cell, { job, backups, size_mb, unsized }: DeletionsView["days"][number]): void {
  cell.jobs.push([job, backups]);
  cell.backups += backups;
  cell.size += size_mb;
  cell.unsized += unsized;
}

function drawCell(
  cell: Cell,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  { most, today, input }: { most: number; today: number; input: CalendarInput },
): Markup {
  const { day, isPast, backups: count } = cell;
  const date = new Date(day * DAY);
  const isFirst = date.getUTCDate() === 1 || day === today;
  const name = `${date.getUTCDate()}${isFirst ? ` ${monthName(date.getUTCMonth() + 1)}` : ""}`;
  const kind = `day${isPast ? " past" : ""}${day === today ? " today" : ""}${count > 0 ? " some" : ""}`;
  // At least so wide that one of a thousand shows.
  const bar = count === 0 ? 0 : Math.max(3, ((width - 4) * count) / most);
  const drawn = el(
    "g",
    { class: kind },
    el("rect", { class: "cell", x: x + 1, y: y + 1, width: width - 2, height: height - 2, rx: 3 }),
    count === 0
      ? null
      : el("rect", { class: "bar", x: x + 2, y: y + height - 6, width: bar, height: 4, rx: 1 }),
    el("text", { class: "date", x: x + 7, y: y + 15 }, name),
    count === 0 ? null : el(
      "text",
      { class: "count", x: x + width / 2, y: y + height / 2 + 7, "text-anchor": "middle" },
      shortNumber(count),
    ),
    count === 0 ? null : el(
      "text",
      { class: "size", x: x + width / 2, y: y + height - 11, "text-anchor": "middle" },
      sizeOf(cell),
    ),
  );
  if (count === 0) return drawn;
  const words = dayWords(cell, input);
  return el(
    "a",
    { href: input.href(dateText(day)), tabindex: -1, "aria-label": words },
    el("title", {}, words),
    drawn,
  );
}

function factsOf(
  { now, zone, unseen, partly, pending, stopped }: CalendarInput,
  cells: readonly Cell[],
  later: number,
): Fact[] {
  const some = cells.filter(({ backups }) => backups > 0);
  const count = some.reduce((sum, { backups }) => sum + backups, 0);
  const calendar = { zone, now };
  const facts: Fact[] = [];
  if (stopped !== null) facts.push({ term: "Stopped", text: `nothing is deleted meanwhile: ${stopped}` });
  if (count === 0) {
    const isKnown = pending === 0 && unseen.length === 0 && partly.length === 0;
    const text = `nothing is ${isKnown ? "" : "known "}to be deleted, if nothing changes`;
    facts.push({ term: "Next five weeks", text });
  } else {
    const next = some[0]!;
    const size = sizeOf(
      some.reduce((sum, one) => ({ size: sum.size + one.size, unsized: sum.unsized + one.unsized }), {
        size: 0,
        unsized: 0,
      }),
    );
    facts.push({
      term: "Next five weeks",
      text: `${many(count, "backup")} of ${many(jobsOf(some), "job")}, ${size}`,
    });
    facts.push({ term: "First", text: dayWords(next, { zone, now }) });
    const most = some.reduce((one, other) => other.backups > one.backups ? other : one);
    if (some.length > 1) facts.push({ term: "Most", text: dayWords(most, calendar) });
  }
  if (later > 0) {
    facts.push({ term: "Later", text: `${many(later, "more goes", "more go")} after these weeks` });
  }
  if (pending > 0) {
    facts.push({ term: "Not looked at yet", text: `${many(pending, "job")}; look again in a moment` });
  }
  if (unseen.length > 0) {
    facts.push({ term: "Not foreseen", text: `${listText(unseen, 4)}: too many backups` });
  }
  if (partly.length > 0) {
    const told = partly.map(({ job, until }) => `${job} until ${timeText(Date.parse(until), calendar)}`);
    facts.push({ term: "Foreseen in part", text: `${listText(told, 4)}: due too often to look further` });
  }
  return facts;
}

function jobsOf(cells: readonly Cell[]): number {
  const names = new Set<string>();
  for (const { jobs } of cells) for (const [job] of jobs) names.add(job);
  return names.size;
}

function dayWords(
  { day, jobs, backups, size, unsized }: Cell,
  calendar: { zone: Zone; now: number },
): string {
  const when = dayText(day * DAY, { zone: UTC, now: calendar.now });
  return `${when}: ${many(backups, "backup")}, ${sizeOf({ size, unsized })} (${jobsText(jobs, 4)})`;
}

/** Those of which most go, how many of each, and how many jobs there are besides. */
function jobsText(jobs: Cell["jobs"], most: number): string {
  const told = jobs.slice(0, most).map(([job, count]) => `${numberText(count)} of ${job}`);
  const rest = jobs.length - told.length;
  return rest === 0 ? listText(told, most) : `${told.join(", ")} and ${many(rest, "more job")}`;
}

function tableOf(cells: readonly Cell[], input: CalendarInput): Picture["table"] {
  const rows = cells.filter(({ backups }) => backups > 0).map((cell) => {
    return [
      { text: dayText(cell.day * DAY, { zone: UTC, now: input.now }), href: input.href(dateText(cell.day)) },
      numberText(cell.backups),
      sizeOf(cell),
      jobsText(cell.jobs, 8),
    ];
  });
  return {
    caption: "What will be deleted, by day",
    head: ["Day", "Backups", "Size", "Of which jobs"],
    rows,
    note: null,
  };
}

/** `1.2 GB`; where some sizes are not known at least that. */
function sizeOf({ size, unsized }: { size: number; unsized: number }): string {
  if (unsized === 0) return sizeText(size);
  return size === 0 ? "unknown size" : `≥${sizeText(size)}`;
}

/** Days of the calendar are whole numbers, which are written as days of UTC. */
const UTC: Zone = {
  name: "UTC",
  spanAt: () => ({ from: -Infinity, until: Infinity, offset: 0, shown: -Infinity }),
};

function dayNumber(ms: number, zone: Zone): number {
  const { year, month, day } = civil(zone, ms);
  return dayOfDate(year, month, day);
}

function dateText(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}
