// The first page while there is nothing to show: how to begin.

import type { Frame } from "../layout.tsx";
import { ActButton } from "../acts/act_button.tsx";

const SMALLEST = `jobs:
  - name: postgres
    provider: { url: "http://schelly-restic:7070/backups" }`;

const RESTIC = `jobs:
  - name: home
    schedule: "0 2 * * *"
    provider:
      restic:
        repository: /mnt/backup/home
        password_file: /etc/schelly/home-password
        paths: [/home]
    retention: { daily: 7, weekly: 4, monthly: 6 }`;

/** What to do first. */
export function FirstRun({ frame }: { frame: Frame }) {
  return (
    <div class="stack">
      <div class="stack-s">
        <h1>Nothing is backed up yet.</h1>
        <p class="lead">
          No job is configured. Three ways to begin; an edit of the file takes effect by itself.
        </p>
      </div>
      <div class="columns">
        <section class="card pad stack-s">
          <h2>Be asked</h2>
          <p class="soft">Four questions, and a file that is valid comes of it:</p>
          <pre class="code">schelly init</pre>
        </section>
        <section class="card pad stack-s">
          <h2>A folder, by restic</h2>
          <p class="soft">Schelly runs restic itself:</p>
          <pre class="code">{RESTIC}</pre>
        </section>
        <section class="card pad stack-s">
          <h2>A provider over HTTP</h2>
          <p class="soft">Whatever speaks the small protocol of providers:</p>
          <pre class="code">{SMALLEST}</pre>
        </section>
      </div>
      <p class="soft">
        <code>schelly validate config</code> says what is wrong with a file before it counts.{" "}
        <code>schelly man</code> prints every command, <code>schelly config schema</code> every key.
      </p>
      <div class="buttons">
        <ActButton frame={frame} act="reload" back={frame.paths.overview} />
      </div>
    </div>
  );
}
