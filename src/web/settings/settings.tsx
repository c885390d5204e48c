// What is configured, who is told, where backups go, and whether the program can do its work.

import type { Context, Hono } from "hono";
import { counted } from "../../domain/count_text.ts";
import type { Readiness } from "../../ports/operations.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { NotifyView } from "../../ports/views/notify.ts";
import type { SettingView } from "../../ports/views/server.ts";
import { ActButton } from "../acts/act_button.tsx";
import { Told } from "../acts/told.tsx";
import { Icon } from "../components/icon.tsx";
import { Empty } from "../components/empty.tsx";
import { Pager } from "../components/pager.tsx";
import { Ago } from "../components/time.tsx";
import type { WebEnv, WebParts } from "../deps.ts";
import { type Frame, Page } from "../layout.tsx";
import { addPlan } from "./plan_routes.tsx";
import { Providers } from "./providers.tsx";
import { jobZones } from "../components/job_zones.ts";
import { readSettingsAsked, settingRows, type SettingsAsked } from "./setting_rows.ts";
import { RowTable } from "../components/row_table.tsx";

/** Adds the routes. */
export function addSettings(
  web: Hono<WebEnv>,
  parts: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  const { operations, look, door } = parts;
  addPlan(web, parts, frameOf);
  web.get("/ui/settings", async (c) => {
    const { caller } = c.get("viewer");
    const [{ jobs }, notify, readiness, settings] = await Promise.all([
      look(),
      operations.notifications(),
      operations.readiness(),
      // What is configured may be as secret as what is backed up: the API tells it to operators.
      door.may("GET /config", caller) ? operations.settings() : null,
    ]);
    const asked = readSettingsAsked((name) => c.req.query(name));
    return c.html(<SettingsPage frame={frameOf(c)} {...{ jobs, notify, readiness, settings, asked }} />);
  });
}

interface SettingsProps {
  frame: Frame;
  jobs: readonly JobView[];
  notify: NotifyView;
  readiness: Readiness;
  /** Null: not for whoever looks. */
  settings: readonly SettingView[] | null;
  asked: SettingsAsked;
}

/** The page itself. */
export function SettingsPage({ frame, jobs, notify, readiness, settings, asked }: SettingsProps) {
  // Of the server itself: the zone of all jobs, else UTC.
  const zone = jobZones(jobs).of(undefined);
  return (
    <Page frame={frame} title="Settings" place="settings" zone={zone}>
      <div class="head">
        <h1>Settings</h1>
        <p class="soft">They are read from files and variables; nothing is edited here.</p>
        <div class="buttons">
          {settings === null ? null : (
            <a class="button" href={frame.paths.plan}>
              <Icon name="look" />Plan an edit
            </a>
          )}
          <ActButton frame={frame} act="reload" back={frame.paths.settings} />
        </div>
      </div>
      <div class="columns wide">
        <Checks frame={frame} readiness={readiness} zone={zone} />
        <Channels frame={frame} notify={notify} zone={zone} />
      </div>
      <Providers frame={frame} jobs={jobs} zone={zone} />
      {settings === null
        ? <p class="soft">The configuration itself is shown to operators and admins.</p>
        : <Configuration frame={frame} settings={settings} asked={asked} />}
    </Page>
  );
}

function Checks({ frame, readiness, zone }: { frame: Frame; readiness: Readiness; zone: string }) {
  return (
    <section class="card" aria-labelledby="checks">
      <div class="bar">
        <h2 id="checks">{readiness.ready ? "Ready" : "Not ready"}</h2>
      </div>
      <ul class="list">
        {readiness.checks.map(({ name, ok, fatal, message }) => (
          <li>
            <span class={`badge ${ok ? "good" : fatal ? "bad" : "warn"}`}>
              {ok ? "ok" : fatal ? "fails" : "look"}
            </span>
            <span>
              <b>{name}</b>{" "}
              <span class="soft">
                <Told frame={frame} text={message} back={frame.paths.settings} zone={zone} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Channels({ frame, notify, zone }: { frame: Frame; notify: NotifyView; zone: string }) {
  return (
    <section class="card" aria-labelledby="channels">
      <div class="bar">
        <h2 id="channels">Who is told</h2>
      </div>
      {notify.channels.length === 0
        ? (
          <Empty icon="bell" words="Nobody is told when something is wrong.">
            <p class="small">
              Name a channel below <code>notify.channels</code> of the configuration.
            </p>
          </Empty>
        )
        : (
          <ul class="list">
            {notify.channels.map(({ name, type, waiting, held_jobs, oldest, error }) => (
              <li>
                <span class={`badge ${error === null ? waiting > 0 ? "busy" : "good" : "bad"}`}>
                  {error === null ? waiting > 0 ? "sending" : "ok" : "deaf"}
                </span>
                <span>
                  <b>{name}</b> <span class="soft">{type}</span>
                  {waiting === 0 ? null : (
                    <span class="soft">
                      {` · ${counted(waiting, "message")} in the outbox, the oldest `}
                      <Ago at={oldest} now={frame.now} zone={zone} />
                    </span>
                  )}
                  {held_jobs === 0 ? null : (
                    <span class="soft">
                      · news of {counted(held_jobs, "job")} wait for the end of quiet hours
                    </span>
                  )}
                  {error === null ? null : <span class="words block">{error}</span>}
                </span>
                <ActButton frame={frame} act="test" of={name} back={frame.paths.settings} />
              </li>
            ))}
          </ul>
        )}
      {notify.rules.length === 0 ? null : (
        <ol class="list numbered">
          {notify.rules.map(({ to, on, jobs, quiet, digest }) => (
            <li>
              <span>
                <b>{to.join(", ")}</b> hears of {on.join(", ").replaceAll("_", " ")} of {jobs.join(", ")}
                {quiet === null ? null : <span class="soft">, quiet {quiet} ({notify.timezone})</span>}
                {digest === "never" ? null : <span class="soft">, {digest} digest</span>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Configuration(
  { frame, settings, asked }: { frame: Frame; settings: readonly SettingView[]; asked: SettingsAsked },
) {
  const { rows, count, page, pages } = settingRows(settings, asked);
  const at = (page: number) => {
    const query = new URLSearchParams({
      ...(asked.key === "" ? {} : { key: asked.key }),
      page: String(page),
    });
    return `${frame.paths.settings}?${query}#configuration`;
  };
  return (
    <section class="card" aria-labelledby="configuration">
      <div class="bar">
        <h2 id="configuration">Configuration</h2>
        <form class="find-job" action={`${frame.paths.settings}#configuration`}>
          <label class="unseen" for="key">Keys or values with</label>
          <input
            id="key"
            type="text"
            name="key"
            value={asked.key}
            placeholder="Keys or values with"
            autocomplete="off"
          />
          <button class="button" type="submit">Show</button>
        </form>
        <span class="soft small">
          {counted(count, "value")} in force, with where each was said; secrets are not shown.
        </span>
      </div>
      {rows.length === 0
        ? <Empty icon="search" words="No key and no value is like that." />
        : (
          <RowTable heads={["Key", "Value", "Said in"]}>
            {rows.map(({ path, value, source }) => (
              <tr role="row">
                <td role="cell" class="mono">{path}</td>
                <td role="cell" class="mono said">{value}</td>
                <td role="cell" class={source === "default" ? "faint" : undefined}>{source}</td>
              </tr>
            ))}
          </RowTable>
        )}
      <Pager page={page} pages={pages} address={at} what="values" />
    </section>
  );
}
