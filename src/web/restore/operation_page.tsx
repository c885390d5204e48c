// /ui/restore/operation: how far a restore by the server is, and what came of it.

import { dayTimeText } from "../../domain/notify/words.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { RestoreView } from "../../ports/views/restores.ts";
import { ActButton } from "../acts/act_button.tsx";
import { Facts } from "../components/figure.tsx";
import { Icon } from "../components/icon.tsx";
import { readable } from "../components/sentence.ts";
import { agoText, For } from "../components/time.tsx";
import { type Frame, Page } from "../layout.tsx";
import { percentOf } from "../progress.ts";
import { filesAddress, operationAddress, orderAddress } from "./addresses.ts";

/** The page itself: it looks again by itself while the restore runs. */
export function OperationPage(
  { frame, restore, zone }: { frame: Frame; restore: RestoreView; zone: string },
) {
  const { paths, now } = frame;
  const here = operationAddress(paths, restore.operation_id);
  const isOpen = restore.state === "running";
  const looking = isOpen
    ? {
      "hx-get": here,
      "hx-trigger": "every 2s",
      "hx-select": "#live",
      "hx-target": "#live",
      "hx-swap": "outerMorph",
    }
    : {};
  return (
    <Page frame={frame} title={`Restore of ${restore.job}`} place="restore" zone={zone}>
      <div class="stack" id="live" {...looking}>
        <p class="soft">
          <a href={paths.restore}>Restore</a> / {restore.job}
        </p>
        <div class="head">
          <h1>{restore.dry_run ? "Try of a restore" : "Restore"} of {restore.job}</h1>
          <StateBadge restore={restore} />
          <div class="buttons">
            {isOpen
              ? (
                <>
                  <ActButton
                    frame={frame}
                    act="end_restore"
                    of={restore.operation_id}
                    back={here}
                    words="Cancel it"
                  />
                  <a class="button" href={here}>Look again</a>
                </>
              )
              : <Further frame={frame} restore={restore} />}
          </div>
        </div>
        {restore.warning === null ? null : (
          <div class="note warn">
            <Icon name="warning" />
            <div>Known of the backup as this was asked for: {readable(restore.warning, now, zone)}.</div>
          </div>
        )}
        {isOpen ? <Progress restore={restore} now={now} zone={zone} /> : <Result restore={restore} />}
        <section class="card pad">
          <Facts facts={factsOf(restore, now, zone)} />
        </section>
        <p>
          <a href={paths.backup(restore.run_id)}>The backup</a>
        </p>
      </div>
    </Page>
  );
}

/** How it stands, in one word. */
export function StateBadge({ restore: { state, dry_run } }: { restore: RestoreView }) {
  const tone = state === "running" ? "busy" : state === "done" ? "good" : "bad";
  return <span class={`badge ${tone}`}>{dry_run && state === "done" ? "tried" : state}</span>;
}

function Progress(
  { restore: { message, started_at }, now, zone }: { restore: RestoreView; now: number; zone: string },
) {
  const percent = percentOf(message);
  return (
    <div class="running" role="status">
      {percent === undefined
        ? <progress aria-label="Restore under way" />
        : <progress aria-label="Restore under way" value={percent} max={100} />}
      <span class="soft">
        <For since={started_at} now={now} zone={zone} />
        {message === "" ? null : ` · ${message}`}
      </span>
    </div>
  );
}

function Result({ restore: { state, message, dry_run } }: { restore: RestoreView }) {
  const isDone = state === "done";
  return (
    <div class={`note ${isDone ? "good" : "bad"}`} role={isDone ? "status" : "alert"}>
      <Icon name={isDone ? "good" : "bad"} />
      <div>
        <b>{!isDone ? "It failed." : dry_run ? "Nothing was written." : "It is restored."}</b>{" "}
        <span class="words">{message}</span>
      </div>
    </div>
  );
}

/** The same once more, or in earnest after a try. */
function Further({ frame: { paths, viewer }, restore }: { frame: Frame; restore: RestoreView }) {
  if (viewer?.may("POST /backups/{id}/restore") !== true) return null;
  const { state, dry_run, run_id, target, include, overwrite, any_owner } = restore;
  if (state === "done" && !dry_run) {
    return <a class="button" href={filesAddress(paths, run_id)}>Restore more of it</a>;
  }
  const fields = new URLSearchParams({
    ...{ run: run_id, target, include: include.join("\n") },
    ...(overwrite ? { overwrite: "yes" } : {}),
    ...(any_owner ? { any_owner: "yes" } : {}),
    ...(state === "failed" ? { change: "yes" } : {}),
  });
  return (
    <a class="button main" href={`${orderAddress(paths)}?${fields}`}>
      {state === "failed" ? "Change it, and try again" : "Now restore it"}
    </a>
  );
}

function factsOf(restore: RestoreView, now: number, zone: string): { term: string; text: string }[] {
  const { id, target, include, overwrite, any_owner, asked_by, files, bytes, started_at, ended_at } = restore;
  const when = (time: string) =>
    `${dayTimeText(Date.parse(time), now, zoneOf(zone))}, ${agoText(Date.parse(time), now)}`;
  return [
    { term: "Backup", text: id },
    { term: "Into", text: target },
    { term: "Of it", text: include.length === 0 ? "all" : include.join(", ") },
    { term: "What is there", text: overwrite ? "replaced where it has the same path" : "not touched" },
    ...(any_owner ? [{ term: "Owners", text: "lost ones are no failure" }] : []),
    ...(files === null ? [] : [{ term: "Files", text: `${files}` }]),
    ...(bytes === null ? [] : [{ term: "Size", text: bytesText(bytes) }]),
    { term: "Asked by", text: asked_by },
    { term: "Begun", text: when(started_at) },
    ...(ended_at === null ? [] : [{ term: "Ended", text: when(ended_at) }]),
    { term: "Operation", text: restore.operation_id },
  ];
}
