// Tests that need something which is not there are skipped with a word, or fail where nothing may be skipped.

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
    return missing(program, `${program} is not installed`);
  }
}

/** The same for a file that `make test` provides and names in an environment variable: `path` or `skip`. */
export function requireFile(
  variable: string,
  what: string,
): { path: string; skip: false } | { skip: string } {
  const path = process.env[variable];
  if (path !== undefined && path !== "") return { path, skip: false };
  return { skip: missing(what, `${variable} does not name one`) };
}

function missing(what: string, reason: string): string {
  if (process.env.SCHELLY_TEST_REQUIRE === "all") {
    throw new Error(`${reason}, and SCHELLY_TEST_REQUIRE=all asks for it: tests need ${what}`);
  }
  process.stderr.write(`skipped: tests that need ${what}, since ${reason}\n`);
  return reason;
}
