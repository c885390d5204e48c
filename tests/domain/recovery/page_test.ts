// Names that others chose cannot become markup, nor end the block that they stand in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Block, htmlPage, markdownPage } from "../../../src/domain/recovery/page.ts";

const HOSTILE = "<script>alert(1)</script> `x` **b** [a](b) | \n```\n# not a heading \x1b[2J";
const BLOCKS: Block[] = [
  { kind: "title", text: HOSTILE },
  { kind: "heading", text: HOSTILE },
  { kind: "text", text: HOSTILE },
  { kind: "facts", facts: [[HOSTILE, HOSTILE]] },
  { kind: "list", items: [HOSTILE] },
  { kind: "table", head: ["a"], rows: [[HOSTILE]] },
  { kind: "commands", lines: ["restic restore 'a|b <c>' --target /x", "line one\nline two"] },
];

test("Markdown of hostile names has no markup but its own, and each command on one line", () => {
  const text = markdownPage(BLOCKS);
  const outside = text.split("```sh\n")[0]!;
  assert.doesNotMatch(outside, /(^|[^\\])[<`[]|[^\\]\*\*b|^```/m);
  assert.equal(outside.split("\n").filter((line) => line.startsWith("#")).length, 2);
  assert.equal(text.match(/^```/gm)!.length, 2);
  assert.match(text, /^restic restore 'a\|b <c>' --target \/x\nline one line two$/m);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /\x1b/);
});

test("HTML of hostile names has no element but its own, and needs nothing from elsewhere", () => {
  const text = htmlPage("a & b", BLOCKS);
  assert.doesNotMatch(text, /<script|src=|href=|url\(/);
  assert.match(text, /&lt;script&gt;alert\(1\)/);
  assert.match(text, /<pre>restic restore 'a\|b &lt;c&gt;' --target \/x\nline one line two<\/pre>/);
});
