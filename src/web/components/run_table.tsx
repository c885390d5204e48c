// Runs in rows: when, of which job, what became of each, how long it took, what was said.

import type { Run } from "../../domain/backup.ts";
import { sizeText } from "../../domain/size_text.ts";
import type { Paths } from "../paths.ts";
import type { JobZones } from "./job_zones.ts";
import { Moment } from "./moment.tsx";
import { RunStatus } from "./run_status.tsx";
import { numbers, RowTable } from "./row_table.tsx";

/** Of a message as much as one line shows; the page of the run has all of it. */
const MOST_LETTERS = 160;

interface RunTableProps {
  paths: Paths;
  runs: readonly Run[];
  now: number;
  zones: JobZones;
  /** All are of one job, which is said elsewhere. */
  isOfOneJob?: boolean;
}

/** The table. */
export function RunTable({ paths, runs, now, zones, isOfOneJob }: RunTableProps) {
  return (
    <RowTable heads={["When", isOfOneJob ? null : "Job", "Run", numbers("Took"), numbers("Size"), "Said"]}>
      {runs.map((run) => (
        <tr role="row">
          <td role="cell">
            <a class="plain-link" href={paths.run(run.runId)}>
              <Moment
                at={run.startTime ?? run.slot ?? run.createdAt}
                now={now}
                zone={zones.of(run.job)}
                isLabelled={!isOfOneJob && zones.all === null}
              />
            </a>
          </td>
          {isOfOneJob ? null : (
            <td role="cell">
              <a class="name" href={paths.job(run.job)}>{run.job}</a>
            </td>
          )}
          <td role="cell" class="badges">
            <RunStatus run={run} />
          </td>
          <td role="cell" class="num">{tookText(run)}</td>
          <td role="cell" class="num">
            {run.sizeMb === null ? <span class="faint">–</span> : sizeText(run.sizeMb)}
          </td>
          <td role="cell" class="said">{saidBy(run)}</td>
        </tr>
      ))}
    </RowTable>
  );
}

/** `4 s`, `2 min`, `1 h 20 min`; a dash while that is not known. */
export function tookText({ startTime, endTime }: Pick<Run, "startTime" | "endTime">): string {
  if (startTime === null || endTime === null) return "–";
  const seconds = Math.max(0, Math.round((endTime - startTime) / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What its provider said last, or why it is as it is. */
function saidBy({ message, reason, slots, slotUntil }: Run): string {
  const many = slotUntil === null || slots === null || slots < 2 ? "" : `${slots} slots: `;
  const text = `${many}${message ?? reason?.replaceAll("_", " ") ?? ""}`;
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}
