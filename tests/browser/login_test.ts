// Logging in and out, a session that is lost, forms that are not ours, and roles.

import assert from "node:assert/strict";
import { browserTest, type Tab } from "../support/browser.ts";
import { AS_ANN, PEOPLE, startJobs } from "../support/browser_jobs.ts";
import { freePort, until } from "../support/program.ts";

async function logIn(tab: Tab, name: keyof typeof PEOPLE, password: string = PEOPLE[name]): Promise<void> {
  await tab.page.locator("#name").fill(name);
  await tab.page.locator("#password").fill(password);
  await tab.press("form:has(#password) button");
}

const pathOf = (tab: Tab) => new URL(tab.page.url()).pathname;

browserTest("people log in, come where they wanted to, and log out for good", async (rig, browser) => {
  const server = await startJobs(rig, { users: true });
  const tab = await browser.apart();
  await tab.sized(390, "dark");
  await tab.open(`${server.url}/ui/?show=unwell`);
  assert.equal(pathOf(tab), "/ui/login");
  await tab.judge("the log-in");
  await tab.picture("login-dark-390");
  tab.expected.add(401);
  await logIn(tab, "ann", "a wrong password");
  assert.match(await tab.text("main"), /The name or the password is wrong/);
  tab.expected.clear();
  await tab.judge("a wrong password");
  await logIn(tab, "ann");
  assert.equal(tab.page.url(), `${server.url}/ui/?show=unwell`);
  await tab.judge("logged in");
  const [cookie] = await tab.page.browserContext().cookies();
  assert.deepEqual([cookie!.httpOnly, cookie!.sameSite, cookie!.path], [true, "Strict", "/"]);
  assert.equal(await tab.page.evaluate("document.cookie"), "", "no script sees it");

  await tab.press("form[action$='/ui/logout'] button");
  assert.equal(pathOf(tab), "/ui/login");
  // Whoever kept the cookie has nothing of it either.
  await tab.page.browserContext().setCookie(cookie!);
  await tab.open(`${server.url}/ui/`);
  assert.equal(pathOf(tab), "/ui/login");
  await tab.page.goBack({ waitUntil: "load" });
  await tab.page.reload({ waitUntil: "load" });
  assert.doesNotMatch(await tab.text(), /jobs need|jobs are safe/);
});

browserTest(
  "a session that is lost in the midst of an act changes nothing, and says so",
  async (rig, browser) => {
    const listen = { env: { SCHELLY_LISTEN: `127.0.0.1:${freePort()}` } };
    await startJobs(rig, { users: true, start: false });
    const server = await rig.server(listen);
    const tab = await browser.apart();
    await tab.open(`${server.url}/ui/acts/pause?of=good`);
    await logIn(tab, "ann");
    assert.equal(pathOf(tab), "/ui/acts/pause");
    await tab.page.locator("#field-reason").fill("a new disk");
    await server.kill("SIGTERM");
    const again = await rig.server(listen);
    tab.expected.add(401);
    tab.expected.add(403);
    await tab.press("main form button");
    tab.troubles.splice(0);
    assert.match(await tab.text("main"), /nothing was changed/i);
    const { body } = await again.request("GET", "/jobs/good", { headers: AS_ANN });
    assert.equal(body.paused, false);
    await tab.picture("session_lost-light");
  },
);

browserTest("a form that is not of our page does nothing, whoever is logged in", async (rig, browser) => {
  const server = await startJobs(rig, { users: true });
  const tab = await browser.apart();
  await tab.open(`${server.url}/ui/`);
  await logIn(tab, "ann");
  const send = (fields: string) =>
    tab.page.evaluate(`(async () => {
      const body = new URLSearchParams(${fields});
      return (await fetch("/ui/acts/freeze", { method: "POST", body, redirect: "manual" })).status;
    })()`);
  tab.expected.add(403);
  tab.expected.add(400);
  assert.equal(await send('{ of: "", back: "/ui/", reason: "mine" }'), 403, "without its word");
  assert.equal(
    await send('{ csrf: "0".repeat(64), of: "", back: "/ui/", reason: "mine" }'),
    403,
    "by a wrong word",
  );
  const frozen = async () => (await server.request("GET", "/freeze", { headers: AS_ANN })).body.frozen;
  assert.equal(await frozen(), false);
  // A page of others: the browser brings no cookie along.
  const other = await browser.beside(tab);
  await other.open("about:blank");
  await other.page.setContent(
    `<form method="post" action="${server.url}/ui/acts/freeze"><input name="reason" value="x"><button>go</button></form>`,
  );
  await other.press("button");
  assert.equal(await frozen(), false);
  tab.troubles.splice(0);
  await tab.open(`${server.url}/ui/acts/freeze`);
  await tab.page.locator("#field-reason").fill("an audit");
  await tab.press("main form button");
  await until("it is frozen by the true form", frozen);
});

browserTest("who may only look has no button that does anything", async (rig, browser) => {
  const server = await startJobs(rig, { users: true });
  const tab = await browser.apart();
  await tab.open(`${server.url}/ui/`);
  await logIn(tab, "eve");
  const acts = (await tab.links()).filter((link) => link.includes("/ui/acts/"));
  assert.deepEqual(acts, []);
  tab.expected.add(403);
  assert.equal(await tab.open(`${server.url}/ui/acts/freeze`), 403);
  assert.match(await tab.text("main"), /'eve' is viewer/);
});
