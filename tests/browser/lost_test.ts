// A page that is overtaken while it is open, or an address that leads nowhere any more: it says what happened and what to do.

import assert from "node:assert/strict";
import { browserTest, type Tab } from "../support/browser.ts";
import { PEOPLE, startJobs } from "../support/browser_jobs.ts";
import { freePort } from "../support/program.ts";

const shown = (tab: Tab, kind: string) => tab.page.waitForSelector(`[data-lost=${kind}]:not([hidden])`);
const pathOf = (tab: Tab) => new URL(tab.page.url()).pathname + new URL(tab.page.url()).search;
const isLive = (tab: Tab) => tab.page.waitForSelector("[data-live-sign][data-state=live]");

async function logIn(tab: Tab): Promise<void> {
  await tab.page.locator("#name").fill("ann");
  await tab.page.locator("#password").fill(PEOPLE.ann);
  await tab.press("form:has(#password) button");
}

browserTest(
  "an open page says that its session is over, and leads back to where one was",
  async (rig, browser) => {
    const listen = { env: { SCHELLY_LISTEN: `127.0.0.1:${freePort()}` } };
    await startJobs(rig, { users: true, start: false });
    const server = await rig.server(listen);
    const tab = await browser.apart();
    await tab.sized(390, "dark");
    await tab.open(`${server.url}/ui/jobs/good?at=1w`);
    await logIn(tab);
    await isLive(tab);
    // Sessions live in memory: a restart ends them all.
    await server.kill("SIGTERM");
    await shown(tab, "away");
    assert.match(await tab.text("main"), /Schelly does not answer[^]*under a minute ago/);
    await tab.picture("lost_server-dark-390");
    tab.troubles.splice(0);
    await tab.judge("a page whose server stopped");
    await rig.server(listen);
    await shown(tab, "out");
    tab.troubles.splice(0);
    await tab.judge("a page whose session is over");
    await tab.picture("lost_session-dark-390");
    assert.equal(await tab.page.$("[data-lost=away]:not([hidden])"), null);
    await tab.press("[data-lost=out] a");
    assert.match(pathOf(tab), /^\/ui\/login\?next=/);
    await logIn(tab);
    assert.equal(pathOf(tab), "/ui/jobs/good?at=1w");
    await isLive(tab);
  },
);

browserTest("a form of before a restart changes nothing, and leads to a new one", async (rig, browser) => {
  const listen = { env: { SCHELLY_LISTEN: `127.0.0.1:${freePort()}` } };
  await startJobs(rig, { start: false });
  const server = await rig.server(listen);
  const tab = await browser.apart();
  const form = "/ui/acts/pause?of=good&back=%2Fui%2Fjobs%2Fgood";
  await tab.open(server.url + form);
  await isLive(tab);
  await tab.page.locator("#field-reason").fill("a new disk");
  await server.kill("SIGTERM");
  await shown(tab, "away");
  const again = await rig.server(listen);
  await isLive(tab);
  assert.equal(await tab.page.$("[data-lost]:not([hidden])"), null, "it answers again");
  assert.equal(await tab.page.$eval("#field-reason", (field) => (field as any).value), "a new disk");
  tab.expected.add(403);
  await tab.press("main form button");
  assert.match(await tab.text("main"), /earlier visit[^]*Nothing was changed/);
  assert.equal((await again.get("/jobs/good")).paused, false);
  tab.troubles.splice(0);
  await tab.judge("a stale form");
  await tab.picture("stale_form-light");
  await tab.press("main a.button");
  assert.equal(pathOf(tab), form);
  await tab.page.locator("#field-reason").fill("a new disk");
  await tab.press("main form button");
  assert.match(await tab.text("main"), /good is paused/);
});

browserTest("what is gone, forged or not one's own says so, and where to go on", async (rig, browser) => {
  const server = await startJobs(rig, { users: true });
  const tab = await browser.apart();
  for (const status of [400, 401, 403, 404, 409]) tab.expected.add(status);
  await tab.sized(390, "light");
  await tab.open(`${server.url}/ui/`);
  await logIn(tab);
  const id = "019cb284-af30-7000-8001-0000000000ff";
  const cases: [string, number, RegExp, string][] = [
    [`/ui/runs/${id}`, 404, /There is no run/, "/ui/"],
    [`/ui/backups/${id}`, 404, /There is no run/, "/ui/"],
    ["/ui/jobs/gone", 404, /There is no job 'gone'/, "/ui/"],
    ["/ui/acts/pause?of=gone", 404, /There is no 'gone'/, "/ui/"],
    [`/ui/restore/files?run=${id}`, 404, /There is no backup/, "/ui/"],
    [`/ui/restore/operation?id=${id}`, 404, /There is no restore/, "/ui/"],
    ["/ui/restore/moments?job=good&cursor=forged", 400, /cursor/, "/ui/restore/moments?job=good"],
    ["/ui/activity?job=good&cursor=forged", 400, /begin with its newest/, "/ui/activity?job=good"],
    ["/ui/activity?end=forged", 400, /expected all, good/, "/ui/"],
    ["/ui/deletions?day=forged", 400, /is no day/, "/ui/"],
    ["/ui/acts/unfreeze", 409, /not frozen[^]*Nothing was changed/, "/ui/"],
    ["/ui/link?code=used", 403, /logs nobody in any more/, "/ui/"],
  ];
  for (const [path, status, words, way] of cases) {
    assert.equal(await tab.open(server.url + path), status, path);
    assert.match(await tab.text("main"), words, path);
    assert.equal(
      await tab.page.$eval("main a.button.main", (link) => (link as any).getAttribute("href")),
      way,
      path,
    );
    await tab.judge(path);
  }
});
