// What holds for every page: who is let in and how, forms, headers, and what is said when something is wrong.
// Also tests answer.ts, came_from.ts, form.ts, login.tsx, login_page.tsx, error_page.tsx, mod.ts, paths.ts, refused.ts,
// shown_text.ts and visits.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { authOf, basic } from "../support/auth_of.ts";
import { csrfOf, testWeb } from "../support/test_web.ts";
import { StoreError } from "../../src/domain/errors.ts";

const named = () =>
  authOf(
    [{ name: "grafana", role: "viewer", token: "viewer-token" }, {
      name: "old",
      role: "admin",
      token: "old-token",
      expires: Date.UTC(2026, 1, 1),
    }],
    [{ name: "alice", role: "operator", password: "correct horse" }],
  );

test("whoever is not known is led to the log-in and from there back to where they wanted", async () => {
  const { browser, visits } = testWeb({ auth: await named() });
  const alice = browser();
  const away = await alice.get("/ui/?find=post%20gres");
  assert.equal(away.status, 303);
  const login = away.headers.get("location")!;
  assert.equal(login, "/ui/login?next=%2Fui%2F%3Ffind%3Dpost%2520gres");
  const page = await (await alice.get(login)).text();
  assert.match(page, /name="next" value="\/ui\/\?find=post%20gres"/);
  const fields = { name: "alice", password: "correct horse", next: "/ui/?find=post%20gres" };
  const back = await alice.send("/ui/login", fields);
  assert.deepEqual([back.status, back.headers.get("location")], [303, "/ui/?find=post%20gres"]);
  assert.match(back.headers.get("set-cookie")!, /HttpOnly; SameSite=Strict/);
  const seen = await (await alice.get("/ui/")).text();
  assert.match(seen, /<b>alice<\/b> <span class="role">operator/);
  assert.deepEqual(visits.map(({ what, caller }) => [what, caller]), [["loggedIn", "alice"]]);
});

test("a token logs in with its own role; a wrong or expired one is refused in words, and told to the audit trail", async () => {
  const { browser, visits } = testWeb({ auth: await named() });
  const one = browser();
  for (
    const [fields, words] of [
      [{ token: "viewer-tokem" }, /not one of this server/],
      [{ token: "old-token" }, /expired at 2026-02-01/],
      [{ name: "alice", password: "wrong" }, /The name or the password is wrong/],
    ] as const
  ) {
    const answer = await one.send("/ui/login", fields);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("www-authenticate"), null);
    assert.match(await answer.text(), words);
    assert.equal((await one.get("/ui/")).status, 303);
  }
  assert.deepEqual(visits.map(({ what, claimed }) => [what, claimed]), [
    ["refused", undefined],
    ["refused", "old"],
    ["refused", "alice"],
  ]);
  assert.equal((await one.send("/ui/login", { token: "viewer-token" })).status, 303);
  assert.match(await (await one.get("/ui/")).text(), /<b>grafana<\/b> <span class="role">viewer/);
});

test("too many wrong passwords are turned away as those of the API are", async () => {
  const { browser } = testWeb({ auth: await named() });
  const one = browser();
  const csrf = csrfOf(await (await one.get("/ui/login")).text())!;
  let last: Response | undefined;
  for (let tries = 0; tries < 70 && last?.status !== 429; tries++) {
    last = await one.send("/ui/login", { csrf, name: "alice", password: `wrong ${tries}` });
  }
  assert.deepEqual([last!.status, last!.headers.get("retry-after")], [429, "3"]);
});

test("a place to go to that is not ours is not gone to", async () => {
  const { browser } = testWeb({ auth: await named() });
  for (
    const next of ["https://evil.example/", "//evil.example", "/ui/\\evil", "/backups", "javascript:alert(1)"]
  ) {
    const answer = await browser().send("/ui/login", { token: "viewer-token", next });
    assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/ui/"], next);
  }
});

test("log-out ends the session, for the cookie too", async () => {
  const { browser } = testWeb({ auth: await named() });
  const one = browser();
  await one.send("/ui/login", { token: "viewer-token" });
  const stolen = one.cookie;
  const out = await one.send("/ui/logout", {});
  assert.deepEqual([out.status, out.headers.get("location"), one.cookie], [303, "/ui/login", ""]);
  one.cookie = stolen;
  assert.equal((await one.get("/ui/")).status, 303);
});

test("a form of another page, of an earlier visit or without our word changes nothing", async () => {
  const { browser } = testWeb({ auth: await named() });
  const one = browser();
  await one.send("/ui/login", { token: "viewer-token" });
  const foreign = await one.send("/ui/logout", {}, { origin: "https://evil.example" });
  const stale = await one.send("/ui/logout", { csrf: "0".repeat(64) });
  const json = await one.send("/ui/logout", {}, { "content-type": "text/plain" });
  assert.deepEqual([foreign.status, stale.status, json.status], [403, 403, 415]);
  assert.match(await stale.text(), /Nothing was changed/);
  assert.equal((await one.get("/ui/")).status, 200);
});

test("a session that is over in the middle of something says that nothing was changed", async () => {
  const { browser } = testWeb({ auth: await named() });
  const answer = await browser().send("/ui/anything", {});
  assert.equal(answer.status, 401);
  assert.match(await answer.text(), /nothing was changed: log in, and do it once more/);
  const way = async (referer: string) => {
    const page = await (await browser().send("/ui/anything", {}, { referer })).text();
    return /href="(\/ui\/login\?next=[^"]*)"/.exec(page)![1];
  };
  const from = "/ui/acts/pause?of=home&back=%2Fui%2F";
  assert.equal(await way(`http://localhost:8080${from}`), `/ui/login?next=${encodeURIComponent(from)}`);
  assert.equal(await way("http://evil.example/x"), "/ui/login?next=%2Fui%2F");
  assert.equal(await way("nonsense"), "/ui/login?next=%2Fui%2F");
  // What a page asks for by itself is told apart: it says so in its own place.
  const asked = await browser().get("/ui/", { "hx-request": "true" });
  assert.deepEqual([asked.status, asked.headers.get("hx-redirect"), await asked.text()], [401, null, ""]);
});

test("an edit of who may ask logs out; a browser's own password window and a proxy's word still count", async () => {
  const { browser, changeAuth } = testWeb({ auth: await named() });
  const one = browser();
  await one.send("/ui/login", { token: "viewer-token" });
  changeAuth(await named());
  assert.equal((await one.get("/ui/")).status, 303);
  const known = await one.get("/ui/", { authorization: basic("alice", "correct horse") });
  assert.match(await known.text(), /<b>alice<\/b> <span class="role">operator/);
});

test("the link of the socket logs its caller in once; nobody is given one for nothing", async () => {
  const { browser, askSocket } = testWeb({ auth: await named(), basePath: "/schelly" });
  const answer = await askSocket("POST", "/schelly/ui/link");
  const { path, address, caller } = await answer.json();
  assert.deepEqual([address, caller], ["http://localhost:8080/schelly", "socket"]);
  const one = browser();
  assert.deepEqual((await one.get(`/schelly${path}`)).headers.get("location"), "/schelly/ui/");
  assert.match(await (await one.get("/schelly/ui/")).text(), /<b>socket<\/b> <span class="role">admin/);
  const again = await browser().get(`/schelly${path}`);
  assert.equal(again.status, 403);
  assert.match(await again.text(), /Ask `schelly ui` for another/);
  assert.equal((await browser().send("/schelly/ui/link", {})).status, 403);
});

test("whatever looks at a link ahead of its person neither uses it up nor is logged in", async () => {
  const { browser, askSocket, handler } = testWeb({ auth: await named() });
  const { path } = await (await askSocket("POST", "/ui/link")).json();
  const looks: [string, Record<string, string>][] = [
    ["HEAD", {}],
    ["GET", { "sec-purpose": "prefetch" }],
    ["GET", { "sec-purpose": "prefetch;prerender" }],
    ["GET", { purpose: "prefetch" }],
    ["GET", { purpose: "preview" }],
  ];
  for (const [method, headers] of looks) {
    const request = new Request(`http://localhost:8080${path}`, { method, headers });
    const answer = await handler(request, { local: false, remote: "127.0.0.1:50000" });
    assert.deepEqual([answer.status, answer.headers.get("set-cookie")], [204, null], JSON.stringify(headers));
  }
  const one = browser();
  assert.equal((await one.get(path)).status, 303);
  assert.match(await (await one.get("/ui/")).text(), /<b>socket<\/b> <span class="role">admin/);
});

test("without names the page is open as the API is, and knows no log-in", async () => {
  for (const [kind, role] of [["none", "admin"], ["default", "trigger"]] as const) {
    const { browser } = testWeb({ auth: { kind } });
    assert.match(
      await (await browser().get("/ui/")).text(),
      new RegExp(`<b>anonymous</b> <span class="role">${role}`),
    );
    assert.equal((await browser().get("/ui/login")).headers.get("location"), "/ui/");
    // A name that a stranger has made to point here.
    assert.equal((await browser().get("/ui/", { host: "evil.example" })).status, 421);
  }
});

test("a browser that comes from elsewhere is asked once more, as it sends its cookie only then", async () => {
  const { browser } = testWeb({ auth: await named() });
  const answer = await browser().get("/ui/", { "sec-fetch-site": "cross-site" });
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /http-equiv="refresh" content="0"/);
});

test("every answer has the strict policy and is kept nowhere; files are for ever", async () => {
  const { browser } = testWeb({ auth: await named() });
  const one = browser();
  await one.send("/ui/login", { token: "viewer-token" });
  const page = await one.get("/ui/");
  const [script] = /\/ui\/assets\/page\.[0-9a-f]{12}\.js/.exec(await page.text())!;
  for (const path of ["/ui/", "/ui/login", "/ui/nowhere", script, "/ui/assets/page.000000000000.js"]) {
    const answer = await one.get(path);
    assert.match(
      answer.headers.get("content-security-policy")!,
      /^default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'; base-uri 'none'$/,
    );
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    const isFile = path === script;
    assert.equal(
      answer.headers.get("cache-control"),
      isFile ? "public, max-age=31536000, immutable" : "no-store",
      path,
    );
    assert.equal(answer.status, /nowhere|0000/.test(path) ? 404 : 200, path);
  }
});

test("a method that no page has is refused as a page, with those it has, whoever asks", async () => {
  const { handler } = testWeb({ auth: await named(), basePath: "/schelly" });
  const ask = (method: string, path: string) =>
    handler(new Request(`http://localhost:8080${path}`, { method }), {
      local: false,
      remote: "127.0.0.1:50000",
    });
  for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH"]) {
    for (const [path, allow] of [["/ui/", "GET, HEAD"], ["/ui/login", "GET, HEAD, POST"]]) {
      const answer = await ask(method, `/schelly${path}`);
      assert.deepEqual([answer.status, answer.headers.get("allow")], [405, allow], `${method} ${path}`);
      assert.match(answer.headers.get("content-type")!, /^text\/html/);
      assert.match(
        await answer.text(),
        new RegExp(`${method} is not possible at /schelly${path}: expected ${allow}`),
      );
    }
  }
  const nowhere = await ask("PUT", "/schelly/ui/nowhere");
  assert.equal(nowhere.status, 404);
  assert.match(await nowhere.text(), /No page is at \/schelly\/ui\/nowhere/);
});

test("below a base path every address begins with it", async () => {
  const { browser } = testWeb({ basePath: "/schelly" });
  const one = browser();
  assert.equal((await one.get("/schelly/ui")).headers.get("location"), "/schelly/ui/");
  const page = await (await one.get("/schelly/ui/")).text();
  const addresses = [...page.matchAll(/(?:href|src|action)="([^"#][^"]*)"/g)].map(([, address]) => address!);
  assert.ok(addresses.length > 5);
  for (const address of addresses) assert.ok(address.startsWith("/schelly/ui/"), address);
  for (const address of addresses.filter((one) => one.includes("/assets/"))) {
    assert.equal((await one.get(address)).status, 200, address);
  }
});

test("what goes wrong is a page that says so, and its log line", async () => {
  const { browser, operations, events } = testWeb();
  operations.failure = new StoreError("unknown", "Cannot read the state '/var/lib/x.db': disk I/O error");
  const trouble = await browser().get("/ui/");
  assert.equal(trouble.status, 503);
  const text = await trouble.text();
  assert.match(text, /Not possible just now/);
  assert.doesNotMatch(text, /x\.db/);
  operations.failure = new Error("a bug with /secret/path");
  const bug = await browser().get("/ui/");
  assert.equal(bug.status, 500);
  assert.doesNotMatch(await bug.text(), /secret/);
  const told = events.filter(({ type }) => type === "http.request").map((
    { level, data },
  ) => [level, data!.status]);
  assert.deepEqual(told, [["warning", 503], ["error", 500]]);
});
