// The transcripts that people read are what the program says today, on the history that the demo makes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { retentionPage, transcribe } from "../../scripts/retention_docs.ts";

test("docs/retention.md shows what the program says on the demo's history", async () => {
  const { is, should } = await retentionPage();
  // Line by line, so that the first difference is what is shown.
  const [had, has] = [is.split("\n"), should.split("\n")];
  for (const [at, line] of has.entries()) {
    assert.equal(
      had[at],
      line,
      `line ${at + 1} is not current: run \`deno run -P scripts/retention_docs.ts\``,
    );
  }
  assert.equal(had.length, has.length);
});

test("transcribe() replaces what stands below a command, cuts as its pipe says, and leaves other text alone", async () => {
  const page =
    'A\n```console\n$ schelly a "b c" | head -n 1\nold\n$ schelly d 2>&1 | tail -n 1\n```\nB\n```yaml\n$ x\n```\n';
  const asked: string[][] = [];
  const written = await transcribe(page, (args) => {
    asked.push(args);
    return Promise.resolve({ code: 6, out: "1\n2\n", err: "e\n", seen: "1\n2\ne\n" });
  });
  assert.deepEqual(asked, [["a", "b c"], ["d"]]);
  assert.equal(
    written,
    'A\n```console\n$ schelly a "b c" | head -n 1\n1\ne\n[exit code 6]\n$ schelly d 2>&1 | tail -n 1\ne\n[exit code 6]\n```\n' +
      "B\n```yaml\n$ x\n```\n",
  );
});
