// The lists of runs and events, and one run.
// Also tests asked_activity.ts, run_page.tsx, event_table.tsx, job_zones.ts, moment.tsx, run_status.tsx, run_table.tsx and sentence.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { STATUSES } from "../../../src/domain/backup.ts";
import { EVENT_TYPES } from "../../../src/ports/events.ts";
import {
  activityAddress,
  ENDS,
  KINDS,
  readActivity,
  typesOf,
} from "../../../src/web/activity/asked_activity.ts";
import { ActivityPage } from "../../../src/web/activity/activity.tsx";
import { RunPage } from "../../../src/web/activity/run_page.tsx";
import { Moment } from "../../../src/web/components/moment.tsx";
import { jobZones } from "../../../src/web/components/job_zones.ts";
import { tookText } from "../../../src/web/components/run_table.tsx";
import { readable, sentence } from "../../../src/web/components/sentence.ts";
import { testRun } from "../../support/memory_reads.ts";
import { testFrame, testWeb } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const NOW = Date.UTC(2026, 2, 1, 12);
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

test("each end of a run and each kind of event is of exactly one choice beside all", () => {
  for (const status of STATUSES) {
    const choices = Object.values(ENDS).filter(({ statuses }) =>
      (statuses as readonly string[] | undefined)?.includes(status)
    );
    assert.equal(choices.length, 1, status);
  }
  for (const type of EVENT_TYPES) {
    const choices = Object.values(KINDS).filter(({ begins }) =>
      begins.some((begin) => type.startsWith(begin))
    );
    // What people do to a job is told of the program as well.
    assert.ok(choices.length === 1 || /^job\./.test(type) || /^(sheet|store|http)\./.test(type), type);
  }
  assert.equal(typesOf("all"), undefined);
  assert.ok(typesOf("deletions")!.includes("delete.done"));
});

test("an address that asks for nothing has what is usual, one of ours is read as written, any other is refused", async () => {
  const usual = {
    view: "runs",
    job: "",
    end: "all",
    trigger: "",
    kind: "all",
    cursor: "",
    before: undefined,
  } as const;
  assert.deepEqual(readActivity(() => undefined), usual);
  assert.equal(activityAddress("/ui/activity", usual), "/ui/activity");
  const asked = { ...usual, view: "events", job: "a b", kind: "people", before: 12 } as const;
  const query = new URL(activityAddress("/ui/activity", asked), "http://x").searchParams;
  assert.deepEqual(readActivity((name) => query.get(name) ?? undefined), asked);
  for (
    const [wrong, words] of [
      ["end=failed", /end=failed: expected all, good, bad, open, skipped, gone/],
      ["kind=constructor", /kind=constructor: expected all, runs, deletions/],
      ["trigger=me", /trigger=me: expected schedule, /],
      ["view=x", /view=x: expected runs, events/],
      ["before=-1", /before=-1: expected the number of an event/],
    ] as const
  ) {
    const answer = await testWeb().browser().get(`/ui/activity?${wrong}`);
    assert.equal(answer.status, 400, wrong);
    assert.match(await answer.text(), words);
  }
});

test("runs are listed with what became of them, filtered, and paged by the store", async () => {
  const { browser, reads } = testWeb();
  reads.runRows = [
    testRun({ runId: "r1", job: "home", message: "snapshot saved", sizeMb: 1_200 }),
    testRun({ runId: "r2", job: "db", status: "failed", message: "connection refused" }),
  ];
  const one = browser();
  const all = await (await one.get("/ui/activity")).text();
  assert.match(all, /href="\/ui\/runs\/r1"/);
  assert.match(all, /1\.2 GB/);
  assert.match(all, /connection refused/);
  const bad = await (await one.get("/ui/activity?end=bad&job=db")).text();
  assert.match(bad, /connection refused/);
  assert.doesNotMatch(bad, /snapshot saved/);
  const forged = await one.get("/ui/activity?cursor=forged");
  assert.equal(forged.status, 400);
  assert.match(await forged.text(), /begin with its newest rows/);
});

test("events go back page by page", async () => {
  const { browser, reads } = testWeb();
  for (let at = 0; at < 150; at++) {
    reads.addEvent({ type: "run.available", job: "home", message: `Event no ${at}.` });
  }
  const one = browser();
  const newest = await (await one.get("/ui/activity?view=events")).text();
  assert.match(newest, /Event no 149\./);
  assert.doesNotMatch(newest, /Event no 49\./);
  const [, older] = /<a class="button" rel="next" href="([^"]*)"/.exec(newest)!;
  const rest = await (await one.get(older!.replaceAll("&amp;", "&"))).text();
  assert.match(rest, /Event no 49\./);
  assert.doesNotMatch(rest, /rel="next"/);
  assert.match(
    await (await one.get("/ui/activity?view=events&kind=deletions")).text(),
    /No event is like that/,
  );
});

test("a run is told step by step, with its provider's words, what to do, and what its tool printed", async () => {
  const { browser, reads } = testWeb();
  reads.runRows = [
    testRun({
      runId: "r-output",
      job: "db",
      status: "failed",
      message: "dial tcp 10.0.0.1:5432: connection refused",
    }),
  ];
  reads.addEvent({ type: "run.sending", job: "db", runId: "r-output", message: "Asking for a backup." });

  const one = browser();
  const page = await (await one.get("/ui/runs/r-output")).text();
  for (const words of [/connection refused/, /Asking for a backup\./, /<pre[^>]*>line 1\nline 2<\/pre>/]) {
    assert.match(page, words);
  }
  const led = await one.get("/ui/jobs/db/last-run");
  assert.deepEqual([led.status, led.headers.get("location")], [303, "/ui/runs/r-output"]);
  assert.equal((await one.get("/ui/runs/nowhere")).status, 404);
  assert.equal((await one.get("/ui/jobs/nowhere/last-run")).status, 404);
});

test("a run under way has its progress, can be cancelled, and is kept up to date; one that ended is not", () => {
  const open = testRun({ runId: "r", status: "running", endTime: null, message: "42 % of 1 GB" });
  const running = String(
    RunPage({ frame: testFrame(), zone: "UTC", lastSeconds: null, run: open, events: [], output: null }),
  );
  assert.match(running, /value="42" max="100"/);
  assert.match(running, /42 % of 1 GB/);
  assert.match(running, /\/ui\/acts\/cancel\?of=r&amp;/);
  assert.match(running, /id="live" data-live="db"/);
  const ended = String(
    RunPage({
      frame: testFrame(),
      zone: "UTC",
      lastSeconds: null,
      run: testRun({ runId: "r" }),
      events: [],
      output: null,
    }),
  );
  assert.doesNotMatch(ended, /data-live="/);
  assert.doesNotMatch(ended, /acts\/cancel/);
});

test("what counts for nothing is never plain green: lists, the page of the job and that of the run say why", async () => {
  const { browser, reads } = testWeb();
  reads.runRows = [
    testRun({ runId: "r1", id: "b1", suspectAt: NOW - 9, suspectReason: "it is empty", rejectedAt: NOW - 5 }),
    testRun({ runId: "r2", verification: "failed", verifiedAt: NOW - 5 }),
    testRun({ runId: "r3", suspectAt: NOW - 9, suspectReason: "it is empty" }),
  ];
  const one = browser();
  for (const at of ["/ui/activity", "/ui/jobs/db"]) {
    const html = await (await one.get(at)).text();
    assert.doesNotMatch(html, /badge good">available/, at);
    for (const word of ["rejected", "damaged", "suspect"]) {
      assert.match(html, new RegExp(`badge \\w+">${word}<`), at);
    }
  }
  const run = await (await one.get("/ui/runs/r1")).text();
  assert.match(run, /badge bad">rejected</);
  assert.match(run, /<dt>Rejected<\/dt>/);
  assert.match(run, /<dt>Was suspect<\/dt><dd>it is empty/);
  assert.match(await (await one.get("/ui/backups/r1")).text(), /badge bad">rejected</);
  assert.match(await (await one.get("/ui/runs/r2")).text(), /<dt>Found damaged<\/dt>/);
});

test("hostile text of providers, callers and tools stays text", () => {
  const run = testRun({
    ...{ runId: HOSTILE, job: HOSTILE, message: HOSTILE, id: HOSTILE, dataId: HOSTILE, reason: HOSTILE },
    ...{
      providerKey: HOSTILE,
      status: "failed",
      suspectReason: HOSTILE,
      holdReason: HOSTILE,
      holdOwner: HOSTILE,
    },
    holdAt: NOW - 1,
  });
  const event = {
    seq: 1,
    at: NOW,
    type: "run.failed",
    level: "error",
    job: HOSTILE,
    runId: HOSTILE,
    message: HOSTILE,
  } as const;
  const frame = testFrame();
  const asked = readActivity((name) => name === "job" ? HOSTILE : undefined);
  const pages = [
    RunPage({ frame, zone: "UTC", lastSeconds: null, run, events: [event], output: HOSTILE }),
    RunPage({
      frame,
      zone: "UTC",
      lastSeconds: null,
      run: { ...run, status: "running", endTime: null },
      events: [event],
      output: HOSTILE,
    }),
    ActivityPage({ frame, zones: jobZones([]), asked, runs: { items: [run], cursor: HOSTILE } }),
    ActivityPage({ frame, zones: jobZones([]), asked: { ...asked, view: "events" }, events: [event] }),
  ];
  for (const page of pages) assert.deepEqual(unruly(String(page)), []);
});

test("marks that turn or hide text are written out wherever a page shows words of others", async () => {
  const { browser, reads } = testWeb();
  const words = "kept\u202e for\u2066 the\u200f audit\u061c";
  reads.runRows = [
    testRun({
      ...{ runId: "r", job: "home", status: "failed", message: words, suspectReason: words },
      ...{ holdAt: NOW - 1, holdOwner: words, holdReason: words },
    }),
  ];
  reads.addEvent({ type: "run.failed", job: "home", runId: "r", message: words });
  for (const path of ["/ui/runs/r", "/ui/activity", "/ui/activity?view=events"]) {
    const page = await (await browser().get(path)).text();
    assert.ok(page.includes("kept\\u{202e} for\\u{2066} the\\u{200f} audit\\u{61c}"), path);
    assert.doesNotMatch(page, /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/, path);
  }
});

test("what a job did is told in its zone, on Activity and at the run, and the page says in which", async () => {
  const at = Date.UTC(2026, 2, 1, 8, 47);
  const run = testRun({ runId: "r", job: "db", startTime: at, slot: at, endTime: at, message: null });
  const event = {
    seq: 1,
    at,
    type: "run.available",
    level: "info",
    job: "db",
    message: "It is there.",
  } as const;
  const frame = testFrame();
  const one = [{ job: "db", timezone: "Asia/Kolkata" }];
  const asked = readActivity(() => undefined);
  const told = {
    runs: (jobs = one, job = "") =>
      String(
        ActivityPage({ frame, asked: { ...asked, job }, zones: jobZones(jobs), runs: { items: [run] } }),
      ),
    events: (jobs = one) =>
      String(
        ActivityPage({
          ...{ frame, zones: jobZones(jobs) },
          asked: { ...asked, view: "events" },
          events: [event, { ...event, job: undefined }],
        }),
      ),
    run: () =>
      String(RunPage({ frame, run, zone: "Asia/Kolkata", lastSeconds: null, events: [event], output: null })),
  };
  for (const page of [told.runs(), told.events(), told.run()]) {
    assert.match(page, />14:17(:00)?<\/time>/);
    assert.doesNotMatch(page, />08:47/);
    assert.match(page, /Times are in Asia\/Kolkata;/);
  }
  const two = [...one, { job: "home", timezone: "Europe/Berlin" }];
  assert.match(told.runs(two), />14:17 \+05:30<[^]*Each time is said with its zone;/);
  assert.match(told.events(two), />14:17 \+05:30<[^]*>08:47 UTC</);
  assert.match(told.runs(two, "db"), />14:17<[^]*Times are in Asia\/Kolkata;/);

  const { browser, reads } = testWeb();
  reads.runRows = [testRun({ runId: "r", job: "home" })];
  for (const path of ["/ui/activity", "/ui/runs/r"]) {
    assert.match(await (await browser().get(path)).text(), /Times are in [A-Z]/, path);
  }
});

test("times, spans and causes are written as people read them", () => {
  assert.match(String(Moment({ at: NOW - 3_600_000 + 7_000, now: NOW, hasSeconds: true })), />11:00:07</);
  assert.match(String(Moment({ at: NOW - 26 * 3_600_000, now: NOW, zone: "Europe/Berlin" })), />Sat 11:00</);
  const took = (seconds: number) => tookText({ startTime: NOW, endTime: NOW + seconds * 1_000 });
  assert.deepEqual([took(4), took(119), took(130), took(7_400)], ["4 s", "119 s", "2 min", "2 h 3 min"]);
  assert.equal(tookText({ startTime: NOW, endTime: null }), "–");
  assert.equal(sentence("start it, then wait", NOW), "Start it, then wait.");
  assert.equal(
    readable("frozen since 2026-02-28T02:00:00.000Z, until then", NOW),
    "frozen since Sat 02:00, until then",
  );
});
