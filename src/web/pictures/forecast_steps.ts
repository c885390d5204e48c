// How many backups a job will have at dates to come, in steps, and how far each level will be filled.

import type { ForecastView } from "../../ports/views/forecast.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import { chartOf } from "./chart.ts";
import { areaPath, linePath } from "./lines.ts";
import { type Fact, framed, type Picture } from "./picture.ts";
import { el } from "./svg.ts";
import { dayText, many, numberText, spanText, timeText } from "./words.ts";

/** How it is drawn. */
interface ForecastStyle {
  id: string;
  width: number;
  /** How many there are now. */
  now: number;
}

/** Draws it from now to as far as was looked. */
export function forecastSteps(
  { job, timezone, from, reached, until, dates }: ForecastView,
  { id, width, now: count }: ForecastStyle,
): Picture {
  const now = Date.parse(from);
  const calendar = { zone: zoneOf(timezone), now };
  const steps = [
    { at: now, backups: count },
    ...dates.map(({ at, backups }) => ({ at: Date.parse(at), backups })),
  ];
  const last = dates.at(-1);
  const most = steps.reduce((greatest, { backups }) => Math.max(greatest, backups), 0);
  const facts: Fact[] = [{ term: "Now", text: many(count, "backup") }];
  if (last !== undefined) {
    const levels = last.levels.map(({ level, kept, limit }) =>
      `${level} ${numberText(kept)} of ${numberText(limit)}`
    );
    facts.push({
      term: dayText(Date.parse(last.at), calendar),
      text: `${many(last.backups, "backup")}${levels.length === 0 ? "" : `: ${levels.join(", ")}`}`,
    });
    if (last.oldest !== null) {
      facts.push({ term: "Oldest then", text: dayText(Date.parse(last.oldest), calendar) });
    }
    if (last.largest_gap !== null) {
      const { from: begin, until: end, seconds } = last.largest_gap;
      const [one, other] = [begin, end].map((time) => dayText(Date.parse(time), calendar));
      facts.push({ term: "Longest gap then", text: `${spanText(seconds * 1000)}, ${one} to ${other}` });
    }
  }
  if (reached < until) facts.push({ term: "Looked until", text: timeText(Date.parse(reached), calendar) });
  const chart = chartOf({ from: now, until: Date.parse(reached), most }, width, calendar, numberText);
  const points = steps.map(({ at, backups }) => ({ x: chart.x(at), y: chart.y(backups), low: chart.bottom }));
  const svg = framed(
    {
      id,
      kind: "trend forecast-steps",
      title: `How many backups ${job} will have`,
      facts,
      width,
      height: chart.height,
    },
    chart.ground,
    el("path", { class: "band", d: areaPath(points, "steps") }),
    el("path", { class: "line", d: linePath(points, "steps") }),
    steps.map(({ at, backups }, place) =>
      el(
        "circle",
        { class: "point", cx: points[place]!.x, cy: points[place]!.y, r: 2.8 },
        el("title", {}, `${dayText(at, calendar)}: ${many(backups, "backup")}`),
      )
    ),
  );
  return {
    svg,
    facts,
    table: {
      caption: `The backups that ${job} will have`,
      head: ["Date", "Backups", "Levels", "Oldest"],
      rows: dates.map(({ at, backups, levels, oldest }) => [
        timeText(Date.parse(at), calendar),
        numberText(backups),
        levels.map(({ level, kept, limit }) => `${level} ${numberText(kept)} of ${numberText(limit)}`).join(
          ", ",
        ),
        oldest === null ? "–" : dayText(Date.parse(oldest), calendar),
      ]),
      note: null,
    },
  };
}
