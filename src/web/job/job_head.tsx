// The head of a job's page: how it does and why, what can be done, and what it is set to.

import { scheduleWords } from "../../domain/schedule/schedule_words.ts";
import { sizeText } from "../../domain/size_text.ts";
import { guardFinding, guardRemedy } from "../../domain/retention/guard.ts";
import type { JobView } from "../../ports/views/job.ts";
import { ActButton } from "../acts/act_button.tsx";
import { Remedy } from "../acts/told.tsx";
import { HealthBadge, toneOf } from "../components/badge.tsx";
import { Icon } from "../components/icon.tsx";
import { Running } from "../components/running.tsx";
import { readable } from "../components/sentence.ts";
import { Ago, For } from "../components/time.tsx";
import type { Frame } from "../layout.tsx";
import { numberText } from "../pictures/words.ts";
import { momentsAddress } from "../restore/addresses.ts";

interface JobHeadProps {
  frame: Frame;
  job: JobView;
  hasRuns: boolean;
  /** Where one is, to come back to. */
  back: string;
}

/** Says what is wrong before anything else; nothing that deletes stands here. */
export function JobHead({ frame, job, hasRuns, back }: JobHeadProps) {
  const { paths, now } = frame;
  const { health } = job;
  const told = guardTold(job);
  return (
    <>
      <div class="head">
        <h1>{job.job}</h1>
        <span>
          <HealthBadge health={health} />{" "}
          <span class="soft">
            <For since={health.since} now={now} zone={job.timezone} />
          </span>
        </span>
        {job.managed
          ? (
            <div class="buttons">
              <ActButton frame={frame} act="run" of={job.job} back={back} isMain />
              {job.paused
                ? <ActButton frame={frame} act="resume" of={job.job} back={back} />
                : <ActButton frame={frame} act="pause" of={job.job} back={back} />}
              {job.available === 0 ? null : (
                <a class="button" href={momentsAddress(paths, job.job)}>
                  <Icon name="restore" />Restore
                </a>
              )}
              <a class="button" href={`${paths.deletions}?job=${encodeURIComponent(job.job)}`}>
                <Icon name="deletions" />What will be deleted
              </a>
            </div>
          )
          : null}
      </div>
      {health.cause === null ? null : (
        <section class={`note ${toneOf(health)}`}>
          <div>
            <p class="words">
              {told === undefined || health.cause.includes("nothing is deleted") ? null : (
                <>
                  <b>Nothing is deleted:</b>
                  {" "}
                </>
              )}
              {readable(health.cause, now, job.timezone)}
            </p>
            {health.remedy === null
              ? null
              : <Remedy frame={frame} text={health.remedy} back={back} zone={job.timezone} />}
          </div>
          {!hasRuns && told?.latched !== true ? null : (
            <div class="buttons">
              {told?.latched === true ? <Approve frame={frame} job={job.job} /> : null}
              {hasRuns
                ? (
                  <a class="button" href={paths.lastRun(job.job)}>
                    <Icon name="output" />Output
                  </a>
                )
                : null}
            </div>
          )}
        </section>
      )}
      {job.running === null ? null : (
        <Running
          running={job.running}
          now={now}
          isBeside
          lastSeconds={job.last_duration_seconds}
          zone={job.timezone}
        />
      )}
      <Guards frame={frame} job={job} guards={job.guards.filter((guard) => guard !== told)} />
      <section class="card pad">
        <Facts job={job} now={now} />
      </section>
    </>
  );
}

/** The guard that the health of the job tells already, with what to do: it is not told twice. */
function guardTold({ health: { cause }, guards }: JobView): JobView["guards"][number] | undefined {
  if (cause === null) return undefined;
  return guards.find(({ guard, message }) =>
    cause.endsWith(`(guard ${guard})`) || message === cause || message.startsWith(`${cause}; `)
  );
}

function Approve({ frame, job }: { frame: Frame; job: string }) {
  return (
    <ActButton frame={frame} act="approve" of={job} back={frame.paths.job(job)} words="See and approve" />
  );
}

function Guards(
  { frame, job: { job, timezone }, guards }: { frame: Frame; job: JobView; guards: JobView["guards"] },
) {
  if (guards.length === 0) return null;
  return (
    <ul class="notes">
      {guards.map(({ guard, since, message, latched }) => (
        <li class="note warn">
          <Icon name="guard" />
          <div>
            <b>Nothing is deleted:</b>{" "}
            {readable(latched ? guardFinding(message) : message, frame.now, timezone)}{" "}
            <span class="faint">
              {guard.replaceAll("_", " ")}, <Ago at={since} now={frame.now} zone={timezone} />
            </span>
            {latched
              ? (
                <Remedy
                  frame={frame}
                  text={guardRemedy(job, guard, message)}
                  back={frame.paths.job(job)}
                  zone={timezone}
                />
              )
              : null}
          </div>
          {latched
            ? (
              <div class="buttons">
                <Approve frame={frame} job={job} />
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
      <dd>{policyWords(policy)}</dd>
      <dt>Last good</dt>
      <dd>
        <Ago at={last_success} now={now} none="never" zone={timezone} />
        {last_size_mb === null ? null : <span class="soft">, {sizeText(last_size_mb)}</span>}
      </dd>
      <dt>Next</dt>
      <dd>
        {retry?.next_at
          ? (
            <>
              <Ago at={retry.next_at} now={now} zone={timezone} />{" "}
              <span class="soft">try {retry.attempt} of {retry.of}</span>
            </>
          )
          : <Ago at={next_slot} now={now} none={job.paused ? "paused" : "none"} zone={timezone} />}
        {retry === null && job.next_waits === "blackout"
          ? <span class="soft">, waits for the end of the blackout</span>
          : null}
      </dd>
      {job.blackout === null ? null : (
        <>
          <dt>Blackout</dt>
          <dd>
            <span class="mono">{job.blackout.windows.join("; ")}</span>
            <span class="soft">{job.blackout.then === "wait" ? ", starts wait" : ", slots are skipped"}</span>
          </dd>
        </>
      )}
      <dt>Backups</dt>
      <dd>
        {numberText(available)}
        {job.held > 0 ? `, ${job.held} held` : ""}
        {job.suspects > 0 ? `, ${job.suspects} suspect` : ""}
      </dd>
      <dt>Proved</dt>
      <dd>
        {verification === null
          ? "not asked"
          : <Ago at={verification.proved_at} now={now} none="not yet" zone={timezone} />}
      </dd>
      <dt>Provider</dt>
      <dd class="mono">{provider}</dd>
    </dl>
  );
}

/** What a policy says without what every one says. */
export function policyWords(policy: string): string {
  const usual = ["week_starts=sunday", "min_keep=1", "min_age=0s", "keep_oldest=false"];
  // Beside `keep_within` that says only that no level keeps anything.
  if (policy.includes("keep_within=")) usual.push("keep_last=1");
  const parts = policy.split(",").filter((part) => !usual.includes(part));
  return parts.map((part) => part.replace(/^min_keep=/, "keep_last=").replace("=", ": ").replace(/@L$/, ""))
    .join(", ");
}
