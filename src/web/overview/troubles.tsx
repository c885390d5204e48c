// What is wrong: each trouble with its cause, what to do, and the way to do it.

import { alikeTrouble } from "../../domain/alike_trouble.ts";
import { counted } from "../../domain/count_text.ts";
import { type Freeze, ownerText } from "../../domain/freeze.ts";
import { type HealthState, sharedCause } from "../../domain/health.ts";
import { iso } from "../../domain/instant.ts";
import type { StatusView } from "../../ports/views/status.ts";
import type { ActName } from "../acts/acts.ts";
import { ActButton } from "../acts/act_button.tsx";
import { partsOf } from "../acts/command_ways.ts";
import { Commands, Remedy, Told } from "../acts/told.tsx";
import { HealthBadge, toneOf } from "../components/badge.tsx";
import { Icon } from "../components/icon.tsx";
import type { JobZones } from "../components/job_zones.ts";
import { capital, readable } from "../components/sentence.ts";
import { Ago, For } from "../components/time.tsx";
import type { Frame } from "../layout.tsx";

/** The rest stands in the table, the worst first. */
const MOST_SHOWN = 8;
const MOST_NAMED = 5;

/** Names that stand for a note of their own elsewhere on the page. */
const TOLD_ELSEWHERE: readonly string[] = ["freeze"];

/** Everything that is wrong, and what somebody wanted so. */
export function Troubles(
  { frame, status, zones }: { frame: Frame; status: StatusView; zones: JobZones },
) {
  const notes = status.notes.filter(({ name }) => !TOLD_ELSEWHERE.includes(name));
  const groups = alikeTrouble(status.unwell);
  const shown = groups.slice(0, MOST_SHOWN);
  const told = shown.reduce((sum, { jobs }) => sum + jobs.length, 0);
  const more = status.unwell_count - told;
  if (notes.length === 0 && shown.length === 0) return null;
  return (
    <section aria-labelledby="wrong">
      <h2 id="wrong" class="unseen">What is wrong</h2>
      <ul class="notes">
        {notes.map(({ name, wrong, message }) => (
          <Note frame={frame} name={name} wrong={wrong} message={message} zones={zones} />
        ))}
        {shown.map((group) => <Trouble frame={frame} {...group} zones={zones} />)}
        {more > 0
          ? (
            <li class="soft">
              And {counted(more, "more job")},{" "}
              <a href={`${frame.paths.overview}?show=unwell`}>in the table below</a>.
            </li>
          )
          : null}
      </ul>
    </section>
  );
}

type Unwell = StatusView["unwell"][number];

function Trouble(
  { frame, jobs, first, zones }: {
    frame: Frame;
    jobs: readonly string[];
    first: Unwell;
    zones: JobZones;
  },
) {
  const { state, well, since, cause, remedy } = first;
  const named = jobs.slice(0, jobs.length > MOST_NAMED + 1 ? MOST_NAMED : undefined);
  const clock = { zone: zones.of(jobs[0]), isLabelled: zones.all === null };
  const words = jobs.length > 1 && cause !== null ? sharedCause(cause) : cause;
  return (
    <li class={`note ${toneOf(first)}`}>
      <div>
        <div class="note-head">
          <span class="names">
            {named.map((job, at) => (
              <>
                {at === 0 ? null : ", "}
                <a class="name" href={frame.paths.job(job)}>{job}</a>
              </>
            ))}
            {named.length < jobs.length ? ` and ${jobs.length - named.length} more` : null}
          </span>
          <HealthBadge health={{ state, well }} />
          <span class="soft">
            <For since={since} now={frame.now} zone={clock.zone} />
          </span>
        </div>
        <p class="words">
          {words === null ? "Nothing says why." : readable(words, frame.now, clock.zone, clock.isLabelled)}
        </p>
        {remedy === null
          ? null
          : <Remedy frame={frame} text={remedy} back={frame.paths.overview} {...clock} />}
      </div>
      <Answers frame={frame} jobs={jobs} state={state} />
    </li>
  );
}

/** What can be done about it, the likeliest first; starting a backup never stands beside deleting one. */
const ACTS_FOR: Partial<Record<HealthState, readonly ActName[]>> = {
  failing: ["run", "pause"],
  never: ["run"],
  late: ["run"],
  waiting: ["run"],
  unproved: ["run"],
  guarded: ["approve", "freeze"],
  suspect: ["freeze"],
  stuck: ["unlock", "pause"],
};

/** A run that ended has something to say of it. */
const HAVE_OUTPUT: readonly HealthState[] = ["failing", "never", "late", "waiting", "stuck"];

function Answers({ frame, jobs, state }: { frame: Frame; jobs: readonly string[]; state: HealthState }) {
  const back = frame.paths.overview;
  const [first] = jobs;
  const hasOutput = HAVE_OUTPUT.includes(state);
  return (
    <div class="buttons">
      {hasOutput
        ? (
          <a class="button" href={frame.paths.lastRun(first!)}>
            <Icon name="output" />
            Output<span class={jobs.length > 1 ? undefined : "unseen"}>{` of ${first}`}</span>
          </a>
        )
        : null}
      {jobs.length > 1
        ? null
        : (ACTS_FOR[state] ?? []).map((act) => (
          <ActButton frame={frame} act={act} of={act === "freeze" ? undefined : first} back={back} />
        ))}
    </div>
  );
}

function Note(
  { frame, name, wrong, message, zones }: { frame: Frame; zones: JobZones } & StatusView["notes"][number],
) {
  const clock = { zone: zones.of(undefined), isLabelled: zones.all === null };
  return (
    <li class={`note ${wrong ? "warn" : "idle"}`}>
      <Icon name="warning" />
      <div>
        <p>
          <b>{capital(name)}:</b> <Told frame={frame} text={message} back={frame.paths.overview} {...clock} />
        </p>
        <Commands parts={partsOf(message, frame, frame.paths.overview)} />
      </div>
      {name === "clock"
        ? (
          <div class="buttons">
            <ActButton frame={frame} act="trust" back={frame.paths.overview} />
          </div>
        )
        : null}
      {name === "reload" || name === "config"
        ? (
          <div class="buttons">
            <ActButton frame={frame} act="reload" back={frame.paths.overview} />
          </div>
        )
        : null}
    </li>
  );
}

/** That nothing is deleted, since somebody wanted it so: who, why, until when, and how it ends. */
export function FreezeNote({ frame, freeze, zone }: { frame: Frame; freeze: Freeze; zone: string }) {
  const { owner, at, until, reason } = freeze;
  return (
    <section class="note busy">
      <Icon name="freeze" />
      <div>
        <p>
          <b>All deletions are frozen</b> by {ownerText(owner)},{" "}
          <Ago at={iso(at)} now={frame.now} zone={zone} />:{" "}
          {until === null ? "until somebody releases it" : (
            <>
              it ends <Ago at={iso(until)} now={frame.now} zone={zone} />
            </>
          )}.
        </p>
        <p class="soft">{reason}</p>
      </div>
      <div class="buttons">
        <ActButton frame={frame} act="unfreeze" back={frame.paths.overview} />
      </div>
    </section>
  );
}
