// A head of the audit trail is read again as it was written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatHead, parseHead } from "../../src/domain/trail_head.ts";

const digest = "0a".repeat(32);

test("parseHead() reads what formatHead() writes, and a digest alone", () => {
  assert.deepEqual(parseHead(formatHead({ link: 12, digest })), { link: 12, digest });
  assert.deepEqual(parseHead(` 12:${digest.toUpperCase()}\n`), { link: 12, digest });
  assert.deepEqual(parseHead(digest), { link: null, digest });
  for (
    const text of ["", "12", `12:${digest}0`, `x:${digest}`, `-1:${digest}`, `:${digest}`, digest.slice(1)]
  ) {
    assert.equal(parseHead(text), undefined, text);
  }
});
