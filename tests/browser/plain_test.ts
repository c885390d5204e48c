// Without JavaScript, and with the keyboard alone.

import assert from "node:assert/strict";
import { browserTest, type Tab } from "../support/browser.ts";
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

/** Presses Tab until what has the focus says these words; each on the way must be seen to have it. */
async function tabTo(tab: Tab, words: RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await tab.page.keyboard.press("Tab");
    const [text, isShown] = await tab.page.evaluate(FOCUS) as [string, boolean];
    assert.ok(isShown, `'${text}' has the focus, and nothing shows it`);
    if (words.test(text)) return;
  }
  assert.fail(`nothing like ${words} is reached by Tab`);
}

const FOCUS = `(() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
  const text = (at.innerText || at.getAttribute("aria-label") || at.name || "").trim();
  // The browser itself marks the part of a time that is written.
  const isShown = at === document.body || at.type === "datetime-local" || outlineStyle !== "none" && outlineWidth !== "0px" || boxShadow !== "none";
  return [text, isShown];
})()`;

async function enter(tab: Tab): Promise<void> {
  await tab.follow(() => tab.page.keyboard.press("Enter"));
}

browserTest("by keyboard alone a job is found, run and paused", async (rig, browser) => {
  const server = await startJobs(rig);
  await makeHistory(rig, server);
  const tab = await browser.apart();
  await tab.sized(1024, "light");
  await tab.open(`${server.url}/ui/`);
  await tabTo(tab, /^To the content$/);
  await tab.page.keyboard.press("Enter");
  await tab.page.waitForFunction("location.hash === '#main'");
  await tabTo(tab, /^Run now/);
  await enter(tab);
  assert.match(await tab.text("h1"), /^Run failing now/);
  await tabTo(tab, /^Run now/);
  await enter(tab);
  assert.match(await tab.text("main"), /The backup of failing was asked for/);

  await tab.page.keyboard.press("/");
  await tab.page.keyboard.type("guard");
  await enter(tab);
  assert.match(await tab.text("table.jobs"), /guarded/);
  assert.doesNotMatch(await tab.text("table.jobs"), /held/);
  await tab.open(`${server.url}/ui/acts/pause?of=good`);
  // The first field has the focus from the start.
  await tab.page.keyboard.type("a new disk");
  await tabTo(tab, /^Pause$/);
  await enter(tab);
  assert.equal((await server.get("/jobs/good")).paused, true);
  assert.deepEqual(tab.troubles, []);
});
