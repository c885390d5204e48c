// With the keyboard alone: every act of the page, from the button that leads to it to the words that say that it was done.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { browserTest, type Tab } from "../support/browser.ts";
import { enter, focused, tabTo } from "../support/browser_keys.ts";
import { command, makeHistory, startJobs } from "../support/browser_jobs.ts";
import type { Rig, Server } from "../support/program.ts";

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

/** A job whose backups are too small, one whose backup and restore take as long as they are let, and a channel. */
function moreJobs(rig: Rig): string {
  const shell = (text: string) => `{ shell: ${JSON.stringify(text)} }`;
  const wait = `while [ ! -e ${rig.folder}/go ]; do sleep 0.1; done`;
  const slow = `provider: { command: { create: ${shell(wait)}, delete: ${shell("true")}, restore: ${
    shell(`while :; do sleep 0.1; done`)
  } }, poll_interval: 100ms }`;
  const job = (name: string, rest: string) =>
    `  - { name: ${name}, schedule: "0 0 0 29 2 *", retry: { attempts: 0 }, ${rest} }\n`;
  return job("small", `min_size: 1MiB, retention: { secondly: 100 }, ${command(rig, "small")}`) +
    job("slow", slow) +
    `restore: { roots: [ ${rig.folder}/restored ] }\n` +
    `notify: { channels: { desk: { type: command, argv: [ "true" ] } } }\n`;
}

interface Step {
  /** Where the button stands. */
  page: string;
  button: RegExp;
  /** What is typed, by the label of its field. */
  typed?: [RegExp, string][];
  /** On the page that asks. */
  submit: RegExp;
  /** Of what is said afterwards, which has the focus. */
  said: RegExp;
}

/** From the button to the notice. */
async function act(
  tab: Tab,
  server: Server,
  { page, button, typed = [], submit, said }: Step,
): Promise<void> {
  await tab.open(server.url + page);
  await tabTo(tab, button);
  await enter(tab);
  let first = true;
  for (const [label, text] of typed) {
    // The first field has the focus from the start, where nothing has to be read before.
    if (!first || !label.test(await focused(tab))) await tabTo(tab, label);
    first = false;
    await tab.page.keyboard.type(text);
  }
  await tabTo(tab, submit, "main form");
  await enter(tab);
  assert.match(await focused(tab), said, `after ${submit} on ${page}`);
}

browserTest("every act is done by keys alone, and what it came to has the focus", async (rig, browser) => {
  for (const name of ["small", "restored"]) await mkdir(`${rig.folder}/${name}`);
  const more = moreJobs(rig);
  const server = await startJobs(rig, { more });
  await makeHistory(rig, server, { more });
  const small = [await server.backup("small"), await server.backup("small")];
  const [good] = await server.get("/backups?job=good");
  const [held] = await server.get("/backups?job=held");
  const tab = await browser.apart();
  await tab.sized(1024, "dark");
  const go = (step: Step) => act(tab, server, step);

  await go({
    page: "/ui/jobs/good",
    button: /^Pause/,
    typed: [[/^Why/, "a move"]],
    submit: /^Pause$/,
    said: /good is paused/,
  });
  await go({
    page: "/ui/jobs/good",
    button: /^Resume/,
    submit: /^Resume$/,
    said: /good is no longer paused/,
  });
  await go({
    page: "/ui/deletions",
    button: /^Freeze all/,
    typed: [[/^Why/, "an audit"]],
    submit: /^Freeze all/,
    said: /All deletions are frozen/,
  });
  await go({
    ...{ page: "/ui/", button: /^Release the freeze/, typed: [[/^Type release/, "release"]] },
    ...{ submit: /^Release the freeze/, said: /The freeze is released/ },
  });
  const backup = `/ui/backups/${good.run_id}`;
  await go({
    page: backup,
    button: /^Hold$/,
    typed: [[/^Why/, "a trial"]],
    submit: /^Hold$/,
    said: /It is held/,
  });
  await go({
    ...{ page: `/ui/backups/${held.run_id}`, button: /^Release$/, typed: [[/^Type release/, "release"]] },
    ...{ submit: /^Release$/, said: /no longer held/ },
  });
  await go({
    ...{ page: "/ui/jobs/guarded", button: /approve$/i, typed: [[/^Type guarded/, "guarded"]] },
    ...{ submit: /^Approve the deletions/, said: /deletions of guarded are approved/ },
  });
  const [one, two] = small.map(({ run_id }) => `/ui/backups/${run_id}`);
  await go({
    page: one!,
    button: /^Reject$/,
    typed: [[/^Type reject/, "reject"]],
    submit: /^Reject$/,
    said: /It is rejected/,
  });
  // The newest is suspect still, so the rejected one waits, and can be taken back.
  await go({ page: one!, button: /^Accept$/, submit: /^Accept$/, said: /It is accepted/ });
  await go({ page: "/ui/jobs/small", button: /^Accept$/, submit: /^Accept$/, said: /It is accepted/ });
  assert.equal((await server.get(`/backups/${small[1]!.run_id}`)).suspect, false);
  await go({
    ...{
      page: two!,
      button: /^Delete/,
      typed: [[/^Type delete/, "delete"], [/^Type gone/, "gone for good"]],
    },
    ...{ submit: /^Delete this/, said: /Its deletion is decided/ },
  });
  await go({ page: "/ui/settings", button: /^Send a test/, submit: /^Send a test/, said: /desk took all/ });
  await go({
    page: "/ui/settings",
    button: /^Reload/,
    submit: /^Reload/,
    said: /The configuration was read again/,
  });
  await go({
    page: "/ui/jobs/slow",
    button: /^Run now/,
    submit: /^Run now/,
    said: /The backup of slow was asked for/,
  });
  const [running] = await server.runs("slow");
  await go({
    page: `/ui/runs/${running.run_id}`,
    button: /^Cancel it/,
    submit: /^Cancel$/,
    said: /cancelled/,
  });
  assert.deepEqual(tab.troubles, []);

  await restoreByKeys(tab, rig, server);
  await refusedByKeys(tab, server, backup);
});

/** A restore is begun and ended. */
async function restoreByKeys(tab: Tab, rig: Rig, server: Server): Promise<void> {
  await writeFile(`${rig.folder}/go`, "");
  const { run_id } = await server.backup("slow");
  await tab.open(`${server.url}/ui/restore/order?run=${run_id}`);
  await tabTo(tab, /^Into this folder/);
  await tab.page.keyboard.type(`${rig.folder}/restored/one`);
  await tab.page.keyboard.press("Tab");
  await tabTo(tab, /^See what will be done/);
  await enter(tab);
  await tabTo(tab, /^Restore$/, "main form");
  await enter(tab);
  assert.match(tab.page.url(), /\/ui\/restore\/operation/);
  await tabTo(tab, /^Cancel/);
  await enter(tab);
  await tabTo(tab, /^Cancel the restore/);
  await enter(tab);
  assert.match(await focused(tab), /The restore is told to end/);
}

/** What is refused says so where the focus is. */
async function refusedByKeys(tab: Tab, server: Server, backup: string): Promise<void> {
  for (const status of [400, 409]) tab.expected.add(status);
  await tab.open(server.url + backup);
  await tabTo(tab, /^Verify$/);
  await enter(tab);
  await tabTo(tab, /^Verify$/, "main form");
  await enter(tab);
  assert.match(await focused(tab), /Nothing was changed\.[^]*verif/);
  await tab.open(`${server.url}/ui/acts/unlock?of=good`);
  assert.match(await tab.text("main"), /has no locks to show\. Nothing was changed/);
  await tab.judge("a refused act");
}
