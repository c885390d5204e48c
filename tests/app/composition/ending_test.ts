// How a running app ends by itself: which code a service manager sees, and what a person reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { exitOf } from "../../../src/app/composition/ending.ts";
import { StoreError } from "../../../src/domain/errors.ts";

test("a state that another holds or took over ends it with 75, one that cannot be written with 73, any other with 1", () => {
  const codes = (["in_use", "fenced", "not_writable", "corrupt"] as const).map((kind) => {
    const { code, message } = exitOf(new StoreError(kind, `it is ${kind}`));
    return [code, message];
  });
  assert.deepEqual(codes, [[75, "it is in_use"], [75, "it is fenced"], [73, "it is not_writable"], [
    1,
    "it is corrupt",
  ]]);
});

test("what is no trouble of the store is a bug, whose trace is kept for the report", () => {
  const error = new Error("never");
  error.stack = "Error: never\n    at somewhere.ts:1:1";
  assert.deepEqual(exitOf(error), {
    code: 1,
    message: "A bug was found, please report it. Schelly ends rather than go on in doubt: " +
      "Error: never\n    at somewhere.ts:1:1",
  });
  assert.match(exitOf("text alone").message!, /in doubt: text alone$/);
});
