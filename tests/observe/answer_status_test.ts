// What counts as success and as error, in the original's words and by its rule.

import assert from "node:assert/strict";
import { test } from "node:test";
import { callStatus, requestStatus } from "../../src/observe/answer_status.ts";

test("callStatus() takes 2xx for success, and that there is nothing only where it is as good", () => {
  const cases: [operation: string, code: number | null, expected: string][] = [
    ["create", 202, "success"],
    ["create", 404, "error"],
    ["create", 409, "error"],
    ["info", 200, "success"],
    ["info", 404, "error"],
    ["info", 302, "error"],
    ["delete", 200, "success"],
    ["delete", 404, "success"],
    ["delete", 410, "success"],
    ["delete", 500, "error"],
    ["list", 404, "error"],
    ["options", 405, "success"],
    ["options", 401, "error"],
    ["info", null, "error"],
  ];
  for (const [operation, code, expected] of cases) {
    assert.equal(callStatus(operation, code, true), expected, `${operation} ${code}`);
    assert.equal(callStatus(operation, code, false), "error", `${operation} ${code}, unreadable`);
  }
});

test("requestStatus() takes all for success but refusals and failures", () => {
  const codes = [200, 202, 304, 400, 404, 409, 500, 503];
  assert.deepEqual(codes.filter((code) => requestStatus(code) === "success"), [200, 202, 304]);
});
