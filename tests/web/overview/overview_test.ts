// The first page: what is wrong first, in words; then the jobs.
// Also tests first_run.tsx, job_table.tsx, troubles.tsx, empty.tsx, pager.tsx, running.tsx, size_line.tsx and
// storage_line.tsx.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthState } from "../../../src/domain/health.ts";
import { emptyDay, type JobDay } from "../../../src/domain/job_days.ts";
import type { StatusView } from "../../../src/ports/views/status.ts";
import type { Frame } from "../../../src/web/layout.tsx";
import type { Look } from "../../../src/web/look.ts";
import { latelyOf, OverviewPage, summaryOf } from "../../../src/web/overview/overview.tsx";
import { readAsked, rowsOf } from "../../../src/web/overview/rows.ts";
import { testJob } from "../../support/fake_operations.ts";
import { testFrame } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const WELL: StatusView = {
  instance: { role: "active", node: null, active: null, same_configuration: null },
  ...{ at: "2026-03-01T12:00:00.000Z", well: true, jobs: 41, by_state: { ok: 41 }, not_due_count: 0 },
  ...{ providers: [], providers_count: 0 },
  ...{ unwell_count: 0, unwell: [], deletions: { under_way: 0, planned: 0, refused: 0 }, notes: [] },
};
const LOOK: Look = {
  jobs: [testJob("home")],
  status: { ...WELL, jobs: 1 },
  lately: { made: 43, failed: 1, deleted: 17 },
  storage: { stored: 0, days: [] },
};
type Kinds = Partial<Record<HealthState, number>>;

/** So many jobs of each word; those that run have no backup yet. */
function lookOf(kinds: Kinds): Look {
  const jobs = Object.entries(kinds).flatMap(([state, count]) =>
    Array.from({ length: count }, (_, at) => {
      const health = { state: state as HealthState, well: state !== "failing", since: null };
      return testJob(`${state}-${at}`, {
        health: { ...health, cause: null, remedy: null, brief: null, words: null, of_all: false },
      });
    })
  );
  return { ...LOOK, jobs, status: { ...WELL, jobs: jobs.length, unwell_count: kinds.failing ?? 0 } };
}
const ASKED = readAsked(() => undefined);
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
const FREEZE = { reason: "moving", owner: "ann", at: Date.UTC(2026, 1, 10), until: null };

const page = (
  look: Look,
  frame: Frame = testFrame(),
  freeze: typeof FREEZE | null = null,
  asked = ASKED,
  days = new Map<string, JobDay[]>(),
) => String(OverviewPage({ frame, look, freeze, asked, rows: rowsOf(look.jobs, asked), days }));

test("one sentence says how all do", () => {
  const note = { name: "clock", wrong: true, message: "it is wrong" };
  const cases: [Kinds, string, StatusView["notes"]?][] = [
    [{ ok: 41 }, "All 41 jobs are safe."],
    [{ ok: 1 }, "The one job is safe."],
    [{ failing: 2, ok: 39 }, "2 of 41 jobs need you. 39 are safe."],
    [{ failing: 1, ok: 40 }, "1 of 41 jobs needs you. 40 are safe."],
    [{ failing: 40, ok: 1 }, "40 of 41 jobs need you. 1 is safe."],
    [{ failing: 1 }, "The one job needs you."],
    [{ failing: 3 }, "3 of 3 jobs need you."],
    [{ ok: 41 }, "All 41 jobs are safe. Something else needs you.", [note]],
    [{ ok: 41 }, "All 41 jobs are safe.", [{ ...note, wrong: false }]],
    [{ paused: 1 }, "The one job is resting."],
    [{ ok: 2, paused: 1 }, "Of 3 jobs 2 are safe, 1 resting."],
  ];
  for (const [kinds, words, notes = []] of cases) {
    const seen = lookOf(kinds);
    assert.equal(summaryOf({ ...seen, status: { ...seen.status, notes } }), words);
  }
});

test("only a job that has a good backup is safe: one that waits for its first, or makes it, is said to", () => {
  assert.equal(summaryOf(lookOf({ never: 1 })), "The one job is not due yet.");
  assert.equal(summaryOf(lookOf({ running: 1 })), "The one job is making its first backup.");
  assert.equal(summaryOf(lookOf({ never: 1, ok: 2 })), "Of 3 jobs 2 are safe, 1 not due yet.");
  assert.equal(
    summaryOf(lookOf({ failing: 1, never: 2, running: 1 })),
    "1 of 4 jobs needs you. 2 are not due yet, 1 making its first backup.",
  );
  const whole = page(lookOf({ never: 1 }));
  assert.match(whole, /badge idle">not due yet/);
  assert.match(whole, /show=not_due"[^>]*>Not due yet <span class="count">1</);
  assert.doesNotMatch(whole, /\bsafe\b/i);
});

test("a second one says what happened, what will go, and whether anything was proved", () => {
  const now = Date.UTC(2026, 2, 1, 12);
  assert.equal(
    latelyOf(LOOK, now),
    "Within 24 h: 43 backups made, 1 run failed, 17 deletions. No job proves that its backups restore.",
  );
  const deletions = { under_way: 1, planned: 12, refused: 2 };
  assert.match(
    latelyOf({ ...LOOK, status: { ...WELL, deletions } }, now),
    /12 backups will go within a day, 1 deletion under way, 2 deletions refused\./,
  );
});

test("what is wrong is told with its cause, what to do, and buttons for those who may", () => {
  const trouble = {
    job: "postgres",
    provider: "p",
    state: "failing",
    well: false,
    since: "2026-02-27T12:00:00.000Z",
  } as const;
  const status = {
    ...WELL,
    unwell_count: 1,
    unwell: [{
      ...trouble,
      cause: "connection refused",
      remedy: "start it",
      brief: null,
      words: null,
      of_all: false,
    }],
  };
  const whole = page({ ...LOOK, status });
  assert.match(whole, /connection refused/);
  assert.match(whole, /Start it\./);
  assert.match(whole, /\/ui\/acts\/run\?of=postgres&amp;back=%2Fui%2F/);
  assert.match(whole, /\/ui\/jobs\/postgres\/last-run/);
  const viewer = page({ ...LOOK, status }, testFrame({ may: () => false }), FREEZE);
  assert.doesNotMatch(viewer, /\/ui\/acts\//);
});

test("jobs of one cause are one trouble", () => {
  const of = (job: string) => ({
    job,
    provider: "p",
    state: "failing" as const,
    well: false,
    since: null,
    cause: "disk full",
    remedy: null,
    brief: null,
    words: null,
    of_all: false,
  });
  const whole = page({ ...LOOK, status: { ...WELL, unwell_count: 2, unwell: [of("a"), of("b")] } });
  assert.equal([...whole.matchAll(/disk full/g)].length, 1);
});

test("what all jobs store is said with how that went; where no size is known nothing is", () => {
  const day = (ago: number, added: number, freed: number) => ({
    day: Date.UTC(2026, 2, 1) - ago * 86_400_000,
    added,
    freed,
  });
  const storage = { stored: 5e12, days: [day(40, 9e12, 0), day(3, 4e11, 0), day(0, 0, 1e11)] };
  const html = page({ ...LOOK, storage: { ...storage, days: storage.days.slice(1) } });
  assert.match(html, /<b>Stored:<\/b> 5 TB in backups/);
  assert.match(html, /400 GB added, 100 GB freed within 30 days\./);
  assert.match(html, /aria-label="From 4.7 TB to 5 TB within 30 days"/);
  assert.doesNotMatch(page(LOOK), /Stored:/);
});

test("a freeze is said with who, why and how it ends; an old one is not forgotten", () => {
  const whole = page(LOOK, testFrame(), FREEZE);
  assert.match(whole, /All deletions are frozen<\/b> by ann/);
  assert.match(whole, /Not to forget:<\/b> a freeze since 19 d/);
  assert.match(whole, /\/ui\/acts\/unfreeze/);
});

test("a run under way hides nothing that is wrong", () => {
  const health = {
    state: "failing",
    well: false,
    since: null,
    cause: "x",
    remedy: null,
    brief: null,
    words: null,
    of_all: false,
  } as const;
  const running = { run_id: "r", state: "running", since: null, message: "42 % of 1 GB" } as const;
  const whole = page({ ...LOOK, jobs: [testJob("home", { health, running })] });
  assert.match(whole, /badge bad">failing/);
  assert.match(whole, /<progress aria-label="Backup under way" value="42" max="100">/);
});

test("times are told by the clock of the jobs, and each by its own where they have several", () => {
  const at = "2026-03-01T02:00:00.000Z";
  const unwell = [{
    ...{ job: "home", state: "failing" as const, well: false, since: at, remedy: null },
    cause: `no backup since ${at}`,
  }];
  const status = { ...WELL, unwell_count: 1, unwell } as StatusView;
  const berlin = testJob("home", { timezone: "Europe/Berlin", last_success: at });
  const one = page({ ...LOOK, jobs: [berlin], status });
  assert.match(one, /no backup since Sun 03:00[^ +]/);
  assert.match(one, /Times are in Europe\/Berlin/);
  assert.match(one, /title="2026-03-01 03:00:00 \+01:00"/);
  const two = page({ ...LOOK, jobs: [berlin, testJob("far", { timezone: "UTC" })], status });
  assert.match(two, /no backup since Sun 03:00 \+01:00/);
  assert.match(two, /Each time is said with its zone/);
});

test("of many jobs a page shows fifty, with the way to the next, and stays small", () => {
  const jobs = Array.from({ length: 1_000 }, (_, at) => testJob(`job-${at}`, { last_size_mb: 1_200 }));
  const whole = page({ ...LOOK, jobs, status: { ...WELL, jobs: 1_000 } });
  assert.equal([...whole.matchAll(/class="cell-job"/g)].length, 50);
  assert.match(whole, /Page 1 of 20/);
  assert.match(whole, /href="\/ui\/\?page=2"/);
  assert.ok(whole.length < 100_000, `${whole.length}`);
});

test("without any job the page says how to begin", () => {
  const whole = page({ ...LOOK, jobs: [], status: { ...WELL, jobs: 0 } });
  assert.match(whole, /The configuration names no job[\s\S]*restic:[\s\S]*schelly validate config/);
  assert.match(whole, /Nothing is backed up yet/);
});

test("hostile text in every field stays text", () => {
  const said = {
    since: "2026-02-27T12:00:00.000Z",
    cause: HOSTILE,
    remedy: HOSTILE,
    brief: null,
    words: null,
    of_all: false,
  };
  const status = {
    ...WELL,
    unwell_count: 1,
    unwell: [{ job: HOSTILE, provider: "p", state: "failing" as const, well: false, ...said }],
    notes: [{ name: HOSTILE, wrong: true, message: HOSTILE }],
  };
  const job = testJob(HOSTILE, {
    ...{ label: HOSTILE, schedule: HOSTILE, timezone: HOSTILE, provider: HOSTILE },
    health: { state: "failing", well: false, ...said },
    running: { run_id: HOSTILE, state: "running", since: null, message: HOSTILE },
  });
  const asked = { ...ASKED, find: HOSTILE };
  const freeze = { ...FREEZE, reason: HOSTILE, owner: HOSTILE };
  for (const jobs of [[job], []]) {
    const frame = { ...testFrame({ caller: { name: HOSTILE, role: "admin" } }), notice: { words: HOSTILE } };
    assert.deepEqual(unruly(page({ ...LOOK, jobs, status }, frame, freeze, asked)), []);
    assert.deepEqual(unruly(page({ ...LOOK, jobs, status }, frame, freeze)), []);
  }
});

test("a strip tells of the last thirty days, and a line of the size of what was made on them", () => {
  const day = (ago: number, fields: Partial<JobDay>) => ({
    ...emptyDay(Math.floor(Date.UTC(2026, 2, 1) / 86_400_000 - ago) * 86_400_000),
    ...fields,
  });
  const good = (bytes: number) => ({ succeeded: 1, bytes, newestGood: { runId: "r", bytes } });
  const days = new Map([["home", [day(2, good(1e9)), day(1, { failed: 1 }), day(0, good(2e9))]]]);
  const whole = page(LOOK, testFrame(), null, ASKED, days);
  assert.match(
    whole,
    /aria-label="Last 30 days: 2 days good, 1 day \(Sat 28 Feb\) failed, 27 days nothing due"/,
  );
  assert.match(whole, /aria-label="From 1 GB to 2 GB within 30 days"/);
});
