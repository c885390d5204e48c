// Older backups are counted by stretch of time and by the levels that they stand for: each once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { at } from "../../support/node_files.ts";
import { addJobs, backup, DAY, filePlace, HOUR, insert, NOW } from "../fixture.ts";

test("backupCounts() counts each available backup before an instant once, by its levels", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db", "files");
    const made = (hours: number, fields: Parameters<typeof backup>[0] = {}) => {
      const slot = NOW + hours * HOUR;
      return backup({ slot, startTime: slot, createdAt: slot, endTime: slot, ...fields });
    };
    const rows = Array.from({ length: 96 }, (_, hour) =>
      made(hour, {
        tags: hour % 24 === 23 ? ["hourly", "daily"] : hour % 2 === 0 ? ["hourly"] : [],
      }));
    await insert(
      store,
      ...rows,
      made(5.5, { status: "deleted", tags: ["daily"] }),
      made(6.5, { status: "failed", id: null, dataId: null }),
      made(3, { job: "files", tags: ["hourly"] }),
    );
    const before = NOW + 72 * HOUR;
    const counts = await store.backupCounts("db", before, 3);
    const sum = (fits: (tags: readonly string[]) => boolean) =>
      counts.reduce((total, { tags, count }) => total + (fits(tags) ? count : 0), 0);
    assert.equal(sum(() => true), 72);
    assert.equal(sum((tags) => tags.includes("daily")), 3);
    assert.equal(sum((tags) => tags.length === 0), 33);
    assert.deepEqual([...new Set(counts.map(({ from }) => Math.round((from - NOW) / DAY)))], [0, 1, 2]);
    assert.ok(counts.every(({ from, until }) => from >= NOW && until <= before && from < until));
    assert.deepEqual(await store.backupCounts("db", NOW, 3), []);
    assert.deepEqual(await store.backupCounts("nobody", before, 3), []);
    const [one] = await store.backupCounts("files", before, 400);
    assert.deepEqual([one!.count, one!.tags], [1, ["hourly"]]);
  }));
