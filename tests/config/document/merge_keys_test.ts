// Anchors, merge keys and keys of the user's own serve to write things once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseYaml } from "../../../src/config/document/document.ts";
import { markAt, type Marks } from "../../../src/config/document/tree.ts";

function read(text: string) {
  const marks: Marks = new WeakMap();
  const { tree, issues, source } = parseYaml("f.yaml", text, {}, marks);
  return { tree, marks, source, issues: issues.map(({ message }) => message) };
}

test("what stands in the mapping itself counts, wherever the merge key stands, then what was merged first", () => {
  const { tree, issues } = read(
    "x-a: &a { k: 1, l: 1, m: 1 }\nx-b: &b { l: 2, m: 2, n: 2 }\njobs:\n  - m: 3\n    <<: [*b, *a]\n    k: 3\n",
  );
  assert.deepEqual(issues, []);
  assert.deepEqual((tree!.jobs as unknown[])[0], { m: 3, k: 3, l: 2, n: 2 });
});

test("a merged value is told where it was written", () => {
  const { tree, marks, source } = read("x-a: &a\n  k: 1\njobs:\n  - <<: *a\n    l: 2\n");
  const mark = markAt(tree!, marks, ["jobs", 0, "k"])!;
  assert.deepEqual(source.position(mark.valueAt!), { line: 2, column: 6 });
});

test("a merged mapping is a copy: what is changed in one job is not in another", () => {
  const { tree } = read("x-a: &a { r: { daily: 1 } }\njobs:\n  - <<: *a\n  - <<: *a\n");
  const [one, two] = tree!.jobs as { r: unknown }[];
  assert.deepEqual(one!.r, two!.r);
  assert.notEqual(one!.r, two!.r);
});

for (
  const [what, value] of [["a number", "3"], ["nothing", ""], ["a list of numbers", "[1]"], [
    "text",
    "x",
  ]] as const
) {
  test(`a merge key with ${what} is refused once`, () => {
    const { issues } = read(`jobs:\n  - <<: ${value}\n    k: 1\n`);
    assert.deepEqual(issues, [
      "'<<' merges no mapping: expected an alias of one, such as <<: *base, or a list of them",
    ]);
  });
}

test("an alias that has no anchor is told once, and one that contains itself ends the reading", () => {
  assert.deepEqual(read("jobs:\n  - <<: *nope\n").issues, ["the alias *nope has no anchor before it"]);
  assert.deepEqual(read("jobs: &j\n  - <<: *j\n").issues, ["the alias *j contains itself"]);
});

test("a merge key at the top of the document merges too", () => {
  const { tree } = read("x-a: &a\n  log: { level: debug }\n<<: *a\njobs:\n  - name: a\n");
  assert.deepEqual(tree!.log, { level: "debug" });
});
