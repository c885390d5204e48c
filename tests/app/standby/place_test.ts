// The place of an instance proves that nobody else lives there, or proves nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { takePlace } from "../../../src/app/standby/place.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { withFolder } from "../../support/folder.ts";

test("a place is the same for the next process there, and no one's while another one has it", () =>
  withFolder(async (folder) => {
    const host = createHost();
    const first = await takePlace(host, folder, "state-1");
    assert.match(first.id!, /[0-9a-f-]{36}$/);
    await first.leave();
    const second = await takePlace(host, folder, "state-1");
    assert.equal(second.id, first.id);
    await second.leave();
    const other = await takePlace(host, folder, "state-2");
    assert.notEqual(other.id, first.id);
    const copied = { ...host, machine: () => ({ ...host.machine(), name: "copy-of-it" }) };
    const moved = await takePlace(copied, folder, "state-1");
    assert.notEqual(moved.id, first.id, "a copied volume is another place");
    await Promise.all([other.leave(), moved.leave()]);
  }));

test("where there are no locks, or nothing may be kept, nothing is proved", async () => {
  const host = createHost();
  for (const why of ["taken", "unsupported"] as const) {
    const files = Object.assign(new MemoryFiles(), {
      lock: () => Promise.resolve({ held: false as const, why }),
    });
    const place = await takePlace({ ...host, files }, "/state", "state-1");
    assert.equal(place.id, null);
    await place.leave();
  }
  assert.equal((await takePlace(host, "/proc/nowhere", "state-1")).id, null);
});
