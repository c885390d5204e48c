// /ui/restore/files: what lies in a folder of a backup, and the ways to get it back.

import { bytesText } from "../../domain/size_text.ts";
import type { BackupView } from "../../ports/views/backup.ts";
import type { FilesView } from "../../ports/views/restores.ts";
import { Icon } from "../components/icon.tsx";
import { readable } from "../components/sentence.ts";
import { type Frame, Page } from "../layout.tsx";
import { filesAddress, momentsAddress, orderAddress, sheetAddress } from "./addresses.ts";
import { ByTerminal } from "./commands.tsx";
import { marksOf, momentText, warningOf } from "./moments.ts";
import { numbers, RowTable } from "../components/row_table.tsx";

interface FilesPageProps {
  frame: Frame;
  backup: BackupView;
  timezone: string;
  /** From the root of the backup; empty: the root. */
  path: string;
  /** A text says why nothing is listed; null: whoever looks may not. */
  files: FilesView | string | null;
}

/** The page itself. */
export function FilesPage({ frame, backup, timezone, path, files }: FilesPageProps) {
  const { paths, viewer, now } = frame;
  const id = backup.id ?? backup.run_id;
  const include = path === "" ? [] : [path];
  const sheet = viewer?.may("GET /recovery-sheet") === true ? sheetAddress(paths) : null;
  return (
    <Page frame={frame} title={`Restore ${backup.job}`} place="restore" zone={timezone}>
      <div class="stack">
        <div class="stack-s">
          <p class="soft">
            <a href={paths.restore}>Restore</a> / <a href={momentsAddress(paths, backup.job)}>{backup.job}</a>
            {" "}
            / {momentText(backup, now, timezone)}
          </p>
          <div class="head">
            <h1>What of {momentText(backup, now, timezone)}?</h1>
            <span class="badges">
              {marksOf(backup).map(({ words, tone }) => <span class={`badge ${tone}`}>{words}</span>)}
            </span>
          </div>
          <p class="soft">
            Backup <a class="mono" href={paths.backup(backup.run_id)}>{id}</a>
          </p>
          <Warned backup={backup} now={now} />
        </div>
        <section class="card" aria-labelledby="files">
          <div class="bar">
            <h2 id="files">
              <Crumbs frame={frame} run={backup.run_id} path={path} />
            </h2>
          </div>
          <Files frame={frame} run={backup.run_id} path={path} files={files} />
        </section>
        <OnServer frame={frame} run={backup.run_id} path={path} />
        <ByTerminal id={id} job={backup.job} include={include} sheet={sheet} />
      </div>
    </Page>
  );
}

/** What is known against it, where something is. */
export function Warned({ backup, now }: { backup: BackupView; now: number }) {
  const warning = warningOf(backup);
  if (warning === undefined) return null;
  return (
    <div class="note bad" role="alert">
      <Icon name="warning" />
      <div>Think before you trust it: {readable(warning, now)}.</div>
    </div>
  );
}

function Crumbs({ frame: { paths }, run, path }: { frame: Frame; run: string; path: string }) {
  const names = path === "" ? [] : path.split("/");
  return (
    <nav class="crumbs" aria-label="Folder">
      {names.length === 0
        ? <span aria-current="page">All of it</span>
        : <a href={filesAddress(paths, run)}>All of it</a>}
      {names.map((name, at) => (
        <>
          {" / "}
          {at === names.length - 1
            ? <span aria-current="page">{name}</span>
            : <a href={filesAddress(paths, run, names.slice(0, at + 1).join("/"))}>{name}</a>}
        </>
      ))}
    </nav>
  );
}

function Files(
  { frame, run, path, files }: { frame: Frame; run: string } & Pick<FilesPageProps, "path" | "files">,
) {
  if (files === null) {
    return (
      <p class="pad">
        What is in a backup is shown to operators and admins alone: what files are called may be as secret as
        what is in them.
      </p>
    );
  }
  if (typeof files === "string") {
    return <p class="pad tone-warn" role="alert">{files}</p>;
  }
  if (files.entries.length === 0) return <p class="pad soft">Nothing lies here.</p>;
  const mayRestore = frame.viewer?.may("POST /backups/{id}/restore") === true;
  return (
    <>
      <RowTable heads={["Name", "Kind", numbers("Size"), "Changed", mayRestore ? "Restore" : null]}>
        {files.entries.map((entry) => (
          <Entry
            frame={frame}
            run={run}
            entry={entry}
            mayRestore={mayRestore}
          />
        ))}
      </RowTable>
      {files.next === null ? null : (
        <div class="pad">
          <a class="button" rel="next" href={filesAddress(frame.paths, run, path, files.next)}>
            More of this folder<Icon name="next" />
          </a>
        </div>
      )}
    </>
  );
}

interface EntryProps {
  frame: Frame;
  run: string;
  entry: FilesView["entries"][number];
  mayRestore: boolean;
}

function Entry({ frame: { paths }, run, entry: { path, type, size, modified_at }, mayRestore }: EntryProps) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return (
    <tr role="row">
      <td role="cell" class="said">
        {type === "folder" ? <a href={filesAddress(paths, run, path)}>{`${name}/`}</a> : name}
      </td>
      <td role="cell" data-name="Kind">{type}</td>
      <td role="cell" data-name="Size" class="num">{size === null ? "–" : bytesText(size)}</td>
      <td role="cell" data-name="Changed" class="nowrap">
        {modified_at === null ? "–" : modified_at.slice(0, 16).replace("T", " ")}
      </td>
      {mayRestore
        ? (
          <td role="cell">
            <a href={orderAddress(paths, run, path)}>
              Restore<span class="unseen">{` ${path}`}</span>
            </a>
          </td>
        )
        : null}
    </tr>
  );
}

function OnServer({ frame: { paths, viewer }, run, path }: { frame: Frame; run: string; path: string }) {
  return (
    <section class="card pad stack-s" aria-labelledby="on-server">
      <h2 id="on-server">By the server, into one of its folders</h2>
      {viewer?.may("POST /backups/{id}/restore") === true
        ? (
          <>
            <p>You see exactly what will be done before anything is written.</p>
            <div class="buttons">
              <a class="button main" href={orderAddress(paths, run, path)}>
                <Icon name="restore" />
                {path === "" ? "Restore all of it" : `Restore ${path}`}
              </a>
            </div>
          </>
        )
        : <p class="soft">That takes an admin: the server writes with its own rights.</p>}
    </section>
  );
}
