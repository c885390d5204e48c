// What tells one restore from another, and whether a folder elsewhere may lie below those that are allowed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameWish, outsideRoots, type ServerRestore } from "../../src/domain/server_restore.ts";

test("outsideRoots() lets in what is a root or below one, and nothing that only begins like it", () => {
  const roots = ["/srv/restored", "/mnt/b"];
  for (const inside of ["/srv/restored", "/srv/restored/a/b", "/mnt/b/", "//srv//restored/./a"]) {
    assert.equal(outsideRoots(inside, roots), undefined, inside);
  }
  for (
    const [outside, says] of [
      ["/srv/restored-not/a", /allows '\/srv\/restored', '\/mnt\/b' alone/],
      ["/srv", /alone/],
      ["/srv/restored/../etc", /without '\.\.'/],
      ["srv/restored", /an absolute path/],
      ["/srv/restored/a\0b", /without/],
    ] as const
  ) assert.match(outsideRoots(outside, roots) ?? "", says);
  assert.match(outsideRoots("/srv/restored", []) ?? "", /restore\.roots/);
});

test("isSameWish() tells every part of what is asked for", () => {
  const wish = { target: "/a", include: ["x", "y"], dryRun: false, overwrite: false, anyOwner: false };
  const known = { ...wish, operationId: "o" } as ServerRestore;
  assert.equal(isSameWish(wish, known), true);
  for (
    const other of [
      { target: "/b" },
      { include: ["x"] },
      { include: ["x", "z"] },
      { dryRun: true },
      { overwrite: true },
      { anyOwner: true },
    ]
  ) assert.equal(isSameWish({ ...wish, ...other }, known), false, JSON.stringify(other));
});
