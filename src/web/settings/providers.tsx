// The providers of all jobs: whether each can be used, how much lies there, how its upkeep went.

import { sizeText } from "../../domain/size_text.ts";
import type { JobView } from "../../ports/views/job.ts";
import { Empty } from "../components/empty.tsx";
import { Ago, For } from "../components/time.tsx";
import type { Frame } from "../layout.tsx";
import { numbers, RowTable } from "../components/row_table.tsx";

/** More of them are found by the jobs that use them. */
const MOST_SHOWN = 100;
const MOST_NAMED = 4;

interface ProviderRow {
  provider: string;
  jobs: string[];
  trouble: string | null;
  contact: JobView["contact"];
  storage: JobView["storage"];
}

/** By provider key, in the order of the configuration. */
export function providersOf(jobs: readonly JobView[]): ProviderRow[] {
  const found = new Map<string, ProviderRow>();
  for (const { job, provider, provider_trouble: trouble, contact, storage, managed } of jobs) {
    if (!managed) continue;
    const known = found.get(provider);
    if (known === undefined) found.set(provider, { provider, jobs: [job], trouble, contact, storage });
    else {
      known.jobs.push(job);
      known.trouble ??= trouble;
      known.storage ??= storage;
    }
  }
  const isWell = ({ trouble, contact }: ProviderRow) => Number(trouble === null && !contact?.trouble);
  return [...found.values()].sort((a, b) => isWell(a) - isWell(b));
}

/** All of them in a table. */
export function Providers(
  { frame, jobs, zone }: { frame: Frame; jobs: readonly JobView[]; zone: string },
) {
  const rows = providersOf(jobs);
  const shown = rows.slice(0, MOST_SHOWN);
  return (
    <section class="card" aria-labelledby="providers">
      <div class="bar">
        <h2 id="providers">Providers</h2>
        {shown.length === rows.length
          ? null
          : <span class="soft small">the first {shown.length} of {rows.length}</span>}
      </div>
      {rows.length === 0
        ? <Empty icon="provider" words="No job names a provider yet." />
        : (
          <RowTable heads={["Provider", "Jobs", numbers("Stored"), "Upkeep"]}>
            {shown.map((row) => <Row frame={frame} row={row} zone={zone} />)}
          </RowTable>
        )}
    </section>
  );
}

function Row({ frame, row, zone }: { frame: Frame; row: ProviderRow; zone: string }) {
  const { provider, jobs, trouble, contact, storage } = row;
  const named = jobs.slice(0, MOST_NAMED);
  const size = storage?.size_mb ?? null;
  return (
    <tr role="row">
      <td role="cell">
        <span class="mono">{provider}</span>
        {trouble === null ? null : <span class="words block tone-bad">{trouble}</span>}
        {!contact?.trouble ? null : (
          <span class="words block tone-bad">
            Calls do not get through for <For since={contact.trouble.since} now={frame.now} zone={zone} />:
            {" "}
            {contact.trouble.message}
          </span>
        )}
      </td>
      <td role="cell">
        {named.map((job, at) => (
          <>
            {at === 0 ? null : ", "}
            <a class="name" href={frame.paths.job(job)}>{job}</a>
          </>
        ))}
        {jobs.length > named.length
          ? (
            <>
              {" "}and{" "}
              <a href={`${frame.paths.overview}?find=${encodeURIComponent(provider)}`}>
                {`${jobs.length - named.length} more`}
              </a>
            </>
          )
          : null}
      </td>
      <td role="cell" class="num" data-name="Stored">
        {size === null ? <span class="faint">–</span> : sizeText(size)}
      </td>
      <td role="cell" data-name="Upkeep">
        {storage === null || storage.upkeep.length === 0
          ? <span class="faint">–</span>
          : storage.upkeep.map(({ task, ok, at, message }) => (
            <span class="block">
              <span class={ok ? "tone-good" : "tone-bad"}>{ok ? `${task} went well` : `${task} failed`}</span>
              {" "}
              <span class="faint">
                <Ago at={at} now={frame.now} zone={zone} />
              </span>
              {ok ? null : <span class="words block">{message}</span>}
            </span>
          ))}
      </td>
    </tr>
  );
}
