// The page of one backup, or of a run that brought none: what it is, why it stays or goes, and what can be done with it.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { dayTimeText } from "../../domain/notify/words.ts";
import { bytesText, sizeText } from "../../domain/size_text.ts";
import type { BackupView } from "../../ports/views/backup.ts";
import type { ExplainView } from "../../ports/views/explain.ts";
import type { BackupVerificationView } from "../../ports/views/proof.ts";
import type { FilesView } from "../../ports/views/restores.ts";
import { ActButton } from "../acts/act_button.tsx";
import { Told } from "../acts/told.tsx";
import { Facts, TableOf } from "../components/figure.tsx";
import { agoText } from "../components/time.tsx";
import { type Frame, Page } from "../layout.tsx";
import { filesAddress } from "../restore/addresses.ts";
import { marksOf } from "../restore/moments.ts";
import { secondsText } from "../pictures/trends.ts";

/** What the page is made of. */
export interface BackupReading {
  backup: BackupView;
  /** A text says why it could not be explained. */
  explain: ExplainView | string;
  verification: BackupVerificationView | string;
  timezone: string;
  /** What lies in a folder of it; null: nobody asked. */
  files: { path: string; found: FilesView | string } | null;
}

interface BackupPageProps {
  frame: Frame;
  reading: BackupReading;
}

/** The page itself. */
export function BackupPage({ frame, reading }: BackupPageProps) {
  const { backup, timezone } = reading;
  const name = backup.id ?? backup.run_id;
  const back = frame.paths.backup(backup.run_id);
  return (
    <Page frame={frame} title={name} zone={timezone}>
      <p class="soft">
        <a href={frame.paths.job(backup.job)}>{backup.job}</a>
      </p>
      <div class="head">
        <h1>{headOf(reading, frame.now)}</h1>
        <span class="badges">
          {marksOf(backup).map(({ words, tone }) => <span class={`badge ${tone}`}>{words}</span>)}
        </span>
        <div class="buttons">
          <Acts frame={frame} backup={backup} back={back} />
        </div>
      </div>
      <Facts facts={factsOf(reading, zoneOf(timezone), frame.now)} />
      <Why frame={frame} reading={reading} />
      {backup.state === "available" ? <Restore frame={frame} reading={reading} name={name} /> : null}
      <Proofs reading={reading} now={frame.now} />
      <p>
        <a href={frame.paths.run(backup.run_id)}>What happened to its run, and its output</a>
      </p>
      <Deletion frame={frame} backup={backup} back={back} />
    </Page>
  );
}

function Why({ frame, reading }: BackupPageProps) {
  const { backup, timezone, explain } = reading;
  return (
    <section class="card pad stack-s" aria-labelledby="why">
      <h2 id="why">{backup.state === "available" ? "Why it stays, and until when" : "What became of it"}</h2>
      {typeof explain === "string" ? <p class="tone-warn">{explain}</p> : (
        <>
          <ul class="plain">
            {notesOf(explain, zoneOf(timezone), frame.now).map((note) => (
              <li>
                <Told frame={frame} text={note} back={frame.paths.backup(backup.run_id)} zone={timezone} />
              </li>
            ))}
          </ul>
          {explain.levels.length === 0 ? null : <Levels explain={explain} frame={frame} />}
        </>
      )}
    </section>
  );
}

function Acts({ frame, backup, back }: { frame: Frame; backup: BackupView; back: string }) {
  const one = { frame, of: backup.run_id, back };
  if (backup.state !== "available") return null;
  return (
    <>
      {backup.hold === null ? <ActButton {...one} act="hold" words="Hold" isMain /> : (
        <ActButton
          {...one}
          act="release"
          words="Release"
        />
      )}
      <ActButton {...one} act="verify" words="Verify" />
      {backup.lock === null ? null : <ActButton {...one} act="ask_again" words="Ask its storage again" />}
      {backup.suspect || backup.rejected
        ? (
          <>
            {backup.verification === "failed"
              ? <ActButton {...one} act="accept_damaged" words="Accept although damaged" />
              : <ActButton {...one} act="accept" words="Accept" />}
            {backup.rejected ? null : <ActButton {...one} act="reject" words="Reject" />}
          </>
        )
        : null}
    </>
  );
}

/** Apart from everything else: whoever comes to restore shall not meet it. */
function Deletion({ frame, backup, back }: { frame: Frame; backup: BackupView; back: string }) {
  const isThere = backup.state === "available" || backup.leftover !== null;
  if (!isThere || backup.hold !== null || frame.viewer?.may("DELETE /backups/{id}") !== true) return null;
  return (
    <section class="card pad stack-s" aria-labelledby="delete">
      <h2 id="delete">Delete it by hand</h2>
      <p class="soft">
        Whatever the policy says. You see what would be left, and type it twice, before anything is deleted.
      </p>
      <div class="buttons">
        <ActButton frame={frame} act="delete" of={backup.run_id} back={back} words="Delete …" />
      </div>
    </section>
  );
}

function headOf({ backup, timezone }: BackupReading, now: number): string {
  const time = backup.period_time ?? backup.start_time ?? backup.slot;
  const when = time === null ? "an unknown time" : dayTimeText(Date.parse(time), now, zoneOf(timezone));
  return backup.state === "available" ? `The backup of ${when}` : `The run of ${when}: ${backup.state}`;
}

function factsOf(
  { backup, verification }: BackupReading,
  zone: ReturnType<typeof zoneOf>,
  now: number,
): { term: string; text: string }[] {
  const when = (time: string) =>
    `${dayTimeText(Date.parse(time), now, zone)}, ${agoText(Date.parse(time), now)}`;
  const { id, data_id, size_mb, start_time, end_time, hold, lock, custom_data } = backup;
  const facts = [{ term: "Run", text: backup.run_id }];
  if (id !== null) facts.unshift({ term: "Backup", text: id });
  if (data_id !== null && data_id !== id) facts.push({ term: "Data", text: data_id });
  facts.push({ term: "Size", text: size_mb === null ? "not known" : sizeText(size_mb) });
  if (start_time !== null) facts.push({ term: "Began", text: when(start_time) });
  if (start_time !== null && end_time !== null) {
    const seconds = (Date.parse(end_time) - Date.parse(start_time)) / 1000;
    if (seconds >= 0) facts.push({ term: "Took", text: secondsText(seconds) });
  }
  if (backup.verification !== "none" && backup.verified_at !== null) {
    const word = backup.verification === "passed" ? "Proved" : "Cannot be restored";
    facts.push({ term: word, text: when(backup.verified_at) });
  }
  if (typeof verification === "string") facts.push({ term: "Verifications", text: verification });
  else facts.push(...lastProofs(verification, when));
  if (hold !== null) {
    const until = hold.until === null ? "until somebody releases it" : `until ${when(hold.until)}`;
    facts.push({
      term: "Held",
      text: `${until}${hold.owner === null ? "" : `, by ${hold.owner}`}${
        hold.reason === null ? "" : `: ${hold.reason}`
      }`,
    });
  }
  if (lock !== null) {
    facts.push({
      term: "Locked",
      text: lock.until === null ? "by its storage" : `by its storage until ${when(lock.until)}`,
    });
  }
  if (custom_data !== null && custom_data !== "") {
    facts.push({ term: "Its provider says", text: custom_data });
  }
  return facts;
}

/** What the word of record does not say: that one is under way, and that the last one found nothing out. */
function lastProofs(
  { verifications }: BackupVerificationView,
  when: (time: string) => string,
): { term: string; text: string }[] {
  const facts: { term: string; text: string }[] = [];
  const said = (message: string | null) => message === null || message === "" ? "" : `: ${message}`;
  const open = verifications.find(({ ended_at }) => ended_at === null);
  if (open !== undefined) {
    facts.push({
      term: "Being verified",
      text: `asked for ${when(open.created_at)}, ${open.method}${said(open.message)}`,
    });
  }
  const last = verifications.find(({ ended_at }) => ended_at !== null);
  if (last !== undefined && last.state !== "passed" && last.state !== "failed") {
    const words = last.state === "inconclusive"
      ? "inconclusive, nothing was found out"
      : "cut off for a backup that was due";
    facts.push({ term: "Last verification", text: `${words}, ${when(last.ended_at!)}${said(last.message)}` });
  }
  return facts;
}

/** When it goes first, for that is what people ask. */
function notesOf({ fate, notes }: ExplainView, zone: ReturnType<typeof zoneOf>, now: number): string[] {
  const told = [...notes];
  const at = fate?.fate === "goes" ? fate.deleted_at ?? fate.at : null;
  if (at === null) return told;
  const when = `${dayTimeText(Date.parse(at), now, zone)} (${agoText(Date.parse(at), now)})`;
  return [`It goes ${when}, unless something changes.`, ...told];
}

function Levels({ explain, frame }: { explain: ExplainView; frame: Frame }) {
  const rows = explain.levels.map(({ level, period, rank, limit, instead }) => [
    level,
    period,
    rank === null
      ? instead === null
        ? "another stands for it"
        : { text: `${instead.id ?? instead.run_id} stands for it`, href: frame.paths.backup(instead.run_id) }
      : `${rank} of ${limit}`,
    rank !== null && rank <= limit ? "yes" : "no",
  ]);
  const head = ["Level", "Period", "Place", "Keeps it"];
  return <TableOf table={{ caption: "How it stands at each level", head, rows, note: null }} />;
}

function Restore({ frame, reading, name }: { frame: Frame; reading: BackupReading; name: string }) {
  const { backup, files } = reading;
  const path = frame.paths.backup(backup.run_id);
  return (
    <section class="card pad stack-s" aria-labelledby="restore">
      <h2 id="restore">Restore it</h2>
      <p>
        <a href={filesAddress(frame.paths, backup.run_id)}>Choose what of it, and where to</a>
      </p>
      <p>On the machine that is to have it, as whoever is to own it:</p>
      <pre class="words">{`schelly backups restore ${name} --job ${backup.job} --to /path/to/an/empty/folder`}</pre>
      {files === null
        ? (
          <p>
            <a href={`${path}?browse=/#files`}>Look what is in it</a>{" "}
            <span class="faint">(asks its provider)</span>
          </p>
        )
        : <Files {...files} path={files.path} at={path} />}
    </section>
  );
}

function Files({ path, found, at }: { path: string; found: FilesView | string; at: string }) {
  if (typeof found === "string") return <p id="files" class="tone-warn">{found}</p>;
  const into = (folder: string) => `${at}?browse=${encodeURIComponent(folder)}#files`;
  const up = path.replace(/\/[^/]*\/?$/, "") || "/";
  const rows = found.entries.map(({ path: own, type, size }) => [
    type === "folder" ? { text: own, href: into(own) } : own,
    type,
    size === null ? "–" : bytesText(size),
  ]);
  return (
    <div id="files">
      <p>{path} {path === "/" ? null : <a href={into(up)}>One folder up</a>}</p>
      <TableOf
        table={{
          caption: `What lies in ${path}`,
          head: ["Path", "Kind", "Size"],
          rows,
          note: found.next === null
            ? null
            : "There is more than is listed here: schelly backups browse lists all of it.",
        }}
      />
    </div>
  );
}

function Proofs({ reading: { verification, timezone }, now }: { reading: BackupReading; now: number }) {
  if (typeof verification === "string" || verification.verifications.length === 0) {
    return null;
  }
  const zone = zoneOf(timezone);
  const rows = verification.verifications.map(({ created_at, method, state, message, restore_seconds }) => [
    dayTimeText(Date.parse(created_at), now, zone),
    method,
    state,
    restore_seconds === null ? "–" : secondsText(restore_seconds),
    message ?? "",
  ]);
  return (
    <section class="card" aria-labelledby="proofs">
      <h2 id="proofs" class="pad">Verifications</h2>
      <TableOf
        table={{
          caption: "Its verifications, newest first",
          head: ["When", "How", "Result", "Restore took", "Words"],
          rows,
          note: null,
        }}
      />
    </section>
  );
}
