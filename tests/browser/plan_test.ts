// A plan by the page in a real browser: an edit that is pasted and one that is uploaded say what `schelly plan` says of it.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { browserTest, THEMES, WIDTHS } from "../support/browser.ts";
import { makeHistory, startJobs } from "../support/browser_jobs.ts";
import { enter, focused, tabTo } from "../support/browser_keys.ts";

browserTest(
  "an edit that is pasted or uploaded says what it would delete, and is not saved",
  async (rig, browser) => {
    const server = await startJobs(rig);
    await makeHistory(rig, server);
    const before = await readFile(rig.configFile, "utf8");
    const edited = before.replace("name: held,", "name: holder,").replace("secondly: 1,", "secondly: 3,");
    assert.notEqual(edited, before);
    const file = `${rig.folder}/edited.yaml`;
    await writeFile(file, edited);
    const told = JSON.parse((await rig.cli("plan", "-f", file, "--server", server.url, "--json")).out);
    assert.ok(told.deletes_now > 0, JSON.stringify(told));
    const words = new RegExp(
      `Jobs: 1 added, 1 changed, 1 removed, 2 as before\\. Backups deleted: ${told.deletes_now} now, ` +
        `${told.deletes_now_by_edit} of them by this edit`,
    );

    const tab = await browser.apart();
    await tab.sized(1024, "light");
    await tab.open(`${server.url}/ui/settings`);
    await tabTo(tab, /^Plan an edit/);
    await enter(tab);
    await tab.judge("the page for a plan");
    await tabTo(tab, /^The edited configuration/);
    await tab.page.$eval("#text", (field, text) => (field as any).value = text, edited);
    await tabTo(tab, /^See what it would do/);
    await enter(tab);
    assert.match(await focused(tab), words);
    for (const theme of THEMES) {
      for (const width of WIDTHS) {
        await tab.sized(width, theme);
        await tab.picture(`plan-${theme}-${width}`);
        await tab.judge(`a plan, ${theme}, ${width}`);
      }
    }

    await tab.open(`${server.url}/ui/settings/plan`);
    const upload = (await tab.page.$("#upload")) as any;
    await upload.uploadFile(file);
    await tab.press("main form button");
    assert.match(await tab.text("main"), words);

    tab.expected.add(422);
    await tab.page.$eval("#text", (field) => (field as any).value = "jobs: [ { name: x, dayly: 3 } ]");
    await tab.press("main form button");
    assert.match(await focused(tab), /It cannot be used: 2 errors\.[^]*dayly/);
    await tab.sized(390, "dark");
    await tab.picture("plan_invalid-dark-390");
    await tab.judge("an edit that cannot be used");

    assert.equal(await readFile(rig.configFile, "utf8"), before);
    assert.deepEqual((await server.get("/jobs")).map(({ job }: { job: string }) => job).sort(), [
      ...["failing", "good", "guarded", "held"],
    ]);
  },
);

browserTest(
  "a policy that is tried says what it would delete, also one that is none",
  async (rig, browser) => {
    const server = await startJobs(rig);
    await makeHistory(rig, server);
    const tab = await browser.apart();
    for (const [policy, words] of [["secondly: 3", /5 backups|3 backups/], ["dayly: 3", /dayly/]] as const) {
      for (const theme of THEMES) {
        await tab.sized(390, theme);
        await tab.open(`${server.url}/ui/jobs/guarded?policy=${encodeURIComponent(policy)}`);
        assert.match(await tab.text("main"), words);
        await tab.judge(`${policy}, ${theme}`);
        await tab.picture(`tried_${policy.slice(0, 5)}-${theme}-390`);
      }
    }
  },
);
