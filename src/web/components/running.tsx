// A run under way: how long it runs, how far it is where its provider says so, and how long the last one took.

import type { JobView } from "../../ports/views/job.ts";
import { outlookOf, percentOf } from "../progress.ts";
import { For } from "./time.tsx";

interface RunningProps {
  running: NonNullable<JobView["running"]>;
  now: number;
  /** The word of health says something else: the run is told beside it. */
  isBeside: boolean;
  /** How long the newest backup took; null where there is none. */
  lastSeconds: number | null;
  zone: string;
}

/** A bar, the provider's words, and what follows from them. */
export function Running(
  { running: { state, since, message }, now, isBeside, lastSeconds, zone }: RunningProps,
) {
  const outlook = state === "cancelling" || since === null
    ? []
    : outlookOf({ ms: now - Date.parse(since), message, lastSeconds });
  const percent = percentOf(message);
  return (
    <div class="running">
      {percent === undefined
        ? <progress aria-label="Backup under way" />
        : <progress aria-label="Backup under way" value={percent} max={100} />}
      <span class="small soft">
        {isBeside ? `${state === "cancelling" ? "being cancelled" : "runs"} since ` : null}
        <For since={since} now={now} zone={zone} />
        {[...(message === null ? [] : [message]), ...outlook].map((part) => ` · ${part}`)}
      </span>
    </div>
  );
}
