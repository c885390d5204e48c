// Tests that need a program which is not installed are skipped with a word, or fail where nothing may be skipped.

import process from "node:process";

/**
 * False when `program` can be started, else why its tests are skipped, for `skip` of a test.
 * With SCHELLY_TEST_REQUIRE=all a missing program throws instead.
 */
export function requireTool(program: string, args: string[] = ["version"]): string | false {
  try {
    new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync();
    return false;
  } catch {
    const reason = `${program} is not installed`;
    if (process.env.SCHELLY_TEST_REQUIRE === "all") {
      throw new Error(`${reason}, and SCHELLY_TEST_REQUIRE=all asks for it`);
    }
    process.stderr.write(`skipped: tests that need ${program}, since ${reason}\n`);
    return reason;
  }
}
