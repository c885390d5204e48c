// Where a path lies below the base path of a proxy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pathBelow } from "../../../src/domain/http/path_below.ts";

test("pathBelow() takes the base path off where the path begins with it, as a whole", () => {
  const cases: [string, string, string][] = [
    ["", "/ui/", "/ui/"],
    ["/schelly", "/schelly/ui/", "/ui/"],
    ["/schelly", "/schelly", "/"],
    ["/schelly", "/schelly/", "/"],
    ["/schelly", "/schellyx/ui", "/schellyx/ui"],
    ["/schelly", "/ui/", "/ui/"],
  ];
  for (const [base, path, below] of cases) assert.equal(pathBelow(base, path), below);
});
