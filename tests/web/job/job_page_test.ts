// The page of a job: how it does and why, what can be done, and its last runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { JobPage } from "../../../src/web/job/job_page.tsx";
import { testJob } from "../../support/fake_operations.ts";
import { testRun } from "../../support/memory_reads.ts";
import { testFrame, testWeb } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

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

test("a paused job can be resumed, another one paused; one that left the configuration neither", () => {
  const page = (fields: Parameters<typeof testJob>[1]) =>
    String(JobPage({ frame: testFrame(), job: testJob("home", fields), runs: [] }));
  assert.match(page({}), /acts\/pause/);
  assert.match(page({ paused: true }), /acts\/resume/);
  assert.doesNotMatch(page({ managed: false }), /\/ui\/acts\//);
});

test("guards and causes are told, and whatever others wrote stays words", () => {
  const said = { since: null, cause: `disk full ${HOSTILE}`, remedy: HOSTILE };
  const job = testJob(HOSTILE, {
    ...{ schedule: HOSTILE, timezone: "UTC", policy: HOSTILE, provider: HOSTILE },
    health: { state: "failing", well: false, ...said },
    guards: [{ guard: HOSTILE, since: null, latched: true, message: `too many ${HOSTILE}` }],
    running: { run_id: HOSTILE, state: "running", since: null, message: HOSTILE },
  });
  const page = String(
    JobPage({ frame: testFrame(), job, runs: [testRun({ runId: HOSTILE, message: HOSTILE })] }),
  );
  assert.match(page, /disk full/);
  assert.match(page, /Nothing is deleted:<\/b> too many/);
  assert.deepEqual(unruly(page), []);
});
