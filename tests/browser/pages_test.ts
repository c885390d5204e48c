// Every page that links lead to, in each width and theme: no scroll sideways, nothing in the console, no request to others,
// nothing that axe finds.

import assert from "node:assert/strict";
import { browserTest, type Tab, THEMES, WIDTHS } from "../support/browser.ts";
import { makeHistory, startJobs } from "../support/browser_jobs.ts";
import { until } from "../support/program.ts";

/** So many pages at one path, that differ by what is asked for, and so many of one kind are enough. */
const AT_A_PATH = 2;
const OF_A_KIND = 2;
const MOST = 30;

/** A page's name as that of a file. */
function nameOf(url: string): string {
  const { pathname, search } = new URL(url);
  const name = (pathname + search).replace("/ui/", "").replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id");
  return name.replaceAll(/[^a-z0-9]+/gi, "_").replaceAll(/^_|_$/g, "").slice(0, 60) || "overview";
}

/** Where links lead, from the first page on; what leads nowhere apart. */
async function crawl(tab: Tab, first: string): Promise<{ pages: string[]; nowhere: string[] }> {
  const [pages, nowhere]: [string[], string[]] = [[], []];
  const seen = new Set([first]);
  const counts = new Map<string, number>();
  const isEnough = (key: string, most: number) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key)! > most;
  };
  tab.expected.add(404);
  for (const queue = [first]; queue.length > 0 && pages.length < MOST;) {
    const url = queue.shift()!;
    const status = await tab.open(url);
    if (status >= 400) {
      nowhere.push(`${new URL(url).pathname}: ${status}`);
      continue;
    }
    pages.push(url);
    for (const link of await tab.links()) {
      const { pathname } = new URL(link);
      if (seen.has(link) || !pathname.startsWith("/ui/")) continue;
      seen.add(link);
      const [, , place, of, ...rest] = pathname.split("/");
      const kind = place === "acts" ? pathname : `${place}/${of ? "*" : ""}/${rest.join("/")}`;
      if (isEnough(pathname, place === "acts" ? 1 : AT_A_PATH) || isEnough(kind, OF_A_KIND)) continue;
      queue.push(link);
    }
  }
  tab.troubles.splice(0);
  tab.expected.clear();
  return { pages, nowhere };
}

browserTest("every page is whole in each width and theme, and leads nowhere else", async (rig, browser) => {
  const server = await startJobs(rig);
  await makeHistory(rig, server);
  const tab = await browser.apart();
  const { pages, nowhere } = await crawl(tab, `${server.url}/ui/`);
  assert.ok(pages.length >= 3, `only ${pages}`);
  assert.deepEqual(nowhere, [], "links that lead nowhere");
  for (const url of pages) {
    for (const theme of THEMES) {
      await tab.sized(WIDTHS[0], theme);
      assert.equal(await tab.open(url), 200, url);
      for (const width of WIDTHS) {
        await tab.sized(width, theme);
        const name = `${nameOf(url)}-${theme}-${width}`;
        await tab.picture(name);
        await tab.judge(name);
      }
    }
  }
});

browserTest("an address that is nowhere says so, and what to do", async (rig, browser) => {
  const server = await startJobs(rig);
  const tab = await browser.apart();
  tab.expected.add(404);
  for (const theme of THEMES) {
    await tab.sized(WIDTHS[0], theme);
    assert.equal(await tab.open(`${server.url}/ui/nothing/here`), 404);
    await tab.judge(`nowhere, ${theme}`);
    await tab.picture(`nowhere-${theme}-${WIDTHS[0]}`);
  }
  assert.ok((await tab.links()).includes(`${server.url}/ui/`), "there is a way on");
  const gone = "/ui/runs/019cb284-af30-7000-8001-0000000000ff";
  assert.equal(await tab.open(`${server.url}${gone}`), 404);
  await tab.judge("a run that is gone");
});

browserTest("what the other tests rely on notices each kind of trouble", async (rig, browser) => {
  const server = await startJobs(rig);
  const tab = await browser.apart();
  await tab.sized(390, "light");
  await tab.open(`${server.url}/ui/`);
  await tab.judge("as it is");
  const fails = async (script: string, expected: RegExp, isTold = true) => {
    await tab.open(`${server.url}/ui/`);
    await tab.page.evaluate(script);
    // What a browser tells of it comes a little later than it happens.
    if (isTold) await until("the browser tells of it", () => tab.troubles.length > 0);
    await assert.rejects(() => tab.judge("spoiled"), expected);
  };
  const main = "document.querySelector('main')";
  await fails(`${main}.style.width = "3000px"`, /scrolls sideways/, false);
  await fails(`${main}.innerHTML = "<img src='/ui/assets/none.svg'>"`, /trouble in the browser/);
  await fails(
    `${main}.append(document.createElement("button"))`,
    /not accessible to all[^]*button-name/,
    false,
  );
  await fails("fetch('http://192.0.2.1/').catch(() => {})", /trouble in the browser/);
  await fails(
    "void setTimeout(() => { throw new Error('lost') })",
    /lost/,
  );
});
