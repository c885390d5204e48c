// Paths inside backups: as people write them, and none that leads out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { insidePath } from "../../src/domain/inside_path.ts";

test("insidePath() takes a path with or without slashes around it, and the root", () => {
  for (const written of ["srv/data/a", "/srv/data/a", "/srv//data/a/", "./srv/./data/a"]) {
    assert.deepEqual(insidePath(written), { ok: true, path: "srv/data/a" }, written);
  }
  for (const written of ["", "/", "."]) assert.deepEqual(insidePath(written), { ok: true, path: "" });
});

test("insidePath() takes no path that leads out, nor what no file can be named", () => {
  for (const written of ["..", "/../etc", "a/../../b", "a/..", "a\0b"]) {
    assert.equal(insidePath(written).ok, false, JSON.stringify(written));
  }
  assert.deepEqual(insidePath("..a/b.."), { ok: true, path: "..a/b.." });
});
