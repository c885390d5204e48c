// Where the server may restore: folders as they are written, on the folder of their file; never the whole machine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { issuesOf, load } from "../../support/load_text.ts";

const JOB = `jobs: [{ name: a, provider: { url: "http://p/b" } }]\n`;

test("restore.roots are absolute, or on the folder of their file; none is the default", async () => {
  assert.deepEqual((await load(JOB)).restoreRoots, []);
  const { restoreRoots } = await load(`${JOB}restore: { roots: [/srv/restored, below] }\n`);
  assert.deepEqual(restoreRoots[0], "/srv/restored");
  assert.match(restoreRoots[1]!, /^\/.*\/below$/);
});

test("the whole machine, no list and an unknown key are refused", async () => {
  for (
    const [text, says] of [
      ["restore: { roots: [/srv, /] }", /restore\.roots\[1\]: '\/' is the whole machine: expected a folder/],
      ["restore: { roots: /srv }", /restore\.roots/],
      ["restore: { root: [/srv] }", /root/],
    ] as const
  ) assert.match((await issuesOf(`${JOB}${text}\n`)).join("; "), says);
});
