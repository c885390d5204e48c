// One job: how it does and why, what can be done, and its last runs.

import type { Context, Hono } from "hono";
import type { Run } from "../../domain/backup.ts";
import { scheduleWords } from "../../domain/schedule/schedule_words.ts";
import { sizeText } from "../../domain/size_text.ts";
import type { JobView } from "../../ports/views/job.ts";
import { ActButton } from "../acts/act_button.tsx";
import { HealthBadge, toneOf } from "../components/badge.tsx";
import { Empty } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { RunTable } from "../components/run_table.tsx";
import { Running } from "../components/running.tsx";
import { readable, sentence } from "../components/sentence.ts";
import { Ago, For } from "../components/time.tsx";
import type { WebEnv, WebParts } from "../deps.ts";
import { type Frame, Page } from "../layout.tsx";
import { Refused } from "../refused.ts";

const MOST_RUNS = 20;

/** Adds the route. */
export function addJobPage(
  web: Hono<WebEnv>,
  { operations, reads }: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  web.get("/ui/jobs/:job", async (c) => {
    const name = c.req.param("job");
    const job = await operations.job(name);
    if (job === undefined) {
      const forgotten = await operations.forgotten(name);
      throw new Refused(
        404,
        forgotten ?? `There is no job '${name.slice(0, 80)}': it was renamed, or never was.`,
      );
    }
    const { items } = await reads.runs({ job: name, limit: MOST_RUNS });
    return c.html(<JobPage frame={frameOf(c)} job={job} runs={items} />);
  });
}

/** The page itself. */
export function JobPage({ frame, job, runs }: { frame: Frame; job: JobView; runs: readonly Run[] }) {
  const { paths, now } = frame;
  const { health } = job;
  const back = paths.job(job.job);
  return (
    <Page frame={frame} title={job.job} place="overview">
      <div class="stack" id="live" data-live={job.job}>
        <div class="head">
          <h1>{job.job}</h1>
          <span>
            <HealthBadge health={health} />{" "}
            <span class="soft">
              <For since={health.since} now={now} />
            </span>
          </span>
          {job.managed
            ? (
              <div class="buttons">
                <ActButton frame={frame} act="run" of={job.job} back={back} isMain />
                {job.paused
                  ? <ActButton frame={frame} act="resume" of={job.job} back={back} />
                  : <ActButton frame={frame} act="pause" of={job.job} back={back} />}
              </div>
            )
            : null}
        </div>
        {health.cause === null ? null : (
          <section class={`note ${toneOf(health)}`}>
            <div>
              <p class="words">{readable(health.cause, now)}</p>
              {health.remedy === null ? null : <p class="soft">{sentence(health.remedy, now)}</p>}
            </div>
            {runs.length === 0 ? null : (
              <div class="buttons">
                <a class="button" href={paths.lastRun(job.job)}>
                  <Icon name="output" />Output
                </a>
              </div>
            )}
          </section>
        )}
        {job.running === null ? null : <Running running={job.running} now={now} isBeside />}
        {job.guards.length === 0 ? null : <Guards frame={frame} job={job} />}
        <section class="card pad">
          <Facts job={job} now={now} />
        </section>
        <section class="card" aria-labelledby="runs">
          <div class="bar">
            <h2 id="runs">Runs</h2>
            <a class="small" href={`${paths.activity}?job=${encodeURIComponent(job.job)}`}>all of them</a>
          </div>
          {runs.length === 0
            ? <Empty icon="activity" words="Nothing of it was due yet." />
            : <RunTable paths={paths} runs={runs} now={now} zone={job.timezone} isOfOneJob />}
        </section>
      </div>
    </Page>
  );
}

function Guards({ frame, job: { job, guards } }: { frame: Frame; job: JobView }) {
  return (
    <ul class="notes">
      {guards.map(({ guard, since, message, latched }) => (
        <li class="note warn">
          <Icon name="guard" />
          <div>
            <b>Nothing is deleted:</b> {readable(message, frame.now)}{" "}
            <span class="faint">
              {guard.replaceAll("_", " ")}, <Ago at={since} now={frame.now} />
            </span>
          </div>
          {latched
            ? (
              <div class="buttons">
                <ActButton
                  frame={frame}
                  act="approve"
                  of={job}
                  back={frame.paths.job(job)}
                  words="See and approve"
                />
              </div>
            )
            : null}
        </li>
      ))}
    </ul>
  );
}

function Facts({ job, now }: { job: JobView; now: number }) {
  const {
    schedule,
    timezone,
    policy,
    provider,
    next_slot,
    last_success,
    available,
    last_size_mb,
    verification,
    retry,
  } = job;
  return (
    <dl class="facts">
      <dt>Runs</dt>
      <dd>
        {scheduleWords(schedule)} <span class="faint mono">{schedule}</span>{" "}
        <span class="faint">{timezone}</span>
      </dd>
      <dt>Keeps</dt>
      <dd>{policy}</dd>
      <dt>Last good</dt>
      <dd>
        <Ago at={last_success} now={now} none="never" />
        {last_size_mb === null ? null : <span class="soft">, {sizeText(last_size_mb)}</span>}
      </dd>
      <dt>Next</dt>
      <dd>
        {retry?.next_at
          ? (
            <>
              <Ago at={retry.next_at} now={now} /> <span class="soft">try {retry.attempt} of {retry.of}</span>
            </>
          )
          : <Ago at={next_slot} now={now} none={job.paused ? "paused" : "none"} />}
      </dd>
      <dt>Backups</dt>
      <dd>
        {available}
        {job.held > 0 ? `, ${job.held} held` : ""}
        {job.suspects > 0 ? `, ${job.suspects} suspect` : ""}
      </dd>
      <dt>Proved</dt>
      <dd>
        {verification === null ? "not asked" : <Ago at={verification.proved_at} now={now} none="not yet" />}
      </dd>
      <dt>Provider</dt>
      <dd class="mono">{provider}</dd>
    </dl>
  );
}
