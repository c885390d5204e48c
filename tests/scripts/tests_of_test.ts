// `make test ONLY=path`: which tests it runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { testsOf } from "../../scripts/tests_of.ts";

const TESTS = new Map([
  ["tests/engine/run/start_test.ts", "// Starts.\n"],
  ["tests/engine/run/doubt_test.ts", "// Starts of unknown fate.\n// Also tests start.ts and settle.ts.\n"],
  ["tests/engine/ticker_test.ts", '// The one timer.\n\nimport "./start.ts";\n'],
  [
    "tests/cli/jobs/jobs_test.ts",
    "// Lists; a start by hand stands in run/start.ts.\n// Also tests settle.ts.\n",
  ],
]);

const cases: [string, string[]][] = [
  ["src/engine/run/start.ts", ["tests/engine/run/start_test.ts", "tests/engine/run/doubt_test.ts"]],
  ["./src/engine/run/settle.ts", ["tests/engine/run/doubt_test.ts"]],
  ["src/engine/run/", ["tests/engine/run"]],
  ["tests/engine/ticker_test.ts", ["tests/engine/ticker_test.ts"]],
  ["tests/cli", ["tests/cli"]],
  ["src/engine/gone.ts", []],
  ["tests/gone", []],
  ["docs", []],
];

for (const [path, expected] of cases) {
  test(`testsOf() answers for ${path}`, () => assert.deepEqual(testsOf(path, TESTS), expected));
}
