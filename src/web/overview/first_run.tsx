// How to begin: a starting configuration to copy, what it does, and what to do with it.

import { ActButton } from "../acts/act_button.tsx";
import type { Frame } from "../layout.tsx";

const KEPT = `    retention:
      daily: 7
      weekly: 4
      monthly: 6
`;

/** One job by restic; paths are below the folder of the file. */
export const BY_RESTIC = `jobs:
  - name: home
    # each day at 02:00
    schedule: "0 2 * * *"
    timezone: UTC
    provider:
      restic:
        repository: /srv/restic/home
        # made at the first backup
        init: true
        password_file: home-password
        paths: [/home]
${KEPT}`;

/** One by a provider that runs already. */
export const BY_HTTP = `jobs:
  - name: postgres
    schedule: "0 2 * * *"
    timezone: UTC
    provider:
      url: http://127.0.0.1:7070/backups
${KEPT}`;

/** One by commands of one's own. */
export const BY_COMMAND = `jobs:
  - name: database
    schedule: "0 2 * * *"
    timezone: UTC
    provider:
      command:
        create:
          shell: >-
            pg_dump app
            > "/srv/dumps/$SCHELLY_BACKUP_ID"
        delete:
          shell: >-
            rm -f
            "/srv/dumps/$SCHELLY_DATA_ID"
${KEPT}`;

const PASSWORD = "(umask 077; head -c 24 /dev/urandom | base64 > home-password)";

/** What to do first, where a configuration is in force that names no job. */
export function FirstRun({ frame }: { frame: Frame }) {
  return (
    <div class="stack">
      <div class="stack-s">
        <h1>Nothing is backed up yet.</h1>
        <p class="lead">
          The configuration names no job. Put one of these into its file: an edit takes effect by itself.
        </p>
      </div>
      <StartingPoints />
      <div class="buttons">
        <ActButton frame={frame} act="reload" back={frame.paths.overview} />
      </div>
    </div>
  );
}

/** Configurations to begin with, and what else there is to know. */
export function StartingPoints() {
  return (
    <>
      <div class="starts">
        <section class="card pad stack-s" aria-labelledby="by-restic">
          <h2 id="by-restic">A folder, by restic</h2>
          <p class="soft">
            Schelly runs restic itself. The password of the repository is in a file; without it nobody
            restores anything, so keep a copy elsewhere.
          </p>
          <Copied id="restic-password" words="The password, beside the configuration" text={PASSWORD} />
          <Copied id="restic-yaml" words="schelly.yaml" text={BY_RESTIC} />
        </section>
        <section class="card pad stack-s" aria-labelledby="by-http">
          <h2 id="by-http">A provider over HTTP</h2>
          <p class="soft">
            Whatever speaks the small protocol of providers, those of the original among them.
          </p>
          <Copied id="http-yaml" words="schelly.yaml" text={BY_HTTP} />
        </section>
        <section class="card pad stack-s" aria-labelledby="by-command">
          <h2 id="by-command">Commands of your own</h2>
          <p class="soft">
            One that makes a backup, and one that deletes it; more can be named to restore and verify.
          </p>
          <Copied id="command-yaml" words="schelly.yaml" text={BY_COMMAND} />
        </section>
      </div>
      <section class="card pad stack-s" aria-labelledby="then">
        <h2 id="then">And then</h2>
        <ul class="plain">
          <li>
            <code>schelly init</code> asks four questions on a terminal and writes such a file.
          </li>
          <li>
            <code>schelly validate config</code> says what is wrong with a file before it counts.
          </li>
          <li>
            <code>schelly jobs trigger home</code>, or <b>Run now</b>{" "}
            on the page of the job, makes the first backup at once.
          </li>
          <li>
            <code>schelly config schema</code> prints every key for an editor, <code>schelly man</code>{" "}
            every command.
          </li>
        </ul>
      </section>
    </>
  );
}

/** A text with a button that copies it, which the script of the page shows where it can. */
function Copied({ id, words, text }: { id: string; words: string; text: string }) {
  return (
    <div class="copied">
      <div class="copied-head">
        <span class="small faint" id={`${id}-name`}>{words}</span>
        <button class="button quiet" type="button" data-copy={id} aria-describedby={`${id}-name`} hidden>
          Copy
        </button>
      </div>
      <pre class="code" id={id} tabindex={0}>{text}</pre>
    </div>
  );
}
