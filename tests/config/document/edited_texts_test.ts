// An edit that is not written yet is judged where it would stand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { issuesOf, load } from "../../support/load_text.ts";

const named = (name: string) => `jobs: [{ name: ${name}, provider: { url: "http://p/b" } }]\n`;
const FOLDER = {
  "/conf/a.yaml": `server: { listen: "127.0.0.1:1" }\n${named("a")}`,
  "/conf/b.yaml": named("b"),
};
const flags = { config: "/conf" };
const namesOf = async (...args: Parameters<typeof load>) =>
  (await load(...args)).jobs.map(({ name }) => name);

test("an edit takes the place of the whole configuration, however that was found", async () => {
  const edit = { text: named("edited"), file: null };
  assert.deepEqual(await namesOf(named("here"), { edit }), ["edited"]);
  assert.deepEqual(await namesOf(null, { edit, env: { SCHELLY_CONFIG_YAML: named("inline") } }), ["edited"]);
  assert.deepEqual(await namesOf(null, { edit, files: FOLDER, flags }), ["edited"]);
  assert.deepEqual(await namesOf(null, { edit }), ["edited"], "there is none yet");
  const job = { WEBHOOK_URL: "http://p/b" };
  assert.deepEqual(
    await namesOf(null, { edit, env: job }),
    ["edited"],
    "it would replace the job of the variables",
  );
});

test("of a folder one file is edited, and the others stay as they are", async () => {
  const edit = { text: named("edited"), file: "/conf/b.yaml" };
  assert.deepEqual(await namesOf(null, { edit, files: FOLDER, flags }), ["a", "edited"]);
  const [none] = await issuesOf(null, { edit: { ...edit, file: "/etc/passwd" }, files: FOLDER, flags });
  assert.match(none!, /no such file: expected one of \/conf\/a\.yaml, \/conf\/b\.yaml/);
});

test("what is wrong with it is told by the name of the file that it would be", async () => {
  const [wrong] = await issuesOf(named("here"), {
    edit: { text: "jobs: [{ name: x, oops: 1 }]", file: null },
  });
  assert.match(wrong!, /^schelly\.yaml:1:/);
  const [large] = await issuesOf(named("here"), { edit: { text: "#".repeat(1024 * 1024 + 1), file: null } });
  assert.match(large!, /the text is over 1 MiB/);
});
