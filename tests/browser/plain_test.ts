// Without JavaScript.

import assert from "node:assert/strict";
import { browserTest } from "../support/browser.ts";
import { makeHistory, startJobs } from "../support/browser_jobs.ts";

browserTest("without JavaScript everything is there, and acts are done by forms", async (rig, browser) => {
  const server = await startJobs(rig);
  await makeHistory(rig, server);
  const tab = await browser.apart();
  await tab.page.setJavaScriptEnabled(false);
  await tab.open(`${server.url}/ui/`);
  assert.match(await tab.text(), /2 of 4 jobs need you/);
  await tab.press("a[href*='show=safe']");
  assert.match(await tab.text("table.jobs"), /good/);
  assert.doesNotMatch(await tab.text("table.jobs"), /failing/);
  await tab.open(`${server.url}/ui/`);
  await tab.press("a[href*='/ui/acts/pause?of=failing']");
  await tab.page.type("#field-reason", "a new disk");
  await tab.press("main form button");
  assert.match(await tab.text("main"), /failing is paused/);
  assert.equal((await server.get("/jobs/failing")).paused, true);
  assert.deepEqual(tab.troubles, []);
});
