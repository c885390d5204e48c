// A job's name out of any text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { foldName } from "../../src/domain/folded_name.ts";

test("foldName() makes a job name of any label by a fixed rule", () => {
  const table: [string, string][] = [
    ["backup", "backup"],
    ["Postgres DB", "postgres-db"],
    ["Zürich/Büro", "zurich-buro"],
    ["--x--", "x"],
    ["a.b_c-d", "a.b_c-d"],
    ["日本", "backup"],
    ["", "backup"],
    ["x".repeat(80), "x".repeat(63)],
    [`${"x".repeat(62)} y`, "x".repeat(62)],
  ];
  for (const [label, name] of table) assert.equal(foldName(label), name);
});
