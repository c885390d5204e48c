// How much room backups take over time: what is said of it, where it begins, and how it looks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { storedByDay } from "../../../src/domain/storage_days.ts";
import { storageChart } from "../../../src/web/pictures/storage_chart.ts";
import { assertGolden } from "../../support/golden.ts";
import { NOW } from "../../support/picture_worlds.ts";
import { ofClass, readSvg } from "../../support/svg_reader.ts";

const DAY = 86_400_000;
const TODAY = NOW - NOW % DAY;
const style = (width = 440, measuredMb: number | null = null) => ({
  ...{ job: "postgres", id: "stored", width, now: NOW, measuredMb },
});

/** A year in which a third of what is added goes a month later, and an edit frees much at once. */
function year() {
  const days = Array.from({ length: 300 }, (_, at) => ({
    day: TODAY - (299 - at) * DAY,
    added: 5e9 + at * 2e7,
    freed: at === 220 ? 4e11 : at < 30 ? 0 : 2.2e9,
  }));
  const stored = days.reduce((sum, { added, freed }) => sum + added - freed, 0);
  return storedByDay({ stored, days }, TODAY - 364 * DAY, NOW);
}

test("storage over time looks as it was seen last, from its first day on", () => {
  assertGolden("storage_chart.svg", storageChart(year(), style()).svg);
  const { facts, table } = storageChart(year(), style(440, 812_345));
  const said = Object.fromEntries(facts.map(({ term, text }) => [term, text]));
  assert.equal(said.Now, "1.4 TB, by what its provider said of each backup");
  assert.equal(said.Measured, "812 GB at the provider, of all that is stored there");
  assert.equal(said.Change, "2.4 TB added and 992 GB freed in 9 months");
  assert.deepEqual(table.rows[0], ["Sat 28 Nov", "1.4 TB", "11 GB", "2.2 GB"]);
  assert.equal(table.note, "270 older days of 300 not listed here");
  assert.equal("Most" in said, false, "it is now");
});

test("where it was more once, that is said; where nothing is there, the picture says so", () => {
  const days = [{ day: TODAY - 4 * DAY, added: 7e9, freed: 0 }, { day: TODAY - DAY, added: 0, freed: 6e9 }];
  const shrunk = storageChart(storedByDay({ stored: 1e9, days }, TODAY - 9 * DAY, NOW), style());
  assert.deepEqual(shrunk.facts.map(({ text }) => text).slice(1), [
    "7 GB added and 6 GB freed in 4 d",
    "7 GB, Tue 24 Nov",
  ]);
  assert.equal(shrunk.table.rows.length, 2);
  const none = storageChart(storedByDay({ stored: 0, days: [] }, TODAY - 9 * DAY, NOW), style());
  assert.equal(ofClass(readSvg(none.svg), "empty-picture").length, 1);
  assert.deepEqual(none.facts, [{ term: "Now", text: "nothing of a known size" }]);
  const level = storageChart(storedByDay({ stored: 5e9, days: [] }, TODAY - 9 * DAY, NOW), style());
  assert.equal(level.facts[1]!.text, "0 B added and 0 B freed in 9 d");
});
