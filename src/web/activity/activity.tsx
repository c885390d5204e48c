// What happened: every run with what became of it, and every event.

import type { Context, Hono } from "hono";
import type { Run } from "../../domain/backup.ts";
import { InvalidCursor } from "../../domain/errors.ts";
import type { Page as PageOf, StoredEvent } from "../../ports/queries.ts";
import { Empty } from "../components/empty.tsx";
import { EventTable } from "../components/event_table.tsx";
import { Icon } from "../components/icon.tsx";
import { type JobZones, jobZones } from "../components/job_zones.ts";
import { RunTable } from "../components/run_table.tsx";
import type { WebEnv, WebParts } from "../deps.ts";
import { type Frame, Page } from "../layout.tsx";
import { Refused } from "../refused.ts";
import {
  activityAddress,
  type AskedActivity,
  type End,
  ENDS,
  type Kind,
  KINDS,
  readActivity,
  statusesOf,
  typesOf,
} from "./asked_activity.ts";

const PAGE_ROWS = 100;

/** Adds the route. */
export function addActivity(
  web: Hono<WebEnv>,
  { reads, look }: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  web.get("/ui/activity", async (c) => {
    const asked = readActivity((name) => c.req.query(name));
    const frame = frameOf(c);
    const zones = jobZones((await look()).jobs);
    const job = asked.job === "" ? undefined : asked.job;
    if (asked.view === "runs") {
      const query = { job, status: statusesOf(asked.end), limit: PAGE_ROWS };
      const trigger = asked.trigger === "" ? undefined : asked.trigger;
      const cursor = asked.cursor === "" ? undefined : asked.cursor;
      const runs = await reads.runs({ ...query, trigger, cursor }).catch((error) => {
        if (!(error instanceof InvalidCursor)) throw error;
        throw new Refused(
          400,
          "The address names a place in the list that is not there: begin with its newest rows.",
          {},
          ({ activity }) => ({
            href: activityAddress(activity, { ...asked, cursor: "" }),
            words: "To the newest rows",
          }),
        );
      });
      return c.html(<ActivityPage frame={frame} asked={asked} zones={zones} runs={runs} />);
    }
    const query = { job, type: typesOf(asked.kind), before: asked.before, limit: PAGE_ROWS };
    const events = await reads.events(query);
    return c.html(<ActivityPage frame={frame} asked={asked} zones={zones} events={events} />);
  });
}

interface ActivityProps {
  frame: Frame;
  asked: AskedActivity;
  /** Of all jobs. */
  zones: JobZones;
  runs?: PageOf<Run>;
  events?: readonly StoredEvent[];
}

/** The page itself. */
export function ActivityPage({ frame, asked, zones: every, runs, events }: ActivityProps) {
  const zones = asked.job === "" ? every : jobZones([{ job: asked.job, timezone: every.of(asked.job) }]);
  const at = (change: Partial<AskedActivity>) =>
    activityAddress(frame.paths.activity, { ...asked, cursor: "", before: undefined, ...change });
  return (
    <Page frame={frame} title="Activity" place="activity" zone={zones.all}>
      <div class="head">
        <h1>Activity</h1>
        <nav class="choices" aria-label="What to list">
          <a href={at({ view: "runs" })} aria-current={asked.view === "runs" ? "true" : undefined}>Runs</a>
          <a href={at({ view: "events" })} aria-current={asked.view === "events" ? "true" : undefined}>
            Events
          </a>
        </nav>
      </div>
      <section class="card" id="live" data-live={asked.job}>
        <Filters frame={frame} asked={asked} at={at} />
        {runs !== undefined ? <Runs frame={frame} asked={asked} runs={runs} zones={zones} at={at} /> : null}
        {events !== undefined
          ? <Events frame={frame} asked={asked} events={events} zones={zones} at={at} />
          : null}
      </section>
    </Page>
  );
}

type At = (change: Partial<AskedActivity>) => string;

function Filters({ frame, asked, at }: { frame: Frame; asked: AskedActivity; at: At }) {
  const { view, end, kind, job } = asked;
  const ends = Object.entries(ENDS) as [End, { words: string }][];
  const kinds = Object.entries(KINDS) as [Kind, { words: string }][];
  return (
    <div class="bar">
      <nav class="choices" aria-label="Of which kind">
        {view === "runs"
          ? ends.map(([name, { words }]) => (
            <a href={at({ end: name })} aria-current={name === end ? "true" : undefined}>{words}</a>
          ))
          : kinds.map(([name, { words }]) => (
            <a href={at({ kind: name })} aria-current={name === kind ? "true" : undefined}>{words}</a>
          ))}
      </nav>
      <form class="find-job" action={frame.paths.activity}>
        {view === "events" ? <input type="hidden" name="view" value="events" /> : null}
        {end === "all" ? null : <input type="hidden" name="end" value={end} />}
        {kind === "all" ? null : <input type="hidden" name="kind" value={kind} />}
        <label class="unseen" for="job">Of one job</label>
        <input id="job" type="text" name="job" value={job} placeholder="Of one job" autocomplete="off" />
        <button class="button" type="submit">
          <Icon name="search" />
          <span class="unseen">Show</span>
        </button>
        {job === "" ? null : <a class="small" href={at({ job: "" })}>all jobs</a>}
      </form>
    </div>
  );
}

function Runs({ frame, asked, runs, zones, at }: {
  frame: Frame;
  asked: AskedActivity;
  runs: PageOf<Run>;
  zones: JobZones;
  at: At;
}) {
  if (runs.items.length === 0) return <Empty icon="activity" words="No run is like that." />;
  return (
    <>
      <RunTable paths={frame.paths} runs={runs.items} now={frame.now} zones={zones} />
      <Older
        newest={asked.cursor === "" ? undefined : at({})}
        older={runs.cursor === undefined ? undefined : at({ cursor: runs.cursor })}
      />
    </>
  );
}

function Events(
  { frame, asked, events, zones, at }: {
    frame: Frame;
    asked: AskedActivity;
    events: readonly StoredEvent[];
    zones: JobZones;
    at: At;
  },
) {
  if (events.length === 0) return <Empty icon="activity" words="No event is like that." />;
  const isFull = events.length === PAGE_ROWS;
  return (
    <>
      <EventTable paths={frame.paths} events={events} now={frame.now} zones={zones} />
      <Older
        newest={asked.before === undefined ? undefined : at({})}
        older={isFull ? at({ before: events.at(-1)!.seq }) : undefined}
      />
    </>
  );
}

function Older({ newest, older }: { newest?: string; older?: string }) {
  if (newest === undefined && older === undefined) return null;
  return (
    <nav class="pager" aria-label="Further back">
      {newest === undefined ? null : <a class="button" href={newest}>Newest</a>}
      {older === undefined ? null : (
        <a class="button" rel="next" href={older}>
          Older<Icon name="next" />
        </a>
      )}
    </nav>
  );
}
