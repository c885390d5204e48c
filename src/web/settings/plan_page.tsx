// The page of a plan: a place for an edited configuration, and what it would change and delete.

import { countBackups } from "../../domain/backup.ts";
import { arrow, days, type JobPlanView, type PlanView, summaryOf } from "../../domain/future/plan_view.ts";
import type { SettingChange } from "../../domain/settings_diff.ts";
import type { PlanOutcome } from "../../ports/operations.ts";
import { Told } from "../acts/told.tsx";
import { ConfigIssues } from "../components/config_issues.tsx";
import { Icon } from "../components/icon.tsx";
import { numbers, RowTable } from "../components/row_table.tsx";
import { readable } from "../components/sentence.ts";
import { type Frame, Page } from "../layout.tsx";

export interface PlanPageProps {
  frame: Frame;
  csrf: string;
  /** Of the folder that the configuration is; none where it is one text. */
  files: readonly string[];
  asked: { text: string; file: string | null };
  /** What came of it; absent: nobody asked yet. */
  outcome?: PlanOutcome;
  /** Why nothing was looked at. */
  trouble?: string;
}

/** Of each job so many backups that go are named. */
const MOST_NAMED = 100;

/** The page itself. */
export function PlanPage({ frame, csrf, files, asked, outcome, trouble }: PlanPageProps) {
  const { paths } = frame;
  return (
    <Page frame={frame} title="Plan an edit" place="settings" zone="UTC">
      <div class="stack">
        <div class="stack-s">
          <p class="soft">
            <a href={paths.settings}>Settings</a>
          </p>
          <h1>What would an edit do?</h1>
          <p class="lead">
            Which jobs it changes, and which backups it would delete. Nothing is saved, and nothing is put in
            force.
          </p>
        </div>
        {trouble === undefined ? null : <Trouble words={trouble} />}
        {outcome === undefined
          ? null
          : outcome.outcome === "plan"
          ? <Plan frame={frame} view={outcome.view} />
          : <ConfigIssues issues={outcome.issues} then="What is in force stays." />}
        <Form frame={frame} csrf={csrf} files={files} asked={asked} />
      </div>
    </Page>
  );
}

function Form({ frame, csrf, files, asked }: Pick<PlanPageProps, "frame" | "csrf" | "files" | "asked">) {
  return (
    <form
      class="card pad fields"
      method="post"
      enctype="multipart/form-data"
      action={frame.paths.plan}
      aria-label="The edited configuration"
    >
      <input type="hidden" name="csrf" value={csrf} />
      {files.length === 0 ? null : (
        <div class="field">
          <label for="file">In place of</label>
          <select id="file" name="file">
            <option value="" selected={asked.file === null}>the whole configuration</option>
            {files.map((name) => <option value={name} selected={asked.file === name}>{name}</option>)}
          </select>
        </div>
      )}
      <div class="field">
        <label for="text">The edited configuration, pasted</label>
        <textarea
          id="text"
          name="text"
          rows={14}
          autocomplete="off"
          aria-describedby="text-hint"
        >
          {asked.text}
        </textarea>
        <span class="hint" id="text-hint">
          The whole text, as it would stand in the file. Secrets of it are not read;{" "}
          <code>{"${VARIABLES}"}</code> stand for what the server has.
        </span>
      </div>
      <div class="field">
        <label for="upload">Or a file</label>
        <input id="upload" name="upload" type="file" accept=".yaml,.yml,text/yaml,text/plain" />
      </div>
      <div class="buttons">
        <button class="button main" type="submit">
          <Icon name="look" />See what it would do
        </button>
        <a class="button quiet" href={frame.paths.settings}>Back</a>
      </div>
      <p class="small faint">
        In a terminal: <code>schelly plan -f schelly.yaml</code>
      </p>
    </form>
  );
}

function Trouble({ words }: { words: string }) {
  return (
    <div class="note bad" role="alert" tabindex={-1} autofocus>
      <Icon name="warning" />
      <div>{words}</div>
    </div>
  );
}

function Plan({ frame, view }: { frame: Frame; view: PlanView }) {
  const { jobs, besides, broken_promises: broken, notes } = view;
  const going = jobs.filter(({ backups }) => backups !== null && backups.remove.length > 0);
  return (
    <>
      <section class={`note ${view.deletes_now_by_edit > 0 ? "warn" : "good"}`} tabindex={-1} autofocus>
        <Icon name={view.deletes_now_by_edit > 0 ? "warning" : "good"} />
        <div class="stack-s">
          <p>
            <b>{summaryOf(view)}</b>
          </p>
          <ul class="plain soft">{notes.map((note) => <li>{note}</li>)}</ul>
        </div>
      </section>
      {broken.length === 0 ? null : (
        <section class="note bad">
          <Icon name="warning" />
          <ul class="plain">
            {broken.map(({ jobs, promised, at, found }) => (
              <li>
                <b>{jobs.join(", ")}</b> promised {promised}: at {readable(at, frame.now)} there would be{" "}
                {found}.
              </li>
            ))}
          </ul>
        </section>
      )}
      {jobs.length === 0 ? null : <Jobs frame={frame} jobs={jobs} />}
      {going.map((job) => <Going frame={frame} job={job} />)}
      {besides === null || besides.length === 0 ? null : (
        <section class="card" aria-labelledby="besides">
          <h2 id="besides" class="pad">Outside jobs</h2>
          <Changes changes={besides} />
        </section>
      )}
    </>
  );
}

function Jobs({ frame, jobs }: { frame: Frame; jobs: readonly JobPlanView[] }) {
  return (
    <section class="card" aria-labelledby="planned">
      <h2 id="planned" class="pad">Jobs that change</h2>
      <RowTable
        heads={[
          "Job",
          "Change",
          numbers("Backups"),
          numbers("Deleted now"),
          numbers("Within 30 days"),
          "Oldest left",
        ]}
      >
        {jobs.map((plan) => <JobRow frame={frame} plan={plan} />)}
      </RowTable>
    </section>
  );
}

function JobRow({ frame, plan }: { frame: Frame; plan: JobPlanView }) {
  const { job, former, change, settings, backups, notes } = plan;
  const name = former ?? job;
  return (
    <tr role="row">
      <td role="cell">
        {change === "added" ? <b>{job}</b> : <a class="name" href={frame.paths.job(name)}>{job}</a>}
        {former === null ? null : <span class="faint">{` (was ${former})`}</span>}
      </td>
      <td role="cell" class="said">
        {change}
        {settings.length === 0 ? null : (
          <ul class="plain small">
            {settings.map((one) => <li class="mono">{`${one.key}: ${changeWords(one)}`}</li>)}
          </ul>
        )}
        {notes.map((note) => (
          <p class="small tone-warn">
            <Told frame={frame} text={note} back={frame.paths.plan} />
          </p>
        ))}
      </td>
      <td role="cell" class="num" data-name="Backups">{backups === null ? "–" : String(backups.count)}</td>
      <td role="cell" class="num" data-name="Deleted now">
        {backups === null ? "–" : withArrow(arrow(backups.deletes_now, "–"))}
      </td>
      <td role="cell" class="num" data-name="Within 30 days">
        {backups === null ? "–" : withArrow(arrow(backups.deletes_within_30_days, "–"))}
      </td>
      <td role="cell" data-name="Oldest left">
        {backups === null ? "–" : withArrow(arrow(days(backups.oldest), "–"))}
      </td>
    </tr>
  );
}

function Going({ frame, job: { job, backups } }: { frame: Frame; job: JobPlanView }) {
  const all = backups!.remove;
  const shown = all.slice(0, MOST_NAMED);
  return (
    <details class="card pad">
      <summary>{`${countBackups(all.length)} of ${job} would go at its next pass`}</summary>
      <ul class="plain small">
        {shown.map(({ id, run_id, period_time }) => (
          <li>
            <a href={frame.paths.backup(run_id)}>{readable(period_time, frame.now)}</a>{" "}
            <span class="mono faint">{id ?? run_id}</span>
          </li>
        ))}
      </ul>
      {shown.length === all.length ? null : <p class="small faint">And {all.length - shown.length} more.</p>}
    </details>
  );
}

function Changes({ changes }: { changes: readonly SettingChange[] }) {
  return (
    <RowTable heads={["Key", "Change"]}>
      {changes.map((one) => (
        <tr role="row">
          <td role="cell" class="mono">{one.key}</td>
          <td role="cell" class="mono said">{changeWords(one)}</td>
        </tr>
      ))}
    </RowTable>
  );
}

function changeWords({ old, new: value }: SettingChange): string {
  if (old === null) return `set to ${value}`;
  return value === null ? `${old} → unset` : `${old} → ${value}`;
}

function withArrow(text: string): string {
  return text.replace("->", "→");
}
