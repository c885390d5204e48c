// People are told what to type where YAML was confused, at the place that they must change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseYaml } from "../../../src/config/document/document.ts";

/** The first issue as `line:column: message (hint)`. */
function told(text: string): string {
  const { issues, source } = parseYaml("f.yaml", text, {}, new WeakMap());
  const [issue] = issues;
  if (issue === undefined) return "nothing";
  const { line, column } = source.position(issue.offset);
  return `${line}:${column}: ${issue.message}${issue.hint === undefined ? "" : ` (${issue.hint})`}`;
}

const JOB = "jobs:\n  - name: a\n";

const CONFUSED: [what: string, text: string, says: RegExp][] = [
  [
    "a no-break space after a key",
    `${JOB}    schedule:\u00a0"0 2 * * *"\n`,
    /^3:14: .*a no-break space \(U\+00A0\) stands here/,
  ],
  [
    "a no-break space in the indent",
    `${JOB} \u00a0  schedule: x\n`,
    /^3:2: .*\(U\+00A0\) stands here.*plain space/,
  ],
  ["an ideographic space", `${JOB}    schedule:\u3000"x"\n`, /^3:14: .*looks like a space \(U\+3000\)/],
  [
    "no space after a dash",
    "jobs:\n  -name: a\n    schedule: x\n",
    /^2:3: .*space after the dash: - name: a\)/,
  ],
  [
    "a key further in than the first one",
    "jobs:\n- name: a\n   schedule: x\n",
    /^3:4: .*'schedule' stands in column 4, 'name' in column 3 \(the keys of one mapping/,
  ],
  [
    "a key further out",
    `${JOB}   schedule: x\n`,
    /^3:4: .*'schedule' stands in column 4, 'name' in column 5/,
  ],
  [
    "a cron pattern without quotes",
    `${JOB}    schedule: */30 * * * * # often\n`,
    /^3:15: .*put the value in quotes: schedule: "\*\/30 \* \* \* \*"\)/,
  ],
  ["a word with @", `${JOB}    schedule: @daily\n`, /^3:15: .*schedule: "@daily"\)/],
  ["an item with @", `${JOB}    paths:\n      - @home\n`, /^4:9: .*- "@home"/],
  ["a value with a colon", `${JOB}    pre: echo a: b\n`, /^3:10: .*pre: "echo a: b"/],
  ["a value with quotes and a colon", `${JOB}    pre: say "a": b\n`, /^3:10: .*pre: 'say "a": b'/],
  [
    "no colon",
    `${JOB}    schedule "0 2 * * *"\n    jitter: 1m\n`,
    /^3:13: .*colon after the key: schedule: "0 2/,
  ],
  [
    "no space after a colon",
    `${JOB}    schedule:"0 2 * * *"\n    jitter: 1m\n`,
    /^3:14: .*space after the colon/,
  ],
  [
    "a quote that is not closed",
    `${JOB}    schedule: "0 2 * * *\n    jitter: 1m\n`,
    /^3:15: .*opens here is not closed/,
  ],
  [
    "a bracket that is not closed",
    `${JOB}    provider: { url: "x"\n    a: b\n`,
    /^4:5: .*look for its \{ or \[/,
  ],
  ["a Windows path in quotes", `${JOB}    paths: ["C:\\data"]\n`, /^3:\d+: .*in single quotes/],
  ["items in two columns", "jobs:\n    - name: a\n  - name: b\n", /^3:1: .*all of them in the same column/],
];

for (const [what, text, says] of CONFUSED) {
  test(`parseYaml() says what to type for ${what}`, () => assert.match(told(text), says));
}

test("a no-break space in quotes or in a comment is the user's own", () => {
  assert.equal(told(`${JOB}    note: "a\u00a0b" # c\u00a0d\n`), "nothing");
  assert.match(
    told(`${JOB}    note: "a\u00a0b"\n   x: y\n`),
    /^4:4: .*'x' stands in column 4, 'note' in column 5/,
  );
});
