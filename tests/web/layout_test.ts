// The frame of every page: where one is, who looks, and that nothing in it runs or draws by itself. Also tests lost.tsx.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Page } from "../../src/web/layout.tsx";
import { testFrame } from "../support/test_web.ts";
import { unruly } from "../support/unruly_html.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

test("the place where one is is marked, and the search keeps what it was asked", () => {
  const page = String(Page({ frame: testFrame(), title: "Overview", place: "overview", find: "post" }));
  assert.match(page, /<a href="\/ui\/" aria-current="page">/);
  assert.match(page, /name="find" value="post"/);
  assert.match(page, /^<!doctype html><html lang="en">/);
  assert.match(page, /<title>Overview · Schelly<\/title>/);
});

test("before a log-in there are no places and nothing to log out of", () => {
  const page = String(Page({ frame: testFrame({ viewer: null }), title: "Log in" }));
  assert.doesNotMatch(page, /<nav|logout|search/);
});

test("hostile names of callers, titles and searches stay words", () => {
  const frame = testFrame({ caller: { name: HOSTILE, role: "viewer" } });
  const page = String(Page({ frame, title: HOSTILE, find: HOSTILE, children: HOSTILE }));
  assert.deepEqual(unruly(page), []);
});

test("what an open page says when it is overtaken is there from the start, hidden, for those who are let in", () => {
  const page = String(Page({ frame: testFrame({ basePath: "/schelly" }), title: "Overview" }));
  for (const kind of ["away", "out", "gone"]) {
    assert.match(page, new RegExp(`<div class="note warn lost" role="alert" data-lost="${kind}" hidden`));
  }
  assert.match(page, /href="\/schelly\/ui\/login" data-log-in/);
  const before = String(Page({ frame: testFrame({ viewer: null }), title: "Log in" }));
  assert.ok(!before.includes("data-lost"));
});

test("every page of an instance on standby says so, once one is let in", () => {
  const standby = "This instance is on standby and changes nothing: 'node-a' is active, ask that one";
  const page = String(Page({ frame: { ...testFrame(), standby }, title: "Overview" }));
  assert.match(
    page,
    /role="status">.*This instance is on standby and changes nothing: &#39;node-a&#39; is active, ask that one\./s,
  );
  assert.ok(!String(Page({ frame: testFrame(), title: "Overview" })).includes("standby"));
  assert.ok(
    !String(Page({ frame: { ...testFrame({ viewer: null }), standby }, title: "Log in" })).includes("node-a"),
  );
});
