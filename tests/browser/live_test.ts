// Eight tabs of one browser over HTTP/1.1, which has six connections to a server: all of them stay live, and a ninth loads.

import assert from "node:assert/strict";
import { browserTest, type Tab } from "../support/browser.ts";
import { startJobs } from "../support/browser_jobs.ts";
import { until } from "../support/program.ts";

const isLive = (tab: Tab) => tab.page.waitForSelector("[data-live-sign][data-state=live]");
const rowOf = (tab: Tab) =>
  tab.page.evaluate(
    "[...document.querySelectorAll('table.jobs tbody tr')].find((row) => row.querySelector('a.name').textContent === 'good').innerText",
  ) as Promise<string>;

browserTest("eight tabs over HTTP/1.1 stay live, and more pages load beside them", async (rig, browser) => {
  const server = await startJobs(rig);
  const tabs = [await browser.apart()];
  while (tabs.length < 8) tabs.push(await browser.beside(tabs[0]!));
  for (const tab of tabs) {
    await tab.open(`${server.url}/ui/`);
    await isLive(tab);
    assert.match(await rowOf(tab), /never/);
  }
  await server.backup("good");
  for (const tab of tabs) {
    await tab.page.bringToFront();
    await until("the tab shows the new backup", async () => !/never/.test(await rowOf(tab)));
  }
  const ninth = await browser.beside(tabs[0]!);
  assert.equal(await ninth.open(`${server.url}/ui/`), 200);
  await isLive(ninth);
  for (const tab of [...tabs, ninth]) assert.deepEqual(tab.troubles, []);
});

browserTest(
  "a page hears that its server stopped, and is live again when that is back",
  async (rig, browser) => {
    const server = await startJobs(rig);
    const port = new URL(server.url).port;
    const tab = await browser.apart();
    await tab.open(`${server.url}/ui/`);
    await isLive(tab);
    await server.kill("SIGTERM");
    await tab.page.waitForSelector("[data-live-sign][data-state=lost]");
    assert.match(await tab.text("[data-live-sign]"), /not connected/);
    const again = await rig.server({ env: { SCHELLY_LISTEN: `127.0.0.1:${port}` } });
    await isLive(tab);
    await again.backup("good");
    await until("the page shows the new backup", async () => !/never/.test(await rowOf(tab)));
  },
);
