// How much room deletions make is never said to be known where it is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { freedText } from "../../src/domain/freed_text.ts";

test("freedText() adds up what is known, and says of how many it is not", () => {
  assert.equal(freedText([1_000, 200]), "1.2 GB");
  assert.equal(freedText([1_000, null, null]), "at least 1 GB (the size of 2 backups is not known)");
  assert.equal(freedText([1_000], 4), "at least 1 GB (the size of 3 backups is not known)");
  assert.equal(freedText([null]), "an unknown size: no provider said how large it is");
  assert.equal(freedText([], 2), "an unknown size: no provider said how large they are");
  assert.equal(freedText([0]), "0 B");
});
