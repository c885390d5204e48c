// `make test ONLY=path`: which tests it runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { namesIn, testsOf } from "../../scripts/tests_of.ts";

const SOURCES = [
  "src/main.ts",
  "src/engine/ticker.ts",
  "src/engine/run/start.ts",
  "src/engine/run/settle.ts",
  "src/engine/run/hold.ts",
  "src/engine/safekeeping/hold.ts",
  "src/cli/jobs/jobs.ts",
  "src/cli/terminal/settle.ts",
  "src/web/layout.tsx",
  "src/web/pages/error_page.tsx",
];

const TESTS = new Map([
  ["tests/web/layout_test.ts", "// The frame.\n// Also tests error_page.tsx.\n"],
  ["tests/engine/run/start_test.ts", "// Starts.\n"],
  ["tests/engine/run/doubt_test.ts", "// Starts of unknown fate.\n// Also tests start.ts and settle.ts.\n"],
  ["tests/engine/ticker_test.ts", '// The one timer.\n\nimport "./start.ts";\n'],
  [
    "tests/cli/jobs/jobs_test.ts",
    "// Lists; a start by hand stands in run/start.ts.\n// Also tests settle.ts.\n",
  ],
  ["tests/engine/keep_test.ts", "// Keeps.\n// Also tests run/hold.ts and hold.ts.\n"],
  ["tests/e2e/all_test.ts", "// The whole program.\n// Also tests main.ts and cli/terminal/settle.ts.\n"],
]);

const cases: [string, string[]][] = [
  ["src/engine/run/start.ts", ["tests/engine/run/start_test.ts", "tests/engine/run/doubt_test.ts"]],
  ["./src/engine/run/settle.ts", ["tests/engine/run/doubt_test.ts"]],
  ["src/engine/run/hold.ts", ["tests/engine/keep_test.ts"]],
  ["src/engine/safekeeping/hold.ts", []],
  ["src/cli/terminal/settle.ts", ["tests/cli/jobs/jobs_test.ts", "tests/e2e/all_test.ts"]],
  ["src/main.ts", ["tests/e2e/all_test.ts"]],
  ["src/engine/run/", ["tests/engine/run"]],
  ["tests/engine/ticker_test.ts", ["tests/engine/ticker_test.ts"]],
  ["tests/cli", ["tests/cli"]],
  ["src/web/layout.tsx", ["tests/web/layout_test.ts"]],
  ["src/web/pages/error_page.tsx", ["tests/web/layout_test.ts"]],
  ["src/engine/gone.ts", []],
  ["tests/gone", []],
  ["docs", []],
];

for (const [path, expected] of cases) {
  test(`testsOf() answers for ${path}`, () => assert.deepEqual(testsOf(path, TESTS, SOURCES), expected));
}

test("namesIn() reads the comment that a test opens with, and nothing after it", () => {
  assert.deepEqual(
    namesIn("// Also tests a.ts, b/c.ts and\n// d_e.tsx. Not f.tsxt, g.test or .ts.\n\n// h.ts\n"),
    ["a.ts", "b/c.ts", "d_e.tsx"],
  );
});
