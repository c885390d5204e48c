// The first hour: the program without a configuration, started at a terminal, shows how to begin; the file that was begun is
// judged as it is written; and a configuration without jobs says what to put into it.

import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { browserTest, THEMES, WIDTHS } from "../support/browser.ts";
import { freePort, PROGRAM, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const noTerminal = requireTool("script", ["--version"]);

browserTest(
  "without a configuration the page says how to begin, and becomes the server's own",
  async (rig, browser) => {
    const url = `http://127.0.0.1:${freePort()}`;
    const argv = [...PROGRAM, "run"].map((word) => `'${word}'`).join(" ");
    const env = { SCHELLY_LISTEN: url.slice("http://".length), DATA_DIR: rig.folder, TERM: "xterm" };
    const child = rig.spawn("a terminal", ["script", "-qefc", argv, "/dev/null"], env);
    await child.said("out", /Waiting for .*schelly\.yaml/);
    const tab = await browser.apart();
    assert.equal(await tab.open(`${url}/`), 200);
    assert.match(await tab.text("h1"), /Nothing is backed up yet/);
    assert.match(await tab.text("main"), new RegExp(`${rig.folder}/schelly\\.yaml`));
    for (const theme of THEMES) {
      for (const width of WIDTHS) {
        await tab.sized(width, theme);
        await tab.picture(`first_run-${theme}-${width}`);
        await tab.judge(`the first page, ${theme}, ${width}`);
      }
    }
    assert.equal((await fetch(`${url}/readyz`)).status, 503);

    const begun = await tab.page.$eval("#command-yaml", (text) => (text as any).textContent as string);
    await writeFile(`${rig.folder}/schelly.yaml`, begun.replace("retention:", "retentoin:"));
    await tab.page.waitForFunction("document.querySelector('main')?.innerText.includes('cannot be used')");
    assert.match(await tab.text("main"), /It cannot be used: 1 error\.[^]*retentoin/);
    await tab.judge("a file that is not right yet");
    await tab.picture("first_run_invalid-dark-1600");

    await writeFile(`${rig.folder}/next`, begun);
    await rename(`${rig.folder}/next`, `${rig.folder}/schelly.yaml`);
    // The server may be a moment between the two.
    await tab.page.waitForFunction("document.querySelector('table.jobs') !== null");
    assert.match(await tab.text("table.jobs"), /database/);
    tab.troubles.splice(0);
    child.signal("SIGTERM");
  },
  noTerminal,
);

browserTest("a service that finds no configuration ends, and tells why", async (rig) => {
  const { code, err } = await rig.cli("run");
  assert.equal(code, 3);
  assert.match(err, /there is no configuration/);
});

browserTest("a configuration without jobs says what to put into it", async (rig, browser) => {
  await rig.configure("jobs: []\n", "auth: none");
  const server = await rig.server();
  const tab = await browser.apart();
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      await tab.sized(width, theme);
      await tab.open(`${server.url}/ui/`);
      await tab.picture(`no_jobs-${theme}-${width}`);
      await tab.judge(`no jobs, ${theme}, ${width}`);
    }
  }
  assert.match(await tab.text("main"), /names no job[^]*by restic/);
  await tab.page.click("[data-copy=restic-yaml]");
  // Whether a page may write to the clipboard is the browser's to say: else the text is marked.
  await until(
    "the button says that it did",
    async () => await tab.text("[data-copy=restic-yaml]") !== "Copy",
  );
  assert.match(await tab.text("[data-copy=restic-yaml]"), /^(Copied|Marked: copy it by Ctrl\+C)$/);
  const shown = await tab.page.$eval("#restic-yaml", (text) => (text as any).textContent as string);
  await writeFile(`${rig.folder}/copied.yaml`, shown);
  const { code, err } = await rig.cli("validate", "config", `${rig.folder}/copied.yaml`, "--no-secrets");
  assert.equal(code, 0, err);
});
