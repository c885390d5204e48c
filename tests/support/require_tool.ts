// Tests that need something which is not there are skipped with a word, or fail where nothing may be skipped.

import process from "node:process";

/**
 * False when `program` can be started, else why its tests are skipped, for `skip` of a test.
 * With SCHELLY_TEST_REQUIRE=all a missing program throws instead.
 */
export function requireTool(program: string, args: string[] = ["version"]): string | false {
  return canStart(program, args) ? false : missing(program, `${program} is not installed`);
}

/** The same for a program that cannot be had everywhere: its tests are skipped with a word, whatever is asked for. */
export function mayLack(program: string, args: string[] = ["version"]): string | false {
  return canStart(program, args) ? false : skipped(program, `${program} is not installed`);
}

function canStart(program: string, args: string[]): boolean {
  try {
    new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    return false;
  }
}

/** The same for a file that cannot be had everywhere. */
export function mayLackFile(
  variable: string,
  what: string,
): { path: string; skip: false } | { skip: string } {
  const path = process.env[variable];
  if (path !== undefined && path !== "") return { path, skip: false };
  return { skip: skipped(what, `${variable} does not name one`) };
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

/** Why a test is skipped, said once; with SCHELLY_TEST_REQUIRE=all it throws instead. */
export function missing(what: string, reason: string): string {
  if (process.env.SCHELLY_TEST_REQUIRE === "all") {
    throw new Error(`${reason}, and SCHELLY_TEST_REQUIRE=all asks for it: tests need ${what}`);
  }
  return skipped(what, reason);
}

/** Says once that tests are skipped, whatever is asked for, and returns the reason. */
export function skipped(what: string, reason: string): string {
  process.stderr.write(`skipped: tests that need ${what}, since ${reason}\n`);
  return reason;
}
