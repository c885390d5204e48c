// Which rows a page of the table has, and what is said of them beside it. Also tests forgotten.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthState } from "../../../src/domain/health.ts";
import type { JobView } from "../../../src/ports/views/job.ts";
import { forgottenWords } from "../../../src/web/overview/forgotten.ts";
import { PAGE_ROWS, readAsked, rowsOf } from "../../../src/web/overview/rows.ts";
import { testJob } from "../../support/fake_operations.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 2, 1, 12);
const ALL = readAsked(() => undefined);

function job(name: string, state: HealthState, fields: Partial<JobView> = {}): JobView {
  const well = !["failing", "late", "guarded"].includes(state);
  return testJob(name, {
    health: { state, well, since: null, cause: null, remedy: null, brief: null, words: null, of_all: false },
    ...fields,
  });
}

const names = (rows: { jobs: readonly JobView[] }) => rows.jobs.map(({ job }) => job);

test("the worst comes first, of one word what has been so for longest", () => {
  const since = (at: string) => ({
    health: {
      state: "failing" as const,
      well: false,
      since: at,
      cause: null,
      remedy: null,
      brief: null,
      words: null,
      of_all: false,
    },
  });
  const jobs = [
    job("ok", "ok"),
    job("late", "late"),
    job("new", "failing", since("2026-02-28T00:00:00.000Z")),
    job("old", "failing", since("2026-02-01T00:00:00.000Z")),
    job("paused", "paused"),
  ];
  assert.deepEqual(names(rowsOf(jobs, ALL)), ["old", "new", "late", "paused", "ok"]);
});

test("a search looks for each word, wherever it stands; choices are counted among what it found", () => {
  const jobs = [
    job("db-prod", "failing"),
    job("db-test", "ok", { provider: "prod-store" }),
    job("home", "paused"),
    job("mail", "ok", { running: { run_id: "r", state: "running", since: null, message: null } }),
  ];
  assert.deepEqual(names(rowsOf(jobs, { ...ALL, find: "prod DB", sort: "name" })), ["db-prod", "db-test"]);
  assert.deepEqual(rowsOf(jobs, ALL).counts, {
    ...{ all: 4, unwell: 1, running: 1, not_due: 0, first: 0, resting: 1, safe: 2 },
  });
  assert.deepEqual(rowsOf(jobs, { ...ALL, find: "db" }).counts, {
    all: 2,
    unwell: 1,
    running: 0,
    not_due: 0,
    first: 0,
    resting: 0,
    safe: 1,
  });
  assert.deepEqual(names(rowsOf(jobs, { ...ALL, show: "running" })), ["mail"]);
});

test("safe are those with a good backup alone; what is not due yet, or makes its first, is apart", () => {
  const running = { run_id: "r", state: "running", since: null, message: null } as const;
  const jobs = [
    job("ok", "ok"),
    job("again", "running", { running, last_success: "2026-02-01T00:00:00.000Z" }),
    job("first", "running", { running }),
    job("turn", "waiting"),
    job("new", "never"),
    job("idle", "paused"),
  ];
  const show = (kind: "safe" | "not_due" | "first") =>
    names(rowsOf(jobs, { ...ALL, show: kind, sort: "name" }));
  assert.deepEqual(show("safe"), ["again", "ok"]);
  assert.deepEqual(show("not_due"), ["new"]);
  assert.deepEqual(show("first"), ["first", "turn"]);
  assert.equal(readAsked((name) => name === "show" ? "not_due" : undefined).show, "not_due");
});

test("columns sort so that what wants to be seen comes first", () => {
  const jobs = [
    job("a", "ok", { last_success: "2026-02-02T00:00:00.000Z", next_slot: null, last_size_mb: 5 }),
    job("b", "ok", { last_success: null, next_slot: "2026-03-05T00:00:00.000Z", last_size_mb: null }),
    job("c", "ok", {
      last_success: "2026-02-01T00:00:00.000Z",
      next_slot: "2026-03-02T00:00:00.000Z",
      last_size_mb: 9,
    }),
  ];
  const by = (sort: "last" | "next" | "size" | "name") => names(rowsOf(jobs, { ...ALL, sort })).join("");
  assert.deepEqual([by("last"), by("next"), by("size"), by("name")], ["bca", "cba", "cab", "abc"]);
});

test("fifty rows a page; a page that is not there is the last one", () => {
  const jobs = Array.from({ length: 120 }, (_, at) => job(`job-${String(at).padStart(3, "0")}`, "ok"));
  const last = rowsOf(jobs, { ...ALL, page: 99 });
  assert.deepEqual([last.page, last.pages, last.count, last.jobs.length], [3, 3, 120, 120 - 2 * PAGE_ROWS]);
  assert.equal(rowsOf(jobs, { ...ALL, page: 2 }).jobs[0]!.job, "job-050");
});

test("an address that says nothing of ours asks for what is usual", () => {
  const values: Record<string, string> = {
    show: "<script>",
    sort: "toString",
    page: "-1",
    find: ` ${"x".repeat(300)} `,
  };
  assert.deepEqual(readAsked((name) => values[name]), {
    find: "x".repeat(200),
    show: "all",
    sort: "worst",
    page: 1,
  });
});

test("old freezes, pauses without an end, holds and jobs that left with backups are not forgotten", () => {
  const paused = (name: string, days: number, until: string | null = null) =>
    job(name, "paused", {
      paused: true,
      paused_until: until,
      health: {
        state: "paused",
        well: true,
        since: new Date(NOW - days * DAY).toISOString(),
        cause: null,
        remedy: null,
        brief: null,
        words: null,
        of_all: false,
      },
    });
  const freeze = { reason: "moving", owner: "ann", at: NOW - 19 * DAY, until: null };
  assert.deepEqual(
    forgottenWords(
      [
        paused("a", 8),
        paused("b", 6),
        paused("c", 30, "2026-04-01T00:00:00.000Z"),
        job("d", "ok", { held: 2 }),
        job("e", "unmanaged", { managed: false, remains: 4 }),
        job("f", "unmanaged", { managed: false, remains: 0 }),
      ],
      freeze,
      NOW,
    ),
    [
      "a freeze since 19 d",
      "a paused without an end",
      "2 backups held",
      "1 job left the configuration with backups",
    ],
  );
  assert.deepEqual(forgottenWords([], { ...freeze, at: NOW - DAY }, NOW), []);
});
