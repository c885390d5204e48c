// /ui/restore: of which job, and what was restored lately.

import { bytesText } from "../../domain/size_text.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { RestoreView } from "../../ports/views/restores.ts";
import { Empty } from "../components/empty.tsx";
import type { JobZones } from "../components/job_zones.ts";
import { Moment } from "../components/moment.tsx";
import { Pager } from "../components/pager.tsx";
import { Ago } from "../components/time.tsx";
import { type Frame, Page } from "../layout.tsx";
import type { Rows } from "../overview/rows.ts";
import { momentsAddress, operationAddress, sheetAddress } from "./addresses.ts";
import { StateBadge } from "./operation_page.tsx";
import { numbers, RowTable } from "../components/row_table.tsx";

interface JobsPageProps {
  frame: Frame;
  rows: Rows;
  find: string;
  zones: JobZones;
  /** Newest first; a text says why they are not known. */
  restores: readonly RestoreView[] | string;
}

/** The page itself. */
export function RestoreJobsPage({ frame, rows, find, zones, restores }: JobsPageProps) {
  const { paths, viewer } = frame;
  const mayReadSheet = viewer?.may("GET /recovery-sheet") === true;
  return (
    <Page frame={frame} title="Restore" place="restore" zone={zones.all}>
      <div class="stack">
        <div class="stack-s">
          <h1>Restore</h1>
          <p class="lead">
            Choose the job, then the moment, then what of it. Nothing is written before you have seen what
            will be done.
          </p>
        </div>
        <section class="card" aria-labelledby="jobs">
          <div class="bar">
            <h2 id="jobs">Of which job?</h2>
            <form class="find-job buttons" action={paths.restore}>
              <label for="find-job">Find</label>
              <input id="find-job" type="search" name="find" value={find} />
              <button class="button" type="submit">Find</button>
            </form>
          </div>
          {rows.jobs.length === 0
            ? (
              <Empty
                icon="restore"
                words={find === "" ? "There is no job yet." : `No job is like '${find}'.`}
              />
            )
            : <Jobs frame={frame} jobs={rows.jobs} />}
        </section>
        <Pager
          page={rows.page}
          pages={rows.pages}
          what="jobs"
          address={(page) => `${paths.restore}?${new URLSearchParams({ find, page: `${page}` })}`}
        />
        <Lately frame={frame} restores={restores} zones={zones} />
        {mayReadSheet
          ? (
            <p>
              <a href={sheetAddress(paths)}>The recovery sheet</a>{" "}
              says how to get everything back without Schelly: print it before you need it.
            </p>
          )
          : null}
      </div>
    </Page>
  );
}

function Jobs({ frame: { paths, now }, jobs }: { frame: Frame; jobs: readonly JobView[] }) {
  return (
    <RowTable heads={["Job", "Newest backup", "Last proof", numbers("Backups")]}>
      {jobs.map(({ job, timezone, last_success, verification, available, suspects }) => (
        <tr role="row">
          <td role="cell">
            <a class="name" href={momentsAddress(paths, job)}>{job}</a>
          </td>
          <td role="cell" data-name="Newest backup">
            <Ago at={last_success} now={now} none="none yet" zone={timezone} />
            {suspects === 0 ? null : <span class="badge warn">{`${suspects} suspect`}</span>}
          </td>
          <td role="cell" data-name="Last proof">
            <Ago at={verification?.proved_at ?? null} now={now} none="never" zone={timezone} />
          </td>
          <td role="cell" data-name="Backups" class="num">{available}</td>
        </tr>
      ))}
    </RowTable>
  );
}

function Lately(
  { frame: { paths, now }, restores, zones }: Pick<JobsPageProps, "frame" | "restores" | "zones">,
) {
  if (typeof restores === "string") return <p class="tone-warn">{restores}</p>;
  if (restores.length === 0) return null;
  return (
    <section class="card" aria-labelledby="lately">
      <div class="bar">
        <h2 id="lately">Restores by the server</h2>
      </div>
      <RowTable heads={["When", "Job", "State", "Into", numbers("Size"), "Said"]}>
        {restores.map((one) => (
          <tr role="row">
            <td role="cell">
              <a href={operationAddress(paths, one.operation_id)}>
                <Moment
                  at={Date.parse(one.started_at)}
                  now={now}
                  zone={zones.of(one.job)}
                  isLabelled={zones.all === null}
                />
              </a>
            </td>
            <td role="cell" data-name="Job">{one.job}</td>
            <td role="cell" data-name="State">
              <StateBadge restore={one} />
            </td>
            <td role="cell" data-name="Into" class="folder">{one.target}</td>
            <td role="cell" data-name="Size" class="num">
              {one.bytes === null ? "–" : bytesText(one.bytes)}
            </td>
            <td role="cell" data-name="Said" class="said">{one.message}</td>
          </tr>
        ))}
      </RowTable>
    </section>
  );
}
