// How a command line of a user is run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { spawnSync } from "node:child_process";
import { shellArgv } from "../../src/domain/provider_spec.ts";

function exitOf(line: string): number | null {
  const [program, ...args] = shellArgv(line);
  return spawnSync(program, args, { stdio: "ignore" }).status;
}

test("shellArgv() makes a line fail where its first part, a pipe or a variable does", () => {
  assert.equal(exitOf("true | cat"), 0);
  assert.notEqual(exitOf("false; true"), 0);
  assert.notEqual(exitOf("false | cat"), 0);
  assert.notEqual(exitOf('true "/backups/$MISSPELT"'), 0);
});
