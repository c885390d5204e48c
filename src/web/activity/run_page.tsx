// One run: how it went, step by step, what its provider said, and what its tool printed.

import type { Context, Hono } from "hono";
import { deletionText, isUnfinished, type Run, STATUSES } from "../../domain/backup.ts";
import { ProviderError } from "../../domain/errors.ts";
import { holdText, isHeld } from "../../domain/hold.ts";
import { iso } from "../../domain/instant.ts";
import { knownAdvice } from "../../domain/known_cause.ts";
import { sizeText } from "../../domain/size_text.ts";
import type { StoredEvent } from "../../ports/queries.ts";
import { ActButton } from "../acts/act_button.tsx";
import { Remedy } from "../acts/told.tsx";
import { EventTable } from "../components/event_table.tsx";
import { jobZones } from "../components/job_zones.ts";
import { Moment } from "../components/moment.tsx";
import { RunStatus } from "../components/run_status.tsx";
import { tookText } from "../components/run_table.tsx";
import { Running } from "../components/running.tsx";
import { readable } from "../components/sentence.ts";
import { Ago } from "../components/time.tsx";
import type { WebEnv, WebParts } from "../deps.ts";
import { type Frame, Page } from "../layout.tsx";
import { Refused } from "../refused.ts";

const MOST_EVENTS = 500;
/** Those that came to an end: what is under way has not said its last word. */
const ENDED = STATUSES.filter((status) =>
  !isUnfinished(status) && status !== "skipped" && status !== "expired"
);

/** Adds the routes. */
export function addRunPage(web: Hono<WebEnv>, parts: WebParts, frameOf: (c: Context<WebEnv>) => Frame): void {
  const { reads, operations } = parts;

  web.get("/ui/runs/:run", async (c) => {
    const runId = c.req.param("run");
    const run = await reads.run(runId);
    if (run === undefined) {
      throw new Refused(
        404,
        `There is no run '${runId.slice(0, 80)}': old rows are folded into one after a year.`,
      );
    }
    const [events, output, job] = await Promise.all([
      reads.events({ runId, limit: MOST_EVENTS, ascending: true }),
      outputOf(run, operations),
      operations.job(run.job),
    ]);
    const zone = job?.timezone ?? "UTC";
    return c.html(
      <RunPage
        frame={frameOf(c)}
        {...{ run, zone, events, output }}
        lastSeconds={job?.last_duration_seconds ?? null}
      />,
    );
  });

  web.get("/ui/jobs/:job/last-run", async (c) => {
    const job = c.req.param("job");
    const { items: [last] } = await reads.runs({ job, status: ENDED, limit: 1 });
    if (last === undefined) throw new Refused(404, `No run of '${job.slice(0, 80)}' has ended yet.`);
    return c.redirect(frameOf(c).paths.run(last.runId), 303);
  });
}

/** What the store knows of the run is shown even when its provider is out of reach. */
async function outputOf(
  run: Run,
  operations: Pick<WebParts["operations"], "output">,
): Promise<string | null> {
  try {
    return await operations.output(run) ?? null;
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

interface RunPageProps {
  frame: Frame;
  run: Run;
  /** Of its job. */
  zone: string;
  /** How long its newest backup took; null where there is none. */
  lastSeconds: number | null;
  /** Oldest first. */
  events: readonly StoredEvent[];
  /** The end of what its tool printed; null where nothing is kept. */
  output: string | null;
}

/** The page itself. */
export function RunPage({ frame, run, zone, lastSeconds, events, output }: RunPageProps) {
  const { paths, now } = frame;
  const isOpen = isUnfinished(run.status);
  const back = paths.run(run.runId);
  const remedy = run.message === null || run.status === "available"
    ? undefined
    : knownAdvice(run.message, run.job);
  return (
    <Page frame={frame} title={`Run of ${run.job}`} place="activity" zone={zone}>
      <div class="stack" id="live" data-live={isOpen ? run.job : undefined}>
        <div class="head">
          <h1>
            Run of <a class="name" href={paths.job(run.job)}>{run.job}</a>
          </h1>
          <span class="badges">
            <RunStatus run={run} />
          </span>
          <div class="buttons">
            {isOpen
              ? <ActButton frame={frame} act="cancel" of={run.runId} back={back} words="Cancel it" />
              : null}
            {isOpen
              ? null
              : <ActButton frame={frame} act="run" of={run.job} back={back} words="Run the job now" />}
          </div>
        </div>
        {isOpen && run.startTime !== null
          ? (
            <Running
              running={{
                run_id: run.runId,
                state: run.status,
                since: iso(run.startTime),
                message: run.message,
              }}
              now={now}
              isBeside
              lastSeconds={lastSeconds}
              zone={zone}
            />
          )
          : run.message === null
          ? null
          : (
            <section class={`note ${["failed", "lost", "missing"].includes(run.status) ? "bad" : "idle"}`}>
              <div>
                <p class="words">{run.message}</p>
                {remedy === undefined ? null : <Remedy frame={frame} text={remedy} back={back} zone={zone} />}
              </div>
            </section>
          )}
        <section class="card pad">
          <Facts run={run} now={now} zone={zone} />
        </section>
        <section class="card" aria-labelledby="steps">
          <div class="bar">
            <h2 id="steps">Step by step</h2>
          </div>
          <EventTable
            {...{ paths, events, now }}
            zones={jobZones([{ job: run.job, timezone: zone }])}
            isOfOneRun
          />
        </section>
        {output === null ? null : (
          <section class="stack-s" aria-labelledby="output">
            <h2 id="output">Output</h2>
            <pre class="words output" tabindex={0}>{output}</pre>
          </section>
        )}
      </div>
    </Page>
  );
}

function Facts({ run, now, zone }: { run: Run; now: number; zone: string }) {
  const rows: [string, string | null][] = [
    [
      "Begun by",
      run.trigger === "schedule" ? "its schedule" : run.trigger === "manual" ? "hand" : "an import",
    ],
    ["Took", run.startTime === null || run.endTime === null ? null : tookText(run)],
    ["Size", run.sizeMb === null ? null : sizeText(run.sizeMb)],
    ["Backup", run.id],
    ["Data", run.dataId === run.id ? null : run.dataId],
    ["Why", run.reason?.replaceAll("_", " ") ?? null],
    ["Try", run.attempt > 1 || run.retryAt !== null ? `${run.attempt}` : null],
    ["Asked its provider", run.attempts > 1 ? `${run.attempts} times` : null],
    [run.rejectedAt === null ? "Suspect" : "Was suspect", run.suspectReason],
    ["Held", isHeld(run, now) ? readable(holdText(run), now, zone) : null],
    [
      "Deleted",
      run.status === "deleted" || run.status === "deleting"
        ? readable(deletionText(run) ?? "", now, zone)
        : null,
    ],
    ["Provider", run.providerKey],
    ["Run", run.runId],
  ];
  return (
    <dl class="facts">
      <Time term="Due" at={run.slot} now={now} zone={zone} />
      <Time term="Begun" at={run.startTime} now={now} zone={zone} />
      <Time term="Ended" at={run.endTime} now={now} zone={zone} />
      <Time term="Rejected" at={run.rejectedAt} now={now} zone={zone} />
      {run.verification === null ? null : (
        <Time
          term={run.verification === "passed" ? "Proved" : "Found damaged"}
          at={run.verifiedAt}
          now={now}
          zone={zone}
        />
      )}
      <Time term="Tried again" at={run.retryAt} now={now} zone={zone} />
      {rows.map(([term, text]) =>
        text === null ? null : (
          <>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </>
        )
      )}
    </dl>
  );
}

function Time({ term, at, now, zone }: { term: string; at: number | null; now: number; zone: string }) {
  if (at === null) return null;
  return (
    <>
      <dt>{term}</dt>
      <dd>
        <Moment at={at} now={now} zone={zone} hasSeconds />{" "}
        <span class="faint">
          <Ago at={iso(at)} now={now} zone={zone} />
        </span>
      </dd>
    </>
  );
}
