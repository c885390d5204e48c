// The page of a job: how it does and what to do, its past and future as a picture, its backups, runs and trends.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { Facts, Figure, TableOf } from "../components/figure.tsx";
import { Empty } from "../components/empty.tsx";
import { jobZones } from "../components/job_zones.ts";
import { RunTable } from "../components/run_table.tsx";
import { type Frame, Page } from "../layout.tsx";
import type { Picture } from "../pictures/picture.ts";
import { forecastSteps } from "../pictures/forecast_steps.ts";
import { storageChart } from "../pictures/storage_chart.ts";
import { timeline } from "../pictures/timeline.ts";
import { withTimes } from "../../domain/notify/words.ts";
import { durationTrend, restoreTrend, sizeTrend } from "../pictures/trends.ts";
import { JobHead, policyWords } from "./job_head.tsx";
import { type AskedOfJob, type JobReading, STEPS, timelineOf } from "./job_reading.ts";

interface JobPageProps {
  frame: Frame;
  reading: JobReading;
  asked: AskedOfJob;
}

/** Widths of the picture, by the room it is for. */
const WIDTHS = { narrow: 358, middle: 940, wide: 1340 } as const;
/** So many rows stand open. */
const ROWS_OPEN = 25;
const TREND_WIDTH = 440;

/** The page itself. */
export function JobPage({ frame, reading, asked }: JobPageProps) {
  const { job, coverage, forecast, trial } = reading;
  const { paths, now } = frame;
  const href = (runId: string) => paths.backup(runId);
  const input = timelineOf(reading, now, href);
  const draw = (room: keyof typeof WIDTHS) =>
    timeline(input, { id: `timeline-${room}`, width: WIDTHS[room] });
  const [narrow, middle, wide] = [draw("narrow"), draw("middle"), draw("wide")];
  const back = addressOf(paths.job(job.job), asked);
  return (
    <Page frame={frame} title={job.job} place="overview" zone={job.timezone}>
      <div class="stack" id="live" data-live={job.job}>
        <JobHead frame={frame} job={job} hasRuns={reading.runs.length > 0} back={back} />
      </div>
      <section class="card" aria-labelledby="life">
        <div class="pad section-head">
          <h2 id="life">Past and future</h2>
          <Slider at={asked} path={paths.job(job.job)} />
        </div>
        <div class="pad">
          {typeof forecast === "string" ? <p class="note warn">{forecast}</p> : null}
          <Figure pictures={{ narrow, middle, wide }} table={false} />
          <TryPolicy asked={asked} path={paths.job(job.job)} policy={job.policy} trouble={trial} />
        </div>
      </section>
      <Backups picture={wide} />
      <section class="card" aria-labelledby="runs">
        <div class="bar">
          <h2 id="runs">Runs</h2>
          <a class="small" href={`${paths.activity}?job=${encodeURIComponent(job.job)}`}>all of them</a>
        </div>
        {reading.runs.length === 0
          ? <Empty icon="activity" words="Nothing of it was due yet." />
          : <RunTable paths={paths} runs={reading.runs} now={now} zones={jobZones([job])} isOfOneJob />}
      </section>
      <Trends reading={reading} href={href} now={now} />
      {typeof coverage === "string"
        ? null
        : <Coverage coverage={coverage} timezone={job.timezone} now={now} />}
    </Page>
  );
}

/** Links, so that it works without a script: each step is drawn by the server. */
function Slider({ at, path }: { at: AskedOfJob; path: string }) {
  return (
    <nav class="steps" aria-label="When the set of backups is looked at">
      <span class="soft">set at</span>
      {STEPS.map((step) => (
        <a
          href={`${addressOf(path, { ...at, step })}#life`}
          aria-current={step.name === at.step.name ? "true" : undefined}
        >
          {step.words}
        </a>
      ))}
    </nav>
  );
}

function TryPolicy({ asked, path, policy, trouble }: {
  asked: AskedOfJob;
  path: string;
  policy: string;
  trouble: JobReading["trial"];
}) {
  return (
    <form class="try" action={`${path}#life`}>
      {asked.step.days === 0 ? null : <input type="hidden" name="at" value={asked.step.name} />}
      <label for="policy">Try a policy: what would it delete?</label>
      <span class="try-line">
        <input
          id="policy"
          type="text"
          name="policy"
          value={asked.policy}
          placeholder="daily: 3"
          autocomplete="off"
        />
        <button class="button" type="submit">Try</button>
        {asked.policy === ""
          ? null
          : <a class="button quiet" href={addressOf(path, { ...asked, policy: "" })}>Clear</a>}
      </span>
      <span class="hint">
        Nothing is changed. In force: <code>{policyWords(policy)}</code>
      </span>
      {typeof trouble === "string" ? <p class="tone-bad" role="alert">{trouble}</p> : null}
    </form>
  );
}

function Backups({ picture: { table } }: { picture: Picture }) {
  const [open, rest] = [table.rows.slice(0, ROWS_OPEN), table.rows.slice(ROWS_OPEN)];
  return (
    <section class="card" aria-labelledby="backups">
      <h2 id="backups" class="pad">Backups</h2>
      {open.length === 0
        ? <p class="pad soft">There is none that can be restored yet.</p>
        : <TableOf table={{ ...table, rows: open, note: rest.length === 0 ? table.note : null }} />}
      {rest.length === 0 ? null : (
        <details class="pad">
          <summary>{`${rest.length} older`}</summary>
          <TableOf table={{ ...table, caption: "Older backups", rows: rest }} />
        </details>
      )}
    </section>
  );
}

function Trends({ reading, href, now }: { reading: JobReading; href(runId: string): string; now: number }) {
  const { job, backups, restores, forecast, stored } = reading;
  const calendar = { zone: zoneOf(job.timezone), now };
  const request = (id: string) => ({ job: job.job, id, width: TREND_WIDTH, calendar, href });
  const room = {
    job: job.job,
    id: "stored",
    width: TREND_WIDTH,
    now,
    measuredMb: job.storage?.size_mb ?? null,
  };
  const pictures: [string, Picture][] = [
    ["Size", sizeTrend(backups, request("size"))],
    ["Duration", durationTrend(backups, request("duration"))],
    ["Storage over time", storageChart(stored, room)],
  ];
  if (restores.length > 0) pictures.push(["Time to restore", restoreTrend(restores, request("restore"))]);
  if (forecast !== null && typeof forecast !== "string") {
    const style = { id: "count", width: TREND_WIDTH, now: job.available };
    pictures.push(["How many there will be", forecastSteps(forecast, style)]);
  }
  return (
    <section class="card" aria-labelledby="trends">
      <h2 id="trends" class="pad">Trends</h2>
      <div class="trends">
        {pictures.map(([name, picture]) => (
          <div>
            <h3>{name}</h3>
            <Figure pictures={{ wide: picture }} />
          </div>
        ))}
      </div>
    </section>
  );
}

function Coverage({ coverage, timezone, now }: {
  coverage: Exclude<JobReading["coverage"], string>;
  timezone: string;
  now: number;
}) {
  const { score, asked, covered, levels, promises } = coverage;
  const facts = [
    {
      term: "Covered",
      text: score === null
        ? "nothing is asked for yet"
        : `${score} %: ${covered} of ${asked} periods have their backup`,
    },
    ...levels.map(({ level, asked, covered }) => ({ term: level, text: `${covered} of ${asked}` })),
    ...promises.map(({ promise, state, why }) => ({
      term: "Promise",
      text: `${promise}: ${state.replace("_", " ")}${
        why === null ? "" : `, ${withTimes(why, now, zoneOf(timezone))}`
      }`,
    })),
  ];
  return (
    <section class="card pad stack-s" aria-labelledby="coverage">
      <h2 id="coverage">What is asked for, and there</h2>
      <Facts facts={facts} />
    </section>
  );
}

function addressOf(path: string, { step, policy }: AskedOfJob): string {
  const query = new URLSearchParams({
    ...(step.days === 0 ? {} : { at: step.name }),
    ...(policy === "" ? {} : { policy }),
  });
  return query.size === 0 ? path : `${path}?${query}`;
}
