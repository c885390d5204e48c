// Events in rows: when, of what, in which words.

import type { EventLevel } from "../../ports/events.ts";
import type { StoredEvent } from "../../ports/queries.ts";
import type { Paths } from "../paths.ts";
import type { JobZones } from "./job_zones.ts";
import type { Tone } from "./badge.tsx";
import { Moment } from "./moment.tsx";
import { RowTable } from "./row_table.tsx";

const TONES: Record<EventLevel, Tone> = { debug: "idle", info: "idle", warning: "warn", error: "bad" };

interface EventTableProps {
  paths: Paths;
  events: readonly StoredEvent[];
  now: number;
  zones: JobZones;
  /** All are of one run, which is said elsewhere. */
  isOfOneRun?: boolean;
}

/** The table. */
export function EventTable({ paths, events, now, zones, isOfOneRun }: EventTableProps) {
  return (
    <RowTable heads={["When", "What", isOfOneRun ? null : "Job", "In words"]}>
      {events.map(({ at, type, level, job, runId, message }) => (
        <tr role="row">
          <td role="cell">
            <Moment
              at={at}
              now={now}
              zone={zones.of(job)}
              hasSeconds={isOfOneRun}
              isLabelled={!isOfOneRun && zones.all === null}
            />
          </td>
          <td role="cell">
            <span class={`mono small tone-${TONES[level]}`}>{type}</span>
          </td>
          {isOfOneRun ? null : (
            <td role="cell">
              {job === undefined
                ? <span class="faint">–</span>
                : <a class="name" href={paths.job(job)}>{job}</a>}
            </td>
          )}
          <td role="cell" class="said">
            {runId === undefined || isOfOneRun
              ? message
              : <a class="plain-link" href={paths.run(runId)}>{message}</a>}
          </td>
        </tr>
      ))}
    </RowTable>
  );
}
