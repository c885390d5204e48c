// How much room the backups of a job take over time, in steps by day: what was there, what each day added and freed.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { DAY } from "../../domain/duration.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { StoredDay } from "../../domain/storage_days.ts";
import { type Chart, chartOf } from "./chart.ts";
import { areaPath, linePath } from "./lines.ts";
import { type Fact, framed, type Picture } from "./picture.ts";
import { el, type Markup } from "./svg.ts";
import { dayText, many, numberText, spanText } from "./words.ts";

/** How it is drawn. */
interface StorageStyle {
  job: string;
  id: string;
  width: number;
  /** UTC ms. */
  now: number;
  /** What the provider itself says is there, of all that stores there; null where it says nothing. */
  measuredMb: number | null;
}

const MOST_ROWS = 30;

/** Draws it from the first of these days on which there was something. Days are those of UTC. */
export function storageChart(days: readonly StoredDay[], style: StorageStyle): Picture {
  const first = days.findIndex(({ stored, added, freed }) => stored > 0 || added > 0 || freed > 0);
  const shown = first < 0 ? [] : days.slice(first);
  const { job, id, width, now } = style;
  const calendar = { zone: zoneOf("UTC"), now };
  const facts = factsOf(shown, style);
  const most = shown.reduce((greatest, { stored }) => Math.max(greatest, stored), 0);
  // A byte is the least: of nothing there is no scale.
  const span = { from: shown[0]?.day ?? now - DAY, until: now, most: Math.max(1, most) / 1e6 };
  const chart = chartOf(span, width, calendar, (mb) => bytesText(mb * 1e6));
  const svg = framed(
    {
      id,
      kind: "trend storage",
      title: `Room that the backups of ${job} take`,
      facts,
      width,
      height: chart.height,
    },
    chart.ground,
    shown.length === 0 ? nothingThere(chart) : steps(shown, chart, now),
  );
  return { svg, facts, table: tableOf(shown, job, now) };
}

function steps(days: readonly StoredDay[], { x, y, bottom }: Chart, now: number): Markup[] {
  const points = [
    ...days.map(({ day, stored }) => ({ x: x(day), y: y(stored / 1e6), low: bottom })),
    { x: x(now), y: y(days.at(-1)!.stored / 1e6), low: bottom },
  ];
  return [
    el("path", { class: "band", d: areaPath(points, "steps") }),
    el("path", { class: "line", d: linePath(points, "steps") }),
  ];
}

function nothingThere({ width, height }: Chart): Markup {
  return el(
    "text",
    { class: "empty-picture", x: width / 2, y: height / 2, "text-anchor": "middle" },
    "nothing of a known size is there",
  );
}

function factsOf(days: readonly StoredDay[], { now, measuredMb }: StorageStyle): Fact[] {
  const last = days.at(-1);
  const facts: Fact[] = [{
    term: "Now",
    text: last === undefined
      ? "nothing of a known size"
      : `${bytesText(last.stored)}, by what its provider said of each backup`,
  }];
  if (measuredMb !== null) {
    facts.push({
      term: "Measured",
      text: `${bytesText(measuredMb * 1e6)} at the provider, of all that is stored there`,
    });
  }
  if (last === undefined) return facts;
  const [added, freed] = [sumOf(days, "added"), sumOf(days, "freed")];
  const span = spanText(now - days[0]!.day);
  facts.push({ term: "Change", text: `${bytesText(added)} added and ${bytesText(freed)} freed in ${span}` });
  const greatest = days.reduce((most, one) => one.stored > most.stored ? one : most);
  if (greatest.stored > last.stored) {
    const when = dayText(greatest.day, { zone: zoneOf("UTC"), now });
    facts.push({ term: "Most", text: `${bytesText(greatest.stored)}, ${when}` });
  }
  return facts;
}

function sumOf(days: readonly StoredDay[], what: "added" | "freed"): number {
  return days.reduce((sum, one) => sum + one[what], 0);
}

function tableOf(days: readonly StoredDay[], job: string, now: number): Picture["table"] {
  const calendar = { zone: zoneOf("UTC"), now };
  const changed = days.filter(({ added, freed }) => added > 0 || freed > 0).reverse();
  const left = changed.length - MOST_ROWS;
  return {
    caption: `Room that the backups of ${job} take, by the day of UTC, newest first`,
    head: ["Day (UTC)", "At its end", "Added", "Freed"],
    rows: changed.slice(0, MOST_ROWS).map(({ day, stored, added, freed }) => [
      dayText(day, calendar),
      bytesText(stored),
      added === 0 ? "–" : bytesText(added),
      freed === 0 ? "–" : bytesText(freed),
    ]),
    note: left <= 0
      ? null
      : `${many(left, "older day", "older days")} of ${numberText(changed.length)} not listed here`,
  };
}
