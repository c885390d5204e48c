// A restore by the page in a real browser: by clicks from the first page to its end, each step whole on a telephone and
// accessible, the progress moving by itself; and a cancel.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { browserTest, type Tab, THEMES } from "../support/browser.ts";
import { startJobs } from "../support/browser_jobs.ts";
import type { Rig } from "../support/program.ts";

/** A job whose restore goes on until the file `go` is there, and then writes one file. */
function slowJob(rig: Rig): string {
  const folder = `${rig.folder}/slow`;
  const restore = `echo "40 % of 10 B"; while [ ! -e ${folder}/go ]; do sleep 0.1; done; ` +
    'mkdir -p "$SCHELLY_TARGET/deep"; echo lost > "$SCHELLY_TARGET/deep/a.txt"; ' +
    `echo '{"files": 1, "bytes": 5, "message": "1 file is back"}'`;
  const browse =
    `if [ "$SCHELLY_PATH" = "" ]; then echo '{"path": "deep", "type": "folder"}'; elif [ "$SCHELLY_PATH" = deep ]; ` +
    `then echo '{"path": "deep/a.txt", "type": "file", "size": 5}'; else exit 3; fi`;
  const shell = (text: string) => `{ shell: ${JSON.stringify(text)} }`;
  const provider = `command: { create: ${shell("true")}, delete: ${shell("true")}, restore: ${
    shell(restore)
  }, browse: ${shell(browse)} }`;
  return `  - { name: slow, schedule: "0 0 0 29 2 *", retry: { attempts: 0 }, provider: { ${provider}, poll_interval: 100ms } }\n` +
    `restore: { roots: [ ${rig.folder}/restored ] }\n`;
}

/** The page as it is, in both themes, on a telephone. */
async function judged(tab: Tab, name: string): Promise<void> {
  for (const theme of THEMES) {
    await tab.sized(390, theme);
    await tab.picture(`${name}-${theme}-390`);
    await tab.judge(`${name}, ${theme}`);
  }
}

async function start(rig: Rig) {
  await mkdir(`${rig.folder}/slow`);
  await mkdir(`${rig.folder}/restored`);
  const server = await startJobs(rig, { more: slowJob(rig) });
  await server.backup("slow");
  return server;
}

browserTest(
  "a file is restored by clicks, and the page tells its progress and end by itself",
  async (rig, browser) => {
    const server = await start(rig);
    const tab = await browser.apart();
    await tab.sized(390, "light");
    await tab.open(`${server.url}/ui/`);
    await tab.press("nav a[href='/ui/restore']");
    await judged(tab, "restore");
    await tab.press("a[href='/ui/restore/moments?job=slow']");
    await judged(tab, "restore_moments");
    await tab.press("main form button");
    await judged(tab, "restore_files");
    await tab.press("td a[href*='path=deep']");
    assert.match(await tab.text("main"), /a\.txt/);
    await tab.press("td a[href*='order?'][href*='a.txt']");
    await judged(tab, "restore_order");
    await tab.page.type("#target", `${rig.folder}/restored/one`);
    await tab.press("main form button");
    assert.match(await tab.text("main"), /of it only deep\/a\.txt/);
    await judged(tab, "restore_confirm");
    await tab.press("button[value=restore]");
    await tab.page.waitForSelector("progress[value='40']");
    await judged(tab, "restore_running");
    await writeFile(`${rig.folder}/slow/go`, "");
    await tab.page.waitForSelector(".note.good");
    assert.match(await tab.text("main"), /It is restored\.[^]*1 file is back/);
    await judged(tab, "restore_done");
    assert.equal(await readFile(`${rig.folder}/restored/one/deep/a.txt`, "utf8"), "lost\n");
  },
);

browserTest("without JavaScript a restore is begun by forms, and cancelled", async (rig, browser) => {
  const server = await start(rig);
  const [backup] = (await server.get("/backups?job=slow")) as { run_id: string }[];
  const tab = await browser.apart();
  await tab.page.setJavaScriptEnabled(false);
  await tab.open(`${server.url}/ui/restore/order?run=${backup!.run_id}`);
  tab.expected.add(422);
  await tab.page.type("#target", "/etc/schelly");
  await tab.press("main form button");
  assert.match(await tab.text("main"), /Nothing was restored\.[^]*\/etc\/schelly/);
  await tab.open(
    `${server.url}/ui/restore/order?run=${backup!.run_id}&target=${
      encodeURIComponent(`${rig.folder}/restored/two`)
    }`,
  );
  await tab.press("button[value=restore]");
  await tab.press("a[href*='/ui/acts/end_restore']");
  await tab.press("main form button");
  for (;;) {
    const text = await tab.text("main");
    if (/It failed\./.test(text)) break;
    assert.match(text, /running/i);
    await tab.open(tab.page.url());
  }
  assert.deepEqual(tab.troubles, []);
});
