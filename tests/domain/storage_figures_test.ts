// What follows from the figures of a storage, also where some of them are not known.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deadBytes,
  dedupRatio,
  isMostlyDead,
  type StorageFigures,
} from "../../src/domain/storage_figures.ts";

const FIGURES: StorageFigures = {
  measuredAt: 0,
  storedBytes: 118e6,
  dataBytes: 117e6,
  neededBytes: 2e6,
  restoredBytes: 60e6,
  snapshots: 30,
};

test("dead is the data that no backup needs, and never less than nothing", () => {
  assert.equal(deadBytes(FIGURES), 115e6);
  assert.equal(deadBytes({ ...FIGURES, neededBytes: 118e6 }), 0);
  assert.equal(deadBytes({ ...FIGURES, dataBytes: null }), null);
  assert.equal(deadBytes({ ...FIGURES, neededBytes: null }), null);
});

test("the ratio is what is restored over what that takes; an empty storage has none", () => {
  assert.equal(dedupRatio(FIGURES), 30);
  assert.equal(dedupRatio({ ...FIGURES, neededBytes: 0 }), null);
  assert.equal(dedupRatio({ ...FIGURES, restoredBytes: null }), null);
});

test("mostly dead is over half of the data, and over 100 MB", () => {
  assert.equal(isMostlyDead(FIGURES), true);
  assert.equal(isMostlyDead({ ...FIGURES, dataBytes: 99e6 }), false);
  assert.equal(isMostlyDead({ ...FIGURES, dataBytes: 1000e6, neededBytes: 600e6 }), false);
  assert.equal(isMostlyDead({ ...FIGURES, neededBytes: null }), false);
});
