// /ui/restore/moments: which backup of a job, with what is known of each.

import { sizeText } from "../../domain/size_text.ts";
import type { BackupView } from "../../ports/views/backup.ts";
import type { JobView } from "../../ports/views/job.ts";
import { Empty } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { readable } from "../components/sentence.ts";
import { Ago } from "../components/time.tsx";
import { type Frame, Page } from "../layout.tsx";
import { momentsAddress } from "./addresses.ts";
import { marksOf, momentOf, momentText, newestSound, warningOf } from "./moments.ts";
import { numbers, RowTable } from "../components/row_table.tsx";

interface MomentsPageProps {
  frame: Frame;
  job: JobView;
  /** Those that can be restored, newest first. */
  backups: readonly BackupView[];
  /** Of the next page. */
  next: string | null;
  isFirstPage: boolean;
}

/** The page itself: the newest that nothing is known against is chosen beforehand. */
export function MomentsPage({ frame, job, backups, next, isFirstPage }: MomentsPageProps) {
  const { paths, now } = frame;
  const latest = isFirstPage ? newestSound(backups) : undefined;
  const newer = latest === undefined ? [] : backups.slice(0, backups.indexOf(latest));
  return (
    <Page frame={frame} title={`Restore ${job.job}`} place="restore" zone={job.timezone}>
      <div class="stack">
        <div class="stack-s">
          <p class="soft">
            <a href={paths.restore}>Restore</a> / {job.job}
          </p>
          <h1>Which moment of {job.job}?</h1>
          {newer.length === 0 ? null : (
            <div class="note warn">
              <Icon name="warning" />
              <div>
                {newer.length === 1 ? "The newest backup is" : `The newest ${newer.length} backups are`}{" "}
                passed over: {readable(warningOf(newer[0]!)!, now, job.timezone)}.
              </div>
            </div>
          )}
          {isFirstPage && latest === undefined && backups.length > 0
            ? (
              <div class="note bad" role="alert">
                <Icon name="warning" />
                <div>Something bad is known of each of the newest {backups.length}: look at their marks.</div>
              </div>
            )
            : null}
        </div>
        {backups.length === 0
          ? (
            <div class="card">
              <Empty icon="restore" words={`${job.job} has no backup that could be restored.`}>
                <a class="button" href={paths.job(job.job)}>See why</a>
              </Empty>
            </div>
          )
          : <Choice {...{ frame, job, backups, next, isFirstPage }} latest={latest} />}
      </div>
    </Page>
  );
}

function Row(
  { frame: { paths, now }, backup, zone, isLatest }: {
    frame: Frame;
    backup: BackupView;
    zone: string;
    isLatest: boolean;
  },
) {
  const id = `moment-${backup.run_id}`;
  return (
    <tr role="row">
      <td role="cell">
        <label class="choice" for={id}>
          <input id={id} type="radio" name="run" value={backup.run_id} checked={isLatest} required />
          <span>
            {momentText(backup, now, zone)}
            {isLatest ? <span class="badge good">latest</span> : null}
          </span>
        </label>
      </td>
      <td role="cell" data-name="Age">
        <Ago at={momentOf(backup)} now={now} zone={zone} />
      </td>
      <td role="cell" data-name="Known of it" class="badges">
        {marksOf(backup).map(({ words, tone }) => <span class={`badge ${tone}`}>{words}</span>)}
      </td>
      <td role="cell" data-name="Size" class="num">
        {backup.size_mb === null ? "–" : sizeText(backup.size_mb)}
      </td>
      <td role="cell" data-name="Id">
        <a class="mono small" href={paths.backup(backup.run_id)}>{backup.id}</a>
      </td>
    </tr>
  );
}

/** One of them is to be chosen. */
function Choice(
  { frame, job, backups, next, isFirstPage, latest }: MomentsPageProps & { latest: BackupView | undefined },
) {
  const { paths } = frame;
  return (
    <form class="card" action={`${paths.restore}/files`}>
      <fieldset class="bare">
        <legend class="unseen">Backup</legend>
        <RowTable heads={["Backup of", "Age", "Known of it", numbers("Size"), "Id"]}>
          {backups.map((backup) => (
            <Row
              frame={frame}
              backup={backup}
              zone={job.timezone}
              isLatest={backup === latest}
            />
          ))}
        </RowTable>
      </fieldset>
      <div class="pad buttons">
        <button class="button main" type="submit">
          Look what is in it<Icon name="next" />
        </button>
        {isFirstPage ? null : <a class="button" href={momentsAddress(paths, job.job)}>Newest</a>}
        {next === null ? null : (
          <a class="button" rel="next" href={momentsAddress(paths, job.job, next)}>
            Older ones<Icon name="next" />
          </a>
        )}
      </div>
    </form>
  );
}
