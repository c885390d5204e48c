// Passwords in addresses that somebody else wrote.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hideUrlPasswords } from "../../src/domain/url_passwords.ts";

test("hideUrlPasswords() hides the password of any URL, and nothing else", () => {
  const said = "could not reach postgres://pg:pw2@db:5432/x, nor http://u:p%40w@h/a?b=c:d@e, nor mailto:a@b";
  assert.equal(
    hideUrlPasswords(said),
    "could not reach postgres://pg:<redacted>@db:5432/x, nor http://u:<redacted>@h/a?b=c:d@e, nor mailto:a@b",
  );
  for (const plain of ["http://host:8080/a@b", "see https://h/x:y", "rest:http://h/", "a://b c:d@e"]) {
    assert.equal(hideUrlPasswords(plain), plain);
  }
});
