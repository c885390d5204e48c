// Markup in every text that a provider, a program or a caller may write stays text; and were it markup, it would do nothing.

import assert from "node:assert/strict";
import { browserTest, type Tab } from "../support/browser.ts";
import { command, startJobs } from "../support/browser_jobs.ts";
import { until } from "../support/program.ts";

const EVIL =
  "<script>globalThis.pwned=1</script><img src=x onerror=globalThis.pwned=2>\"'><svg onload=pwned=3>";
const MADE = "document.querySelectorAll('main img, main svg[onload], body script:not([src])').length";

async function isInert(tab: Tab, url: string): Promise<string> {
  const status = await tab.open(url);
  assert.ok(status < 500, `${url}: ${status}`);
  assert.equal(await tab.page.evaluate("String(globalThis.pwned)"), "undefined", url);
  assert.equal(await tab.page.evaluate(MADE), 0, `${url}: markup of others`);
  return await tab.page.content();
}

browserTest(
  "what others write is shown as text on every page, and no script of theirs would run",
  async (rig, browser) => {
    const say = `printf '%s' ${JSON.stringify(EVIL.replaceAll("'", "\u2019"))} >&2; exit 1`;
    const more = `  - { name: evil, schedule: "0 0 0 29 2 *", retry: { attempts: 0 }, ${
      command(rig, "good", say)
    } }\n`;
    const server = await startJobs(rig, { more });
    const { id } = await server.backup("good");
    await server.post("/jobs/evil/trigger");
    const { body: paused } = await server.post("/jobs/held/pause", { reason: EVIL });
    assert.equal(paused.paused, true);
    await server.request("PUT", `/backups/${id}/hold`, { body: { reason: EVIL, owner: EVIL } });
    await server.request("PUT", "/freeze", { body: { reason: EVIL, owner: EVIL } });
    await until("the job fails", async () => (await server.get("/jobs/evil")).health.state === "failing");
    const [run] = await server.runs("evil");
    const tab = await browser.apart();
    for (const status of [400, 404]) tab.expected.add(status);
    const asked = encodeURIComponent(EVIL);
    const paths = [
      "/ui/",
      `/ui/?find=${asked}`,
      `/ui/?show=${asked}&sort=${asked}&page=${asked}`,
      "/ui/jobs/evil",
      "/ui/jobs/good",
      "/ui/jobs/held",
      `/ui/jobs/${asked}`,
      `/ui/runs/${run.run_id}`,
      `/ui/backups/${id}`,
      "/ui/activity",
      "/ui/activity?view=events",
      "/ui/deletions",
      "/ui/settings",
      `/ui/acts/pause?of=${asked}&back=${asked}`,
      `/ui/acts/${asked}`,
      `/ui/login?next=${asked}`,
      `/ui/${asked}`,
    ];
    let shown = 0;
    for (const path of paths) {
      if ((await isInert(tab, server.url + path)).includes("&lt;script&gt;globalThis.pwned=1")) shown++;
    }
    assert.ok(shown >= 4, `the text was shown on ${shown} pages: else nothing was tried`);
    assert.deepEqual(tab.troubles.splice(0), []);

    await tab.open(`${server.url}/ui/`);
    const run_ =
      "const s = document.createElement('script'); s.textContent = 'globalThis.pwned = 4'; document.body.append(s);";
    const inline =
      "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"globalThis.pwned = 5\">');";
    await tab.page.evaluate(run_ + inline);
    await tab.page.evaluate("new Promise((end) => setTimeout(end, 100))");
    assert.equal(
      await tab.page.evaluate("String(globalThis.pwned)"),
      "undefined",
      "the policy lets none run",
    );
    const told = await tab.page.evaluate(`new Promise((end) => {
    const s = document.createElement("script");
    s.src = "data:text/javascript,globalThis.pwned=7";
    s.onerror = () => end("refused");
    s.onload = () => end("ran");
    document.body.append(s);
  })`);
    assert.equal(told, "refused");
    assert.ok(
      tab.troubles.every((trouble) => /Content Security Policy|404|x \(|Failed to load/.test(trouble)),
      tab.troubles.join("\n"),
    );
  },
);
