// What headers say of a body, and when a connection has to end with its answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { announcedLength, announcedType, mustHangUp } from "../../../src/domain/http/announced_body.ts";

test("announcedLength() and announcedType() read what a sender says of its body", () => {
  const length = (headers: Record<string, string>) => announcedLength(new Headers(headers));
  assert.equal(length({}), 0);
  assert.equal(length({ "content-length": "17" }), 17);
  assert.equal(length({ "content-length": "17", "transfer-encoding": "chunked" }), "unknown");
  const type = (headers: Record<string, string>) => announcedType(new Headers(headers));
  assert.equal(type({}), undefined);
  assert.equal(type({ "content-type": "Application/JSON ; charset=utf-8" }), "application/json");
});

test("mustHangUp() where some of a body was not read, or its end may be another one for others", () => {
  const must = (headers: Record<string, string>, isRead: boolean) => mustHangUp(new Headers(headers), isRead);
  assert.deepEqual([must({}, false), must({ "content-length": "0" }, false)], [false, false]);
  assert.deepEqual([must({ "content-length": "1" }, false), must({ "content-length": "1" }, true)], [
    true,
    false,
  ]);
  assert.equal(must({ "transfer-encoding": "chunked" }, true), true);
});
