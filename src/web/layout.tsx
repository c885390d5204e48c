// The frame of every page: the five places, the search, who looks, and what is below.

import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { Notice } from "./notices.ts";
import { Icon, type IconName } from "./components/icon.tsx";
import type { Viewer } from "./deps.ts";
import { Lost } from "./lost.tsx";
import type { Paths } from "./paths.ts";

/** What every page is drawn with. */
export interface Frame {
  paths: Paths;
  /** Null: nobody yet, on the page of the log-in and of errors before it. */
  viewer: Viewer | null;
  version: string;
  /** What was done just before. */
  notice?: Notice;
  /** Why nothing can be done here; absent: it can. */
  standby?: string;
  /** UTC ms. */
  now: number;
}

type Place = "overview" | "restore" | "deletions" | "activity" | "settings";

const PLACES: readonly (readonly [Place & IconName, string])[] = [
  ["overview", "Overview"],
  ["restore", "Restore"],
  ["deletions", "Deletions"],
  ["activity", "Activity"],
  ["settings", "Settings"],
];

/** htmx without what the policy of the page forbids. */
const HTMX_CONFIG = JSON.stringify({
  includeIndicatorCSS: false,
  extensions: "none",
  // What went wrong is no part of a page: the script says it in its own place.
  noSwap: [204, 304, "4xx", "5xx"],
});

interface PageProps {
  frame: Frame;
  title: string;
  place?: Place;
  /** Whose times are shown, where there are any. Null: each says its own. */
  zone?: string | null;
  /** What the search was asked for. */
  find?: string;
  /** Reloads the page from here at once, in a browser that has come from elsewhere. */
  again?: boolean;
  children?: Child;
}

/** A whole page. */
export function Page({ frame, title, place, zone, find, again, children }: PageProps) {
  const { paths, viewer, version } = frame;
  return (
    <>
      {raw("<!doctype html>")}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>{`${title} · Schelly`}</title>
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="htmx-config" content={HTMX_CONFIG} />
          {again ? <meta http-equiv="refresh" content="0" /> : null}
          <link rel="icon" type="image/svg+xml" href={paths.asset("mark.svg")} />
          <link rel="stylesheet" href={paths.asset("style.css")} />
          <link rel="stylesheet" href={paths.asset("pictures.css")} />
          <script src={paths.asset("htmx.js")} defer></script>
          <script src={paths.asset("page.js")} defer></script>
        </head>
        <body>
          <a class="skip" href="#main">To the content</a>
          <header class="top">
            <div class="top-in">
              <a class="brand" href={paths.overview}>
                <Mark />Schelly
              </a>
              {viewer === null ? null : <Places paths={paths} place={place} />}
              {viewer === null ? null : <TopEnd paths={paths} viewer={viewer} find={find} />}
            </div>
          </header>
          <main id="main" tabindex={-1}>
            {viewer === null ? null : <Lost paths={paths} />}
            {frame.standby === undefined || viewer === null ? null : <Standby words={frame.standby} />}
            {frame.notice === undefined ? null : <Said notice={frame.notice} />}
            {children}
          </main>
          <footer class="foot">
            <span>Schelly {version}</span>
            {viewer === null ? null : <span>{timesText(zone)}</span>}
          </footer>
        </body>
      </html>
    </>
  );
}

function timesText(zone: string | null | undefined): string {
  if (zone === undefined) return "Point at a time to read it in full.";
  const whose = zone === null ? "Each time is said with its zone" : `Times are in ${zone}`;
  return `${whose}; point at one to read it in full.`;
}

function Places({ paths, place }: { paths: Paths; place?: Place }) {
  return (
    <nav aria-label="Places">
      <ul class="places">
        {PLACES.map(([name, words]) => (
          <li>
            <a href={paths[name]} aria-current={name === place ? "page" : undefined}>
              <Icon name={name} />
              {words}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function TopEnd({ paths, viewer, find }: { paths: Paths; viewer: Viewer; find?: string }) {
  const { caller, hasSession, csrf } = viewer;
  return (
    <div class="top-end">
      <form class="find" action={paths.overview} role="search">
        <input
          type="search"
          name="find"
          value={find ?? ""}
          placeholder="Find a job"
          aria-label="Find a job"
          data-find
        />
        <Icon name="search" />
        <kbd aria-hidden="true">/</kbd>
      </form>
      <span
        class="live"
        role="status"
        data-live-sign=""
        data-state="waiting"
        data-stream={paths.live}
        data-worker={paths.asset("live_worker.js")}
      >
      </span>
      <div class="who">
        <span class="name">
          <b>{caller.name}</b> <span class="role">{caller.role}</span>
        </span>
        {hasSession
          ? (
            <form method="post" action={paths.logOut}>
              <input type="hidden" name="csrf" value={csrf} />
              <button class="button quiet" type="submit">
                <Icon name="log_out" />
                <span class="unseen">Log out</span>
              </button>
            </form>
          )
          : null}
      </div>
    </div>
  );
}

function Standby({ words }: { words: string }) {
  return (
    <div class="note warn" role="status">
      <Icon name="wait" />
      <div>{words}.</div>
    </div>
  );
}

function Said({ notice: { words, href } }: { notice: Notice }) {
  return (
    <div class="note good said" role="status" tabindex={-1} autofocus>
      <Icon name="good" />
      <div>
        {words} {href === undefined ? null : <a href={href}>Look at it</a>}
      </div>
    </div>
  );
}

function Mark() {
  return (
    <svg class="shell" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M12 20C7 20 2.500 15.500 3 10.500 3.400 6.400 7.200 4 12 4s8.600 2.400 9 6.500C21.500 15.500 17 20 12 20Z" />
      <path d="M12 20V8M12 20 7 7.500M12 20l5-12.500" />
    </svg>
  );
}
