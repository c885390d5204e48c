// The page of the real program: found, logged in to by the link of `schelly ui`, acted from, and shut to strangers.

import assert from "node:assert/strict";
import { programTest, until } from "../support/program.ts";
import { unruly } from "../support/unruly_html.ts";

const JOB = '  - name: home\n    schedule: "0 0 0 29 2 *"\n' +
  '    provider: { poll_interval: 100ms, command: { create: [sh, -c, "echo packed 12 files"], delete: ["true"] } }\n';
const AUTH = 'auth: { tokens: [ { name: ann, role: operator, token: "token-of-ann-0123456789" } ] }';

programTest(
  "a browser is led to the page, logs in by a link once, and runs a job from there",
  async (rig) => {
    await rig.configure(`jobs:\n${JOB}`, AUTH);
    const server = await rig.server();
    const get = async (path: string, headers: Record<string, string> = {}) =>
      await fetch(`${server.url}${path}`, { headers, redirect: "manual" });

    const led = await get("/", { accept: "text/html" });
    assert.deepEqual([led.status, led.headers.get("location")], [302, "/ui/"]);
    await led.body?.cancel();
    const away = await get("/ui/");
    assert.deepEqual([away.status, away.headers.get("location")], [303, "/ui/login"]);
    await away.body?.cancel();
    const login = await (await get("/ui/login")).text();
    assert.match(login, /schelly ui/);
    assert.deepEqual(unruly(login), []);
    const files = [...login.matchAll(/(?:href|src)="(\/ui\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    assert.ok(files.length >= 5);
    for (const path of files) {
      const file = await get(path);
      assert.equal(file.status, 200, path);
      assert.match(file.headers.get("cache-control")!, /immutable/);
      assert.ok((await file.text()).length > 100, path);
    }

    const link = await rig.cli("ui", "--socket", rig.socket);
    assert.equal(link.code, 0, link.err);
    const path = link.out.trim().slice(server.url.length);
    const opened = await get(path);
    assert.deepEqual([opened.status, opened.headers.get("location")], [303, "/ui/"]);
    const cookie = opened.headers.get("set-cookie")!.split(";")[0]!;
    await opened.body?.cancel();
    const again = await get(path);
    assert.equal(again.status, 403);
    await again.body?.cancel();

    const page = await (await get("/ui/", { cookie })).text();
    assert.match(page, /<b>socket<\/b> <span class="role">admin/);
    assert.match(page, />home<\/a>/);
    assert.deepEqual(unruly(page), []);

    const form = await (await get("/ui/acts/run?of=home&back=/ui/", { cookie })).text();
    const csrf = /name="csrf" value="([^"]*)"/.exec(form)![1]!;
    const send = (headers: Record<string, string>) =>
      fetch(`${server.url}/ui/acts/run`, {
        method: "POST",
        redirect: "manual",
        headers: { "content-type": "application/x-www-form-urlencoded", cookie, ...headers },
        body: new URLSearchParams({ csrf, of: "home", back: "/ui/" }),
      });
    const foreign = await send({ origin: "https://evil.example" });
    assert.equal(foreign.status, 403);
    await foreign.body?.cancel();
    const done = await send({ origin: server.url });
    assert.equal(done.status, 303);
    await done.body?.cancel();
    const told = await (await get(done.headers.get("location")!, { cookie })).text();
    const [, run] = /href="(\/ui\/runs\/[^"]+)">Look at it/.exec(told)!;
    await until("the page of the run says that the backup is there", async () => {
      const whole = await (await get(run!, { cookie })).text();
      return /available/.test(whole) && /packed 12 files/.test(whole);
    });
  },
);

programTest(
  "an open page hears of a change within seconds, and the API takes no cookie of it",
  async (rig) => {
    await rig.configure(`jobs:\n${JOB}`, AUTH);
    const server = await rig.server();
    const link = await rig.cli("ui", "--socket", rig.socket);
    const opened = await fetch(link.out.trim(), { redirect: "manual" });
    const cookie = opened.headers.get("set-cookie")!.split(";")[0]!;
    await opened.body?.cancel();
    assert.equal((await server.request("GET", "/jobs", { headers: { cookie } })).status, 401);

    const stream = await fetch(`${server.url}/ui/live`, { headers: { cookie } });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    const hear = async (words: RegExp) => {
      while (!words.test(heard)) {
        const { done, value } = await reader.read();
        assert.ok(!done, heard);
        heard += value;
      }
    };
    await hear(/event: hello/);
    const begun = await server.request("POST", "/jobs/home/trigger", {
      headers: { authorization: "Bearer token-of-ann-0123456789" },
    });
    assert.equal(begun.status, 202);
    await hear(/event: changed\ndata: {"jobs":\["home"\]}/);
    await reader.cancel();
  },
);
