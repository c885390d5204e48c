// What will be deleted over all jobs: the calendar, the backups of a day or of a job, and how to stop it.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { counted } from "../../domain/count_text.ts";
import { dayTimeText } from "../../domain/notify/words.ts";
import { sizeText } from "../../domain/size_text.ts";
import type { DeletionsView, DeparturesView } from "../../ports/views/departures.ts";
import type { FreezeView } from "../../ports/views/freeze.ts";
import type { StatusView } from "../../ports/views/status.ts";
import { ActButton } from "../acts/act_button.tsx";
import { Figure } from "../components/figure.tsx";
import { freedText } from "../../domain/freed_text.ts";
import { Icon } from "../components/icon.tsx";
import { Pager } from "../components/pager.tsx";
import { agoText } from "../components/time.tsx";
import { type Frame, Page } from "../layout.tsx";
import { dayText } from "../pictures/words.ts";
import { calendarDays, deletionCalendar } from "../pictures/deletion_calendar.ts";

/** What the page is made of. */
export interface DeletionsReading {
  planned: DeletionsView;
  freeze: FreezeView;
  status: StatusView;
  /** Whose today it is. */
  timezone: string;
  /** Which of them are listed; `page`: of the jobs of a day, from 1. */
  chosen: { day: string | null; job: string | null; page: number };
  /** Of each job of the page; a text says why nothing is listed. */
  listed: { job: string; departures: DeparturesView | string }[];
  /** Jobs that have something to go, and a guard that stops it until somebody answers. */
  guarded: readonly string[];
  /** How many jobs the choice names, and how many pages of them there are. */
  jobs: number;
  pages: number;
}

const WIDTHS = { narrow: 358, middle: 700, wide: 980 } as const;

/** The page itself. */
export function DeletionsPage({ frame, reading }: { frame: Frame; reading: DeletionsReading }) {
  const { planned, freeze, status, timezone } = reading;
  const { paths, now } = frame;
  const back = addressOf(paths.deletions, reading.chosen);
  const input = {
    ...planned,
    zone: zoneOf(timezone),
    now,
    weekStarts: "monday" as const,
    stopped: freeze.frozen
      ? `all deletions are frozen${freeze.reason === null ? "" : ` (${freeze.reason})`}`
      : null,
    href: (day: string) => `${addressOf(paths.deletions, { day, job: null, page: 1 })}#list`,
  };
  const days = calendarDays(input);
  const draw = (room: keyof typeof WIDTHS) =>
    deletionCalendar(input, { id: `calendar-${room}`, width: WIDTHS[room] }, days);
  return (
    <Page frame={frame} title="Deletions" place="deletions" zone={zoneOfAll(reading)}>
      <div class="head">
        <h1>{summaryOf(planned, freeze)}</h1>
        <div class="buttons">
          <StopActs frame={frame} freeze={freeze} back={back} />
        </div>
      </div>
      {freeze.frozen ? <Frozen freeze={freeze} now={now} /> : null}
      <UnderWay deletions={status.deletions} />
      <Guarded frame={frame} jobs={reading.guarded} />
      <section class="card pad stack-s" aria-labelledby="calendar">
        <h2 id="calendar">Next five weeks</h2>
        <Figure pictures={{ narrow: draw("narrow"), middle: draw("middle"), wide: draw("wide") }} />
      </section>
      <List frame={frame} reading={reading} back={back} />
    </Page>
  );
}

function StopActs({ frame, freeze, back }: { frame: Frame; freeze: FreezeView; back: string }) {
  return freeze.frozen
    ? (
      <ActButton
        frame={frame}
        back={back}
        act="unfreeze"
        words="Release the freeze"
      />
    )
    : (
      <ActButton
        frame={frame}
        back={back}
        act="freeze"
        words="Freeze all deletions"
        isMain
      />
    );
}

/** Undefined: those that are listed have several. */
function zoneOfAll({ timezone, listed }: DeletionsReading): string | undefined {
  const isSame = listed.every(({ departures }) =>
    typeof departures === "string" || departures.timezone === timezone
  );
  return isSame ? timezone : undefined;
}

function Frozen({ freeze, now }: { freeze: FreezeView; now: number }) {
  const { reason, owner, since, until, on_the_wire } = freeze;
  const ends = until === null
    ? "until somebody releases it"
    : `for ${agoText(Date.parse(until), now).replace("in ", "")} more`;
  return (
    <div class="note busy">
      <Icon name="freeze" />
      <div>
        <b>Nothing is deleted</b>
        {` ${ends}${owner === null ? "" : `, by ${owner}`}${
          since === null ? "" : `, since ${agoText(Date.parse(since), now)}`
        }`}
        {reason === null ? null : <p class="words">{reason}</p>}
        {on_the_wire.length === 0
          ? null
          : <p>{`${counted(on_the_wire.length, "deletion")} had been sent before, which no freeze stops.`}
          </p>}
      </div>
    </div>
  );
}

function UnderWay({ deletions: { under_way, refused } }: { deletions: StatusView["deletions"] }) {
  if (under_way === 0 && refused === 0) return null;
  const parts = [
    ...(under_way === 0 ? [] : [`${counted(under_way, "deletion")} under way`]),
    ...(refused === 0 ? [] : [`${counted(refused, "deletion")} refused by a provider, and tried again`]),
  ];
  return <p class="soft">{`${parts.join(", ")}.`}</p>;
}

/** So many are named. */
const MOST_NAMED = 5;

function Guarded({ frame: { paths }, jobs }: { frame: Frame; jobs: readonly string[] }) {
  if (jobs.length === 0) return null;
  const named = jobs.slice(0, MOST_NAMED);
  return (
    <div class="note warn">
      <Icon name="guard" />
      <div>
        <b>A guard stops {counted(jobs.length, "job")}:</b> {named.map((job, at) => (
          <>
            {at === 0 ? null : ", "}
            <a class="name" href={paths.job(job)}>{job}</a>
          </>
        ))}
        {jobs.length > named.length ? ` and ${jobs.length - named.length} more` : ""}. What is told here of
        {" "}
        {jobs.length === 1 ? "it" : "them"} goes only once somebody has approved.
      </div>
    </div>
  );
}

function List({ frame, reading, back }: { frame: Frame; reading: DeletionsReading; back: string }) {
  const { chosen, listed, jobs, pages } = reading;
  const rows = listed.flatMap(({ job, departures }) =>
    typeof departures === "string"
      ? []
      : departures.going.map((one) => ({ job, timezone: departures.timezone, ...one }))
  ).sort((a, b) => a.at < b.at ? -1 : 1);
  const troubles = listed.flatMap(({ job, departures }) =>
    typeof departures === "string" ? [`${job}: ${departures}`] : []
  );
  const day = chosen.day === null
    ? ""
    : `on ${dayText(Date.parse(chosen.day), { zone: zoneOf("UTC"), now: frame.now })}`;
  const of = chosen.job ?? day;
  return (
    <section class="card" aria-labelledby="list">
      <h2 id="list" class="pad">
        {rows.length === 0 ? nothingGoes(reading, of) : `What goes ${of}, and how to keep it`}
      </h2>
      {troubles.map((words) => <p class="pad tone-warn">{words}</p>)}
      {rows.length === 0 ? null : (
        <p class="pad soft">
          {`${counted(rows.length, "backup")}${
            pages > 1 ? ` of ${counted(listed.length, "job")}, of ${jobs} in all` : ""
          }, which frees ${freedText(rows.map(({ size_mb }) => size_mb))}.`}
        </p>
      )}
      {rows.length === 0 ? null : (
        <div class="scroll">
          <table class="table rows" role="table">
            <caption class="unseen">Backups that go</caption>
            <thead>
              <tr>
                <th scope="col">Goes</th>
                <th scope="col">Backup of</th>
                <th scope="col">Job</th>
                <th scope="col" class="num">Frees</th>
                <th scope="col">
                  <span class="unseen">Keep it</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => <GoingRow frame={frame} row={row} back={back} />)}
            </tbody>
          </table>
        </div>
      )}
      <Pager
        page={chosen.page}
        pages={pages}
        address={(page) => `${addressOf(frame.paths.deletions, { ...chosen, page })}#list`}
        what="jobs of that day"
      />
    </section>
  );
}

interface Going {
  job: string;
  timezone: string;
  run_id: string;
  period_time: string;
  at: string;
  size_mb: number | null;
}

function GoingRow({ frame, row, back }: { frame: Frame; row: Going; back: string }) {
  const { job, timezone, run_id, period_time, at, size_mb } = row;
  const zone = zoneOf(timezone);
  const when = (time: string) => dayTimeText(Date.parse(time), frame.now, zone);
  return (
    <tr>
      <td class="nowrap" data-name="Goes">{when(at)}</td>
      <td class="nowrap" data-name="Backup of">
        <a href={frame.paths.backup(run_id)}>{when(period_time)}</a>
      </td>
      <td>
        <a href={frame.paths.job(job)}>{job}</a>
      </td>
      <td class="num" data-name="Frees">
        {size_mb === null ? <span class="faint">–</span> : sizeText(size_mb)}
      </td>
      <td>
        <ActButton
          frame={frame}
          back={back}
          act="hold"
          words="Hold"
          of={run_id}
        />
      </td>
    </tr>
  );
}

function nothingGoes({ planned, chosen }: DeletionsReading, of: string): string {
  const isKnown = planned.pending === 0 && planned.unseen.length === 0 && planned.partly.length === 0;
  if (chosen.job === null && !isKnown) return `Nothing is known to go ${of}`.trimEnd();
  return `Nothing goes ${of}`.trimEnd();
}

/** `41 backups of 3 jobs go within five weeks.`: never that nothing goes while that is not known of every job. */
function summaryOf({ days, pending, unseen, partly }: DeletionsView, { frozen }: FreezeView): string {
  const count = days.reduce((sum, { backups }) => sum + backups, 0);
  const jobs = new Set(days.map(({ job }) => job)).size;
  const rest = [
    ...(pending === 0 ? [] : [` ${counted(pending, "job")} not looked at yet.`]),
    ...(unseen.length === 0 ? [] : [` ${counted(unseen.length, "job")} cannot be foreseen.`]),
    ...(partly.length === 0 ? [] : [` ${counted(partly.length, "job")} cannot be foreseen so far ahead.`]),
  ].join("");
  const backups = counted(count, "backup");
  if (frozen) return `Nothing is deleted; ${backups} would go within five weeks.${rest}`;
  if (count > 0) {
    return `${backups} of ${counted(jobs, "job")} ${count === 1 ? "goes" : "go"} within five weeks.${rest}`;
  }
  return rest === "" ? "Nothing goes within five weeks." : `Nothing is known to go within five weeks.${rest}`;
}

function addressOf(path: string, { day, job, page }: DeletionsReading["chosen"]): string {
  const query = new URLSearchParams({
    ...(day === null ? {} : { day }),
    ...(job === null ? {} : { job }),
    ...(page === 1 ? {} : { page: String(page) }),
  });
  return query.size === 0 ? path : `${path}?${query}`;
}
