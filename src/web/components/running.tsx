// A run under way: how far it is, where its provider says so.

import type { JobView } from "../../ports/views/job.ts";
import { percentOf } from "../progress.ts";
import { For } from "./time.tsx";

interface RunningProps {
  running: NonNullable<JobView["running"]>;
  now: number;
  /** The word of health says something else: the run is told beside it. */
  isBeside: boolean;
}

/** A bar and the provider's words. */
export function Running({ running: { state, since, message }, now, isBeside }: RunningProps) {
  const percent = percentOf(message);
  return (
    <div class="running">
      {percent === undefined
        ? <progress aria-label="Backup under way" />
        : <progress aria-label="Backup under way" value={percent} max={100} />}
      <span class="small soft">
        {isBeside ? `${state === "cancelling" ? "being cancelled" : "runs"} since ` : null}
        <For since={since} now={now} />
        {message === null ? null : ` · ${message}`}
      </span>
    </div>
  );
}
