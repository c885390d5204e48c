// The drawing of instants over ages: both scales, narrow terminals, odd input.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { timeline } from "../../../src/cli/terminal/timeline.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AT = Date.UTC(2027, 0, 1);
const ages = (...days: number[]) => days.map((day) => AT - day * DAY);

test("timeline() draws few instants to an even scale", () => {
  const rows = [{ name: "weekly", times: ages(0, 7, 14) }, { name: "all", times: ages(0, 1, 7, 14) }];
  assert.deepEqual(timeline(rows, AT, 51), [
    "weekly  o....................o....................o",
    "all     o....................o.................o..o",
    "       2w                   1w       4d    2d 12h 0",
  ]);
});

test("timeline() draws the past ever smaller where neighbours could not be told apart", () => {
  const times = [...Array.from({ length: 24 }, (_, at) => AT - at * HOUR), ...ages(2, 4, 7, 30, 61, 92, 365)];
  assert.deepEqual(timeline([{ name: "all", times }], AT, 70), [
    "all  o.........o..o....o.........o...o....o....33322oo2oo.oo.o..o....o",
    "    1y  6mo     2mo  1mo   2w   1w  4d   2d  1d  12h  6h  3h   1h    0",
  ]);
});

test("timeline() counts what shares a cell, up to nine", () => {
  const crowd = (count: number) => Array.from({ length: count }, () => AT - 500 * DAY);
  for (const [count, mark] of [[1, "o"], [2, "2"], [9, "9"], [10, "#"]] as const) {
    const [row] = timeline([{ name: "a", times: [AT - 1000 * DAY, ...crowd(count), AT] }], AT, 40);
    assert.ok(row!.includes(mark), `${count}: ${row}`);
  }
});

test("timeline() of nothing is nothing, and of one instant is one mark", () => {
  assert.deepEqual(timeline([{ name: "all", times: [] }], AT, 80), []);
  const [row] = timeline([{ name: "all", times: [AT] }], AT, 40);
  assert.equal(row!.replaceAll(".", ""), "all  o");
});

test("timeline() fits the columns and shows every instant, whatever they are", () => {
  fc.assert(fc.property(
    fc.array(fc.array(fc.integer({ min: 0, max: 7000 * 86_400 }), { maxLength: 60 }), {
      minLength: 1,
      maxLength: 8,
    }),
    fc.integer({ min: 30, max: 250 }),
    (rows, columns) => {
      const drawn = timeline(
        rows.map((row, at) => ({ name: `row ${at}`, times: row.map((age) => AT - age * 1000) })),
        AT,
        columns,
      );
      for (const line of drawn) assert.ok(line.length <= columns, line);
      for (const [at, row] of rows.entries()) {
        if (drawn.length === 0) continue;
        const cells = drawn[at]!.slice(7);
        const shown = [...cells].reduce(
          (sum, mark) => sum + (mark === "o" ? 1 : Number(mark) || (mark === "#" ? 10 : 0)),
          0,
        );
        assert.ok(cells.includes("#") || shown === row.length, `${shown} of ${row.length}: ${drawn[at]}`);
      }
    },
  ));
});
