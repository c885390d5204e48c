// A thousand jobs: what is sent and how soon it is seen, in figures beside the screenshots; sizes are held.

import assert from "node:assert/strict";
import { browserTest, note } from "../support/browser.ts";
import { command, startJobs } from "../support/browser_jobs.ts";
import { systemClock } from "../../src/runtime/clock.ts";

const MOST_BYTES = 200_000;
const LOOKS = 9;

browserTest("the first page of a thousand jobs is one page of them, and small", async (rig, browser) => {
  const more = Array.from(
    { length: 1_000 },
    (_, n) => `  - { name: job-${n}, schedule: "0 0 ${n % 24} 29 2 *", ${command(rig, "good")} }\n`,
  ).join("");
  const server = await startJobs(rig, { more });
  await server.backup("good");
  const url = `${server.url}/ui/`;
  const took: number[] = [];
  let bytes = 0;
  for (let look = 0; look < LOOKS; look++) {
    const start = systemClock.monotonic();
    const answer = await fetch(url);
    bytes = (await answer.arrayBuffer()).byteLength;
    took.push(systemClock.monotonic() - start);
  }
  const tab = await browser.apart();
  await tab.sized(1600, "light");
  await tab.open(url);
  const paint = await tab.page.waitForFunction(
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
  );
  const rows = await tab.page.evaluate("document.querySelectorAll('table.jobs tbody tr').length");
  await note("many_jobs", {
    jobs: 1_004,
    rows,
    kilobytes_of_html: Math.round(bytes / 1000),
    server_ms_median: Math.round(took.sort((a, b) => a - b)[LOOKS >> 1]!),
    first_paint_ms: Math.round(await paint.jsonValue() as number),
  });
  await tab.picture("many_jobs-light-1600");
  await tab.judge("a thousand jobs");
  assert.equal(rows, 50);
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
  await tab.press("a[rel=next], nav[aria-label*=age] a");
  assert.match(tab.page.url(), /page=2/);
  assert.equal(await tab.page.evaluate("document.querySelectorAll('table.jobs tbody tr').length"), 50);
  await tab.judge("the second page");
  await tab.page.locator("[data-find]").fill("job-999");
  await tab.follow(() => tab.page.keyboard.press("Enter"));
  assert.equal(await tab.page.evaluate("document.querySelectorAll('table.jobs tbody tr').length"), 1);
});
