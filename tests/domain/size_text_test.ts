// Sizes as people write them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesText, sizeText } from "../../src/domain/size_text.ts";

test("sizeText() writes sizes as people do", () => {
  const sizes = [0, 0.000412, 0.0412, 0.9996, 1, 12.34, 999.4, 1234.5, 2_500_000, 7.2e12];
  assert.deepEqual(sizes.map(sizeText), [
    ...["0 B", "412 B", "41.2 kB", "1 MB", "1 MB", "12.3 MB", "999 MB", "1.2 GB", "2.5 TB", "7200 PB"],
  ]);
});

test("bytesText() counts in powers of 1000", () => {
  assert.deepEqual([999, 1000, 3_000_003, 5e12].map(bytesText), ["999 B", "1 kB", "3 MB", "5 TB"]);
});
