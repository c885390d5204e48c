// What `runs list` and `backups list` take for the newest where a clock that was wrong has dated rows ahead of now.

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { Client } from "../../../src/cli/client/client.ts";
import { newestRows } from "../../../src/cli/client/newest.ts";

const NOW = Date.parse("2026-03-02T10:00:00Z");
const DAY = 86_400_000;
const item = z.object({ start_time: z.string().nullable(), end_time: z.string().nullable() });
type Row = z.infer<typeof item>;

/** A server with rows that began so many days after now. */
function serverOf(...days: number[]) {
  const rows = days.map((day, at): Row => {
    const time = new Date(NOW + day * DAY).toISOString();
    // What was skipped has an end alone.
    return { start_time: at % 2 === 0 ? time : null, end_time: time };
  });
  const client = {
    pages: (_path: string, _item: unknown, { until }: { until?: string }, limit: number) => {
      const found = rows.filter(({ end_time }) => until === undefined || end_time! < until);
      return Promise.resolve({ items: found.slice(0, limit), more: found.length > limit });
    },
  } as unknown as Client;
  return async (limit: number, { until, now = NOW }: { until?: string; now?: number } = {}) => {
    const { items, note } = await newestRows(client, { path: "/runs", item, query: { until }, limit, now });
    return { days: items.map((row) => Math.round((Date.parse(row.end_time!) - NOW) / DAY)), note };
  };
}

test("what was made last is shown, not what a wrong clock dated ahead; where that is, is said", async () => {
  const ask = serverOf(400, 399, 398, -1, -2, -3);
  const { days, note } = await ask(2);
  assert.deepEqual(days, [-1, -2]);
  assert.match(note!, /^Only the newest 2 are shown.*dated ahead of now.*left out: --all shows them\.$/);
  const all = await ask(Infinity);
  assert.deepEqual(all.days, [400, 399, 398, -1, -2, -3]);
  assert.match(all.note!, /^The first 3 are dated ahead of now.*they are not the newest\.$/);
});

test("a program, and who asks for a time, is answered as asked", async () => {
  const ask = serverOf(400, 399, -1);
  assert.deepEqual(await ask(2, { now: Infinity }), {
    days: [400, 399],
    note: "Only the newest 2 are shown: more with --limit or --all.",
  });
  const until = new Date(NOW + 399.5 * DAY).toISOString();
  assert.deepEqual((await ask(1, { until })).days, [399]);
});

test("where nothing is dated ahead nothing is said", async () => {
  assert.deepEqual(await serverOf(-1, -2)(2), { days: [-1, -2], note: null });
  assert.deepEqual(
    (await serverOf(-1, -2, -3)(2)).note,
    "Only the newest 2 are shown: more with --limit or --all.",
  );
});
