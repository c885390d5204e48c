// Every kind of bad input gets a sensible answer, soon and in little memory; the pages made of them are current.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { answerTo, BAD_INPUTS, badConfigTable } from "../support/bad_config.ts";
import { configurationReference } from "../support/config_reference.ts";

const MOST_SECONDS = 1;
const MOST_BYTES = 300 * 1024 * 1024;

for (const input of BAD_INPUTS) {
  test(`loadConfig() answers ${input.name} within a second and 300 MB`, async () => {
    const rss = process.memoryUsage().rss;
    // Processor time: other tests may have the machine for themselves meanwhile.
    const begun = process.cpuUsage();
    const answers = await answerTo(input);
    const { user, system } = process.cpuUsage(begun);
    assert.equal((user + system) / 1e6 < MOST_SECONDS, true, `${(user + system) / 1e6} s`);
    assert.equal(process.memoryUsage().rss - rss < MOST_BYTES, true);
    if (input.accepted === true) return assert.deepEqual(answers, ["accepted"]);
    if (input.accepted !== undefined) {
      assert.equal(answers[0], "accepted");
      return assert.ok(answers.some((answer) => answer.startsWith("warning: ")), answers.join("\n"));
    }
    assert.notEqual(answers[0], "accepted");
    for (const answer of answers) {
      assert.match(answer, /^(schelly\.yaml|nowhere\.yaml|conf|environment)/);
      assert.doesNotMatch(answer, /TypeError|undefined|\[object|at file:/);
    }
  });
}

test("docs/bad_config.md says what is answered now", async () => {
  const page = await readFile(new URL("../../docs/bad_config.md", import.meta.url), "utf8");
  assert.equal(page, await badConfigTable(), "write it anew: scripts/config_docs.ts");
});

test("docs/configuration.md has every key of the schema as it is now", async () => {
  const page = await readFile(new URL("../../docs/configuration.md", import.meta.url), "utf8");
  assert.equal(page, configurationReference(), "write it anew: scripts/config_docs.ts");
});
