// The first page: what is wrong first, in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatusView } from "../../../src/ports/views/status.ts";
import { OverviewPage, summaryOf } from "../../../src/web/overview/overview.tsx";
import { testFrame } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const WELL: StatusView = {
  ...{ at: "2026-03-01T12:00:00.000Z", well: true, jobs: 41, by_state: { ok: 41 }, not_due_count: 0 },
  ...{ unwell_count: 0, unwell: [], deletions: { under_way: 0, planned: 0, refused: 0 }, notes: [] },
};
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

test("one sentence says how all do", () => {
  const note = { name: "clock", wrong: true, message: "it is wrong" };
  const cases: [Partial<StatusView>, string][] = [
    [{}, "All 41 jobs are safe."],
    [{ jobs: 0 }, "No job is configured yet."],
    [{ jobs: 1 }, "The one job is safe."],
    [{ unwell_count: 2 }, "2 of 41 jobs need you. 39 are safe."],
    [{ unwell_count: 1 }, "1 of 41 jobs needs you. 40 are safe."],
    [{ unwell_count: 40 }, "40 of 41 jobs need you. 1 is safe."],
    [{ jobs: 1, unwell_count: 1 }, "The one job needs you."],
    [{ jobs: 3, unwell_count: 3 }, "3 of 3 jobs need you."],
    [{ notes: [note] }, "All 41 jobs are safe. Something else needs you."],
    [{ notes: [{ ...note, wrong: false }] }, "All 41 jobs are safe."],
  ];
  for (const [fields, words] of cases) assert.equal(summaryOf({ ...WELL, ...fields }), words);
});

test("what is wrong is told with its cause and remedy, and whatever others wrote stays words", () => {
  const job = { job: HOSTILE, state: "failing", well: false, since: "2026-02-27T12:00:00.000Z" } as const;
  const status = {
    ...WELL,
    unwell_count: 1,
    unwell: [{ ...job, cause: `exit status 1 ${HOSTILE}`, remedy: HOSTILE }],
    notes: [{ name: HOSTILE, wrong: true, message: HOSTILE }],
  };
  const page = String(OverviewPage({ frame: testFrame(), status }));
  assert.match(page, /exit status 1/);
  assert.match(page, />failing<.*>2 d</);
  assert.deepEqual(unruly(page), []);
});
