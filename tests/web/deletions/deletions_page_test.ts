// What will be deleted: the calendar, the backups of the first day, and hold and freeze beside them.
// Also tests deletions_routes.tsx.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DeletionsPage } from "../../../src/web/deletions/deletions_page.tsx";
import type { JobView } from "../../../src/ports/views/job.ts";
import { testJob } from "../../support/fake_operations.ts";
import { testFrame, testWeb } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

/** Two backups of `db` go on one day, one on the next. */
function withDeletions(): ReturnType<typeof testWeb> {
  const web = testWeb();
  const row = { job: "db", size_mb: 100, unsized: 0 };
  web.operations.deletions = {
    ...{
      from: "2026-03-01T12:00:00.000Z",
      until: "2026-04-05T12:00:00.000Z",
      pending: 0,
      unseen: [],
      partly: [],
    },
    days: [{ ...row, day: "2026-03-02", backups: 2 }, { ...row, day: "2026-03-03", backups: 1 }],
  };
  web.operations.going = ["02T02:00", "02T03:00", "03T02:00"].map((at, place) => ({
    run_id: `r${place}`,
    period_time: "2026-02-20T02:00:00.000Z",
    at: `2026-03-${at}:00.000Z`,
    size_mb: place === 1 ? null : 2_500,
  }));
  return web;
}

test("the first day on which something goes is listed, with a way to hold each and to freeze all", async () => {
  const html = await (await withDeletions().browser().get("/ui/deletions")).text();
  assert.match(html, /<h1>3 backups of 1 job go within five weeks\.<\/h1>/);
  assert.match(html, /What goes on Mon 2 Mar/);
  assert.match(html, /\/ui\/acts\/hold\?of=r0/);
  assert.match(html, /\/ui\/acts\/hold\?of=r1/);
  assert.ok(!html.includes("of=r2"));
  assert.match(html, /\/ui\/acts\/freeze\?/);
  assert.match(html, /2 backups, which frees at least 2\.5 GB \(the size of 1 backup is not known\)\./);
});

test("of many jobs of a day ten are listed on a page, with a way to the others", async () => {
  const web = withDeletions();
  web.operations.names = Array.from({ length: 23 }, (_, at) => `job-${at}`);
  const row = { day: "2026-03-02", backups: 1, size_mb: 1, unsized: 0 };
  web.operations.deletions!.days = web.operations.names.map((job) => ({ ...row, job }));
  const one = web.browser();
  const listed = async (page: string) => {
    const html = await (await one.get(`/ui/deletions?day=2026-03-02${page}`)).text();
    return [new Set(html.match(/href="\/ui\/jobs\/job-\d+"/g)).size, /Page \d of \d/.exec(html)?.[0]];
  };
  assert.deepEqual(await listed(""), [10, "Page 1 of 3"]);
  assert.deepEqual(await listed("&page=2"), [10, "Page 2 of 3"]);
  assert.deepEqual(await listed("&page=99"), [3, "Page 3 of 3"]);
  const html = await (await one.get("/ui/deletions?day=2026-03-02")).text();
  assert.match(html, /href="\/ui\/deletions\?day=2026-03-02&amp;page=2#list"/);
});

test("another day, or one job, is listed when it is asked for; what is no day is refused", async () => {
  const one = withDeletions().browser();
  const day = await (await one.get("/ui/deletions?day=2026-03-03")).text();
  assert.ok(day.includes("of=r2") && !day.includes("of=r0"));
  const job = await (await one.get("/ui/deletions?job=db")).text();
  assert.ok(["r0", "r1", "r2"].every((run) => job.includes(`of=${run}`)));
  assert.equal((await one.get("/ui/deletions?day=tomorrow")).status, 400);
  assert.match(await (await one.get("/ui/deletions?job=nobody")).text(), /nobody/);
});

test("of a job that a guard stops it is said that its backups go only once somebody has approved", async () => {
  const of = async (guards: JobView["guards"]) => {
    const web = withDeletions();
    web.operations.everyJob = async function* () {
      yield [testJob("db", { guards }), testJob("other", { guards })];
    };
    return await (await web.browser().get("/ui/deletions")).text();
  };
  assert.doesNotMatch(await of([]), /A guard stops/);
  const guard = { guard: "too_many", since: null, latched: true, message: "7 of 13 would go at once" };
  assert.match(
    await of([guard]),
    /A guard stops 1 job:<\/b> <a class="name" href="\/ui\/jobs\/db">db<\/a>/,
  );
});

test("a freeze is said first, with who wanted it, and offers its release", async () => {
  const web = withDeletions();
  web.operations.frozen = {
    freeze: { reason: "moving", owner: "ann", at: Date.UTC(2026, 1, 28), until: null },
    onTheWire: [],
  };
  const html = await (await web.browser().get("/ui/deletions")).text();
  assert.match(html, /<h1>Nothing is deleted; 3 backups would go within five weeks\.<\/h1>/);
  assert.match(html, /by ann/);
  assert.match(html, /moving/);
  assert.match(html, /\/ui\/acts\/unfreeze\?/);
});

test("what others wrote stays a text", () => {
  const html = String(DeletionsPage({
    frame: testFrame(),
    reading: {
      planned: {
        ...{
          from: "2026-03-01T12:00:00.000Z",
          until: "2026-04-05T12:00:00.000Z",
          pending: 1,
          unseen: [HOSTILE],
          partly: [{ job: HOSTILE, until: "2026-03-02T12:00:00.000Z" }],
        },
        days: [{ day: "2026-03-02", job: HOSTILE, backups: 1, size_mb: 1, unsized: 0 }],
      },
      freeze: { frozen: true, reason: HOSTILE, owner: HOSTILE, since: null, until: null, on_the_wire: [] },
      status: {
        ...{ at: "2026-03-01T12:00:00.000Z", well: true, jobs: 1, by_state: {}, not_due_count: 0 },
        ...{
          instance: { role: "active", node: null, active: null, same_configuration: null },
          unwell_count: 0,
          unwell: [],
          notes: [],
          providers: [],
          providers_count: 0,
          deletions: { under_way: 1, planned: 0, refused: 1 },
        },
      },
      timezone: "UTC",
      chosen: { day: null, job: HOSTILE, page: 2 },
      listed: [{ job: HOSTILE, departures: HOSTILE }],
      guarded: [HOSTILE],
      jobs: 30,
      pages: 3,
    },
  }));
  assert.deepEqual(unruly(html), []);
});

test("it never says that nothing goes while that is not known of every job", async () => {
  const heading = async (
    known: { pending: number; unseen: string[]; partly?: { job: string; until: string }[] },
  ) => {
    const web = withDeletions();
    web.operations.deletions = { ...web.operations.deletions!, days: [], ...known };
    const html = await (await web.browser().get("/ui/deletions")).text();
    return [/<h1>(.*?)<\/h1>/.exec(html)?.[1], /<h2 id="list"[^>]*>(.*?)<\/h2>/.exec(html)?.[1]];
  };
  assert.deepEqual(await heading({ pending: 0, unseen: [] }), [
    "Nothing goes within five weeks.",
    "Nothing goes",
  ]);
  assert.deepEqual(await heading({ pending: 2, unseen: [] }), [
    "Nothing is known to go within five weeks. 2 jobs not looked at yet.",
    "Nothing is known to go",
  ]);
  assert.deepEqual(await heading({ pending: 0, unseen: ["often"] }), [
    "Nothing is known to go within five weeks. 1 job cannot be foreseen.",
    "Nothing is known to go",
  ]);
  const partly = [{ job: "often", until: "2026-03-04T12:00:00.000Z" }];
  assert.deepEqual(await heading({ pending: 0, unseen: [], partly }), [
    "Nothing is known to go within five weeks. 1 job cannot be foreseen so far ahead.",
    "Nothing is known to go",
  ]);
});
