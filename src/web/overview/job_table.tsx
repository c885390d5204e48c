// Every job in a row: how it does, its last good backup, what comes next, its size, its last days, its proof.

import { raw } from "hono/html";
import { zoneOf } from "../../domain/calendar/zone.ts";
import type { JobDay } from "../../domain/job_days.ts";
import { sizeText } from "../../domain/size_text.ts";
import { scheduleWords } from "../../domain/schedule/schedule_words.ts";
import type { JobView } from "../../ports/views/job.ts";
import { HealthBadge } from "../components/badge.tsx";
import { Empty } from "../components/empty.tsx";
import { Pager } from "../components/pager.tsx";
import { Running } from "../components/running.tsx";
import { Ago, For } from "../components/time.tsx";
import type { Frame } from "../layout.tsx";
import { dayStrip } from "../pictures/day_strip.ts";
import { type Asked, type Rows, SHOWN, type Shown, type Sort } from "./rows.ts";
import { SizeLine } from "./size_line.tsx";

const CHOICES: Record<Shown, string> = {
  all: "All",
  unwell: "Need you",
  running: "Running",
  not_due: "Not due yet",
  first: "Making their first",
  resting: "Resting",
  safe: "Safe",
};

/** Days of a strip. */
export const DAYS_SHOWN = 30;

const COLUMNS: readonly { sort?: Sort; words: string; kind?: string }[] = [
  { sort: "name", words: "Job" },
  { sort: "worst", words: "Health" },
  { sort: "last", words: "Last good" },
  { sort: "next", words: "Next" },
  { sort: "size", words: "Size", kind: "num" },
  { words: `${DAYS_SHOWN} days of UTC` },
  { sort: "proved", words: "Proved" },
];

interface JobTableProps {
  frame: Frame;
  rows: Rows;
  asked: Asked;
  /** What became of each job by day. */
  days: ReadonlyMap<string, readonly JobDay[]>;
}

/** The table with what chooses, sorts and pages it: all by links. */
export function JobTable({ frame, rows, asked, days }: JobTableProps) {
  const at = (change: Partial<Asked>) => addressOf(frame.paths.overview, { ...asked, page: 1, ...change });
  return (
    <section class="card" aria-labelledby="jobs">
      <div class="bar">
        <h2 id="jobs">Jobs</h2>
        <nav class="choices" aria-label="Which jobs">
          {SHOWN.filter((show) => show === "all" || show === asked.show || rows.counts[show] > 0).map((
            show,
          ) => (
            <a href={at({ show })} aria-current={show === asked.show ? "true" : undefined}>
              {CHOICES[show]} <span class="count">{rows.counts[show]}</span>
            </a>
          ))}
        </nav>
        {asked.find === "" ? null : (
          <span class="soft small">
            of those with <b>{asked.find}</b> · <a href={at({ find: "" })}>all jobs</a>
          </span>
        )}
      </div>
      {rows.jobs.length === 0
        ? <Empty icon="search" words="No job is like that." />
        : (
          <table class="table jobs" role="table">
            <thead role="rowgroup">
              <tr role="row">
                {COLUMNS.map(({ sort, words, kind }) => (
                  <th
                    role="columnheader"
                    scope="col"
                    class={kind}
                    aria-sort={sort !== undefined && sort === asked.sort ? "ascending" : undefined}
                  >
                    {sort === undefined ? words : <a href={at({ sort })}>{words}</a>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {rows.jobs.map((job) => <JobRow frame={frame} job={job} days={days.get(job.job) ?? []} />)}
            </tbody>
          </table>
        )}
      <Pager page={rows.page} pages={rows.pages} address={(page) => at({ page })} what="jobs" />
    </section>
  );
}

function JobRow({ frame, job, days }: { frame: Frame; job: JobView; days: readonly JobDay[] }) {
  const { health, verification, timezone: zone } = job;
  const calendar = { zone: zoneOf("UTC"), now: frame.now };
  const strip = dayStrip({ days, isRunning: job.running !== null, count: DAYS_SHOWN }, calendar);
  return (
    <tr role="row">
      <th role="rowheader" scope="row" class="cell-job">
        <a class="name" href={frame.paths.job(job.job)}>{job.job}</a>
        <span class="under" title={`${job.schedule} (${job.timezone})`}>
          {job.managed ? scheduleWords(job.schedule) : "left the configuration"}
        </span>
      </th>
      <td role="cell" class="cell-health">
        <HealthBadge health={health} />{" "}
        <span class="faint small">
          <For since={health.since} now={frame.now} zone={zone} />
        </span>
        {job.running === null ? null : (
          <Running
            running={job.running}
            now={frame.now}
            isBeside={health.state !== "running"}
            lastSeconds={job.last_duration_seconds}
            zone={zone}
          />
        )}
      </td>
      <td role="cell" class="cell-last" data-label="Last good">
        <Ago at={job.last_success} now={frame.now} none="never" zone={zone} />
      </td>
      <td role="cell" class="cell-next" data-label="Next">
        <Next job={job} now={frame.now} />
      </td>
      <td role="cell" class="cell-size num" data-label="Size">
        <SizeLine sizes={sizesOf(days)} now={frame.now} count={DAYS_SHOWN} />
        {job.last_size_mb === null ? <span class="faint">–</span> : sizeText(job.last_size_mb)}
      </td>
      <td role="cell" class="cell-days">{raw(strip.svg)}</td>
      <td role="cell" class="cell-proved" data-label="Proved">
        {verification === null
          ? <span class="faint">not asked</span>
          : <Ago at={verification.proved_at} now={frame.now} none="not yet" zone={zone} />}
      </td>
    </tr>
  );
}

/** That of the newest good backup of each day. */
function sizesOf(days: readonly JobDay[]): { day: number; bytes: number }[] {
  return days.flatMap(({ day, newestGood }) =>
    newestGood === null || newestGood.bytes === null ? [] : [{ day, bytes: newestGood.bytes }]
  );
}

function Next(
  { job: { timezone, retry, next_slot, next_waits, paused, paused_until, enabled, managed }, now }: {
    job: JobView;
    now: number;
  },
) {
  if (!managed) return <span class="faint">–</span>;
  if (!enabled) return <span class="faint">disabled</span>;
  if (retry !== null && retry.next_at !== null) {
    return (
      <>
        <Ago at={retry.next_at} now={now} zone={timezone} />{" "}
        <span class="faint small">try {retry.attempt} of {retry.of}</span>
      </>
    );
  }
  if (paused) {
    return paused_until === null
      ? <span class="faint">paused</span>
      : <Ago at={paused_until} now={now} zone={timezone} />;
  }
  return (
    <>
      <Ago at={next_slot} now={now} zone={timezone} />
      {next_waits === "blackout" ? <span class="faint small">after the blackout</span> : null}
    </>
  );
}

/** Where a table stands that was asked so; what is usual is left out. */
function addressOf(path: string, { find, show, sort, page }: Asked): string {
  const query = new URLSearchParams({
    ...(find === "" ? {} : { find }),
    ...(show === "all" ? {} : { show }),
    ...(sort === "worst" ? {} : { sort }),
    ...(page === 1 ? {} : { page: String(page) }),
  });
  return query.size === 0 ? path : `${path}?${query}`;
}
