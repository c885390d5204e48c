// The page of a job: how it does first, then its life, its backups and runs; and what is said when something is not there.
// Also tests job_routes.tsx, job_head.tsx, job_reading.ts, api_reader.ts and components/figure.tsx.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobView } from "../../../src/ports/views/job.ts";
import { JobPage } from "../../../src/web/job/job_page.tsx";
import { type JobReading, STEPS, timelineOf } from "../../../src/web/job/job_reading.ts";
import { authOf } from "../../support/auth_of.ts";
import { testJob } from "../../support/fake_operations.ts";
import { testRun } from "../../support/memory_reads.ts";
import { testFrame, testWeb } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 2, 1, 12);
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
const ASKED = { step: STEPS[0], policy: "" };

function reading(job: Partial<JobView> = {}, rest: Partial<JobReading> = {}): JobReading {
  return {
    job: testJob("home", { policy: "daily=4", ...job }),
    ...{
      backups: [],
      runs: [],
      failed: [],
      forecast: null,
      trial: null,
      restores: [],
      stored: [],
      crowds: [],
    },
    coverage: "not worked out",
    freeze: { frozen: false, reason: null, owner: null, since: null, until: null, on_the_wire: [] },
    departures: "too many backups",
    ...rest,
  };
}

const page = (of: JobReading, frame = testFrame(), asked = ASKED) =>
  String(JobPage({ frame, reading: of, asked }));

/** Five days of backups of the job `db`, the newest of today. */
function fiveDays(web: ReturnType<typeof testWeb>): void {
  web.reads.runRows = Array.from({ length: 5 }, (_, at) => {
    const time = Date.UTC(2026, 2, 1, 2) - at * DAY;
    return testRun({
      runId: `r${at}`,
      id: `b${at}`,
      startTime: time,
      slot: time,
      periodTime: time,
      sizeMb: 1200,
    });
  });
}

test("the page shows each backup with a way to it, the steps of the slider, and the same in words", async () => {
  const web = testWeb();
  fiveDays(web);
  const answer = await web.browser().get("/ui/jobs/db?at=week");
  assert.equal(answer.status, 200);
  const html = await answer.text();
  for (const at of [0, 1, 2, 3, 4]) assert.ok(html.includes(`href="/ui/backups/r${at}"`), `r${at}`);
  assert.match(html, /<dt>Newest that can be restored<\/dt><dd>Sun 1 Mar 02:00, 10 h ago \(b0\)/);
  assert.match(html, /href="\/ui\/jobs\/db\?at=month#life"/);
  assert.match(html, /aria-current="true"[^>]*>\+1 w</);
  const call = web.operations.calls.find(({ name }) => name === "forecast")!;
  assert.deepEqual((call.args[1] as { until: number }).until, NOW + 7 * DAY);
});

test("a job is shown with its runs; one that is not there is said not to be", async () => {
  const { browser, operations, reads } = testWeb();
  operations.names = ["home"];
  reads.runRows = [testRun({ runId: "r1", job: "home", message: "snapshot saved" })];
  const one = browser();
  const page = await (await one.get("/ui/jobs/home")).text();
  assert.match(page, /<h1>home<\/h1>/);
  assert.match(page, /snapshot saved/);
  assert.match(page, /daily at 23:59:59/);
  const gone = await one.get("/ui/jobs/nowhere");
  assert.equal(gone.status, 404);
  assert.match(await gone.text(), /There is no job &#39;nowhere&#39;/);
});

test("the room that backups take over time is among the trends", () => {
  const stored = [{ day: NOW - 2 * DAY, stored: 3e9, added: 3e9, freed: 0 }];
  const html = page(reading({}, { stored }));
  assert.match(html, /<h3>Storage over time<\/h3>/);
  assert.match(html, /<dt>Now<\/dt><dd>3 GB, by what its provider said of each backup/);
});

test("a paused job can be resumed, another one paused; one that left the configuration neither", () => {
  const shown = (fields: Parameters<typeof testJob>[1]) => page(reading(fields));
  assert.match(shown({}), /acts\/pause/);
  assert.match(shown({ paused: true }), /acts\/resume/);
  assert.doesNotMatch(shown({ managed: false }), /\/ui\/acts\//);
});

test("a job that is not there is told as that, and one with a strange name is asked for by it", async () => {
  const web = testWeb();
  const gone = await web.browser().get("/ui/jobs/nobody");
  assert.equal(gone.status, 404);
  assert.match(await gone.text(), /There is no job (&#39;|')nobody/);
  assert.equal((await web.browser().get("/ui/jobs/%2E%2E%2Fstatus")).status, 404);
});

test("a policy that is tried is put over the one in force, and what cannot be read says why", async () => {
  const web = testWeb();
  fiveDays(web);
  web.operations.jobFields = { policy: "daily=4,weekly=2,week_starts=monday" };
  const html = await (await web.browser().get("/ui/jobs/db?policy=daily%3A%203")).text();
  const tried = web.operations.calls.filter(({ name }) => name === "forecast").at(-1)!;
  assert.match((tried.args[1] as { policy: string }).policy, /^daily=3@L,weekly=2@L,week_starts=monday/);
  assert.match(html, /daily: 3(&#39;|') would delete/);
  const wrong = await (await web.browser().get("/ui/jobs/db?policy=dayly%3A%203")).text();
  assert.match(wrong, /role="alert">Cannot read (&#39;|')dayly/);
});

test("what is wrong stands in the head with what to do; a run under way does not hide it", () => {
  const html = page(reading({
    health: {
      state: "failing",
      well: false,
      since: "2026-02-27T12:00:00.000Z",
      cause: "connection refused",
      remedy: "start the storage",
      brief: "storage gone",
      words: null,
      of_all: false,
    },
    running: { run_id: "r9", state: "running", since: "2026-03-01T11:00:00.000Z", message: "42 %" },
    retry: { attempt: 2, of: 2, next_at: "2026-03-01T12:40:00.000Z", cause: "connection refused" },
    guards: [{ guard: "max_percent", since: null, latched: true, message: "38 of 60 would go" }],
  }));
  const head = html.slice(html.indexOf("<h1"), html.indexOf('id="life"'));
  assert.match(head, /failing/);
  assert.match(head, /connection refused/i);
  assert.match(head, /start the storage/i);
  assert.match(head, /42 %/);
  assert.match(head, /try 2 of 2/);
  assert.match(head, /Nothing is deleted:<\/b> 38 of 60 would go/);
  assert.ok(
    !/delete|approve/i.test(
      /<div class="buttons">.*?<\/div>/s.exec(head)![0].replace("What will be deleted", ""),
    ),
  );
});

test("a guard that the health of the job tells is told once, with the way to approve; others stand beside it", () => {
  const count = (html: string, words: RegExp) => [...html.matchAll(words)].length;
  const health = {
    state: "guarded",
    well: false,
    since: null,
    remedy: "see it, then answer it",
    brief: null,
    words: null,
    of_all: false,
  } as const;
  const latched = {
    guard: "too_many",
    since: null,
    latched: true,
    message: "38 of 60 would go: look with 'x'",
  };
  const freeze = { guard: "freeze", since: null, latched: false, message: "deletions are frozen" };
  const one = page(reading({
    health: { ...health, cause: "38 of 60 would go (guard too_many)" },
    guards: [latched, freeze],
  }));
  const head = one.slice(one.indexOf("<h1"), one.indexOf('id="life"'));
  assert.equal(count(head, /38 of 60 would go/g), 1);
  assert.equal(count(head, /acts\/approve/g), 1);
  assert.match(head, /Nothing is deleted:<\/b> 38 of 60/);
  assert.match(head, /See it, then answer it/);
  assert.match(head, /deletions are frozen/);
  const cause = "the newest backup 'b1' is suspect (it is empty): nothing is deleted";
  const suspect = page(reading({
    health: { ...health, state: "suspect", cause },
    guards: [{ guard: "newest_suspect", since: null, latched: false, message: `${cause}; look at it` }],
  }));
  assert.equal(count(suspect.slice(suspect.indexOf("<h1"), suspect.indexOf('id="life"')), /it is empty/g), 1);
});

test("whoever may only look has no button that acts", async () => {
  const web = testWeb({ auth: await authOf([{ name: "grafana", role: "viewer", token: "t" }]) });
  const one = web.browser();
  await one.send("/ui/login", { token: "t" });
  const html = await (await one.get("/ui/jobs/db")).text();
  assert.ok(!html.includes("/ui/acts/"));
});

test("a freeze, a guard, a pause and a job that left are said to stop what would go", () => {
  const departures = {
    ...{ job: "home", timezone: "UTC", from: "2026-03-01T12:00:00.000Z", until: "2027-03-01T12:00:00.000Z" },
    ...{ reached: "2027-03-01T12:00:00.000Z", going: [], passing: 0 },
  };
  const stop = (job: Partial<JobView>, rest: Partial<JobReading> = {}) => {
    const { foreseen } = timelineOf(reading(job, { departures, ...rest }), NOW, (runId) => runId);
    return typeof foreseen === "string" ? foreseen : foreseen.stopped;
  };
  const frozen = { frozen: true, reason: "moving", owner: null, since: null, until: null, on_the_wire: [] };
  assert.equal(stop({}), null);
  assert.equal(stop({}, { freeze: frozen }), "all deletions are frozen (moving)");
  assert.equal(stop({ paused: true }), "the job is paused");
  assert.equal(stop({ enabled: false }), "the job is disabled");
  assert.equal(stop({ managed: false }), "the job left the configuration");
});

test("what others wrote stays a text", () => {
  const html = page(
    reading({
      job: HOSTILE,
      provider: HOSTILE,
      health: {
        state: "failing",
        well: false,
        since: null,
        cause: HOSTILE,
        remedy: HOSTILE,
        brief: null,
        words: null,
        of_all: false,
      },
      guards: [{ guard: HOSTILE, since: null, latched: true, message: HOSTILE }],
    }, { departures: HOSTILE, trial: HOSTILE, forecast: HOSTILE }),
    testFrame(),
    { ...ASKED, policy: HOSTILE },
  );
  assert.deepEqual(unruly(html), []);
});
