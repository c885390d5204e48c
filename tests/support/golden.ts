// Pictures as they were when somebody last looked at them. Where a change is meant, record it and look at it:
// SCHELLY_TEST_WRITE=1 deno test -P --no-check tests/web/pictures

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/** Compares with `tests/web/pictures/NAME`, an element a line, so that a difference can be read. */
export function assertGolden(name: string, svg: string): void {
  const path = new URL(`../web/pictures/${name}`, import.meta.url);
  const text = `${svg.replaceAll(/></g, ">\n<")}\n`;
  if (process.env.SCHELLY_TEST_WRITE) writeFileSync(path, text);
  assert.ok(existsSync(path), `${name} was never recorded: see the top of tests/support/golden.ts`);
  assert.equal(
    text,
    readFileSync(path, "utf8"),
    `${name} looks otherwise: see the top of tests/support/golden.ts`,
  );
}
