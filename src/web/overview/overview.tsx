// The first page: whether anything is wrong, in words, before anything else.

import type { Context, Hono } from "hono";
import { counted } from "../../domain/count_text.ts";
import type { StatusView } from "../../ports/views/status.ts";
import { HealthBadge } from "../components/badge.tsx";
import { Icon } from "../components/icon.tsx";
import { For } from "../components/time.tsx";
import type { WebEnv, WebParts } from "../deps.ts";
import { type Frame, Page } from "../layout.tsx";

/** Adds the route. */
export function addOverview(
  web: Hono<WebEnv>,
  { operations }: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  web.get(
    "/ui/",
    async (c) => c.html(<OverviewPage frame={frameOf(c)} status={await operations.status()} />),
  );
}

/** The page itself. */
export function OverviewPage({ frame, status }: { frame: Frame; status: StatusView }) {
  return (
    <Page frame={frame} title="Overview" place="overview">
      <h1>{summaryOf(status)}</h1>
      <ul class="notes">
        {status.notes.map(({ name, wrong, message }) => (
          <li class={`note ${wrong ? "warn" : "idle"}`}>
            <Icon name="warning" />
            <div>
              <b>{name}</b> {message}
            </div>
          </li>
        ))}
        {status.unwell.map((job) => (
          <li class="note bad">
            <div>
              <b>{job.job}</b> <HealthBadge health={job} /> <For since={job.since} now={frame.now} />
              {job.cause === null ? null : <p class="words">{job.cause}</p>}
              {job.remedy === null ? null : <p class="soft">{job.remedy}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Page>
  );
}

/** `2 of 41 jobs need you. 39 are safe.` */
export function summaryOf({ jobs, unwell_count: unwell, notes }: StatusView): string {
  const rest = jobs - unwell;
  if (jobs === 0) return "No job is configured yet.";
  if (unwell > 0) {
    const needs = unwell === jobs && jobs === 1
      ? "The one job needs you."
      : `${unwell} of ${counted(jobs, "job")} need${unwell === 1 ? "s" : ""} you.`;
    return rest === 0 ? needs : `${needs} ${rest} ${rest === 1 ? "is" : "are"} safe.`;
  }
  const all = jobs === 1 ? "The one job is safe." : `All ${jobs} jobs are safe.`;
  return notes.some(({ wrong }) => wrong) ? `${all} Something else needs you.` : all;
}
