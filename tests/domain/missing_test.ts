// What is said of backups that their provider does not have any more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { missingText } from "../../src/domain/missing.ts";

test("missingText() says what is gone, where to look and how to say that one has", () => {
  assert.equal(
    missingText({ job: "db", count: 1, latest: "x1", since: null }),
    "backup 'x1' is not at its provider any more and counts for nothing; look for it: 'schelly runs list --job db " +
      "--status missing', then say that you have with 'schelly retention approve db'",
  );
  assert.match(
    missingText({ job: "db", count: 2, latest: "x1", since: null }),
    /^2 backups are not .* 'x1', .*look for them/,
  );
});
