// Whether a provider is there, as its calls tell.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallAnswer, type Contact, contactAfter } from "../../src/domain/contact.ts";

function after(...calls: Partial<CallAnswer>[]): Contact {
  return calls.reduce<Contact | undefined>(
    (known, call, index) => contactAfter(known, { at: index + 1, status: 200, unreadable: false, ...call }),
    undefined,
  )!;
}

test("whoever answers is there, busy or not; one that turns us away or breaks is not", () => {
  for (const status of [200, 202, 204, 400, 404, 405, 409, 410, 412, 422, 423, 429, 501]) {
    assert.equal(after({ status }).trouble, null, String(status));
  }
  for (const status of ["error", 301, 401, 403, 407, 421, 500, 502, 503, 504] as const) {
    assert.notEqual(after({ status }).trouble, null, String(status));
  }
  assert.equal(after({ unreadable: true }).trouble!.message, "it answered 200 without readable JSON");
});

test("a trouble is since its first call, and over with the first answer", () => {
  const down = { status: "error", why: "connection refused" } as const;
  assert.deepEqual(after({}, down, { ...down, why: "no route" }), {
    answeredAt: 1,
    trouble: { since: 2, calls: 2, message: "no route" },
  });
  assert.deepEqual(after({}, down, {}, down), {
    answeredAt: 3,
    trouble: { since: 4, calls: 1, message: "connection refused" },
  });
  assert.deepEqual(after(down, { status: 409 }), { answeredAt: 2, trouble: null });
  assert.deepEqual(after({ status: 503 }).trouble, { since: 1, calls: 1, message: "it answered 503" });
});
