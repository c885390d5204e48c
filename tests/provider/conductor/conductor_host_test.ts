// A provider on Conductor as it is served: fences that outlive a restart, and what it counts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackupMemory } from "../../../src/ports/backup_memory.ts";
import { createConductorHost } from "../../../src/provider/conductor/conductor_host.ts";
import { createConductorProvider } from "../../../src/provider/conductor/conductor_provider.ts";
import { conductorSpec } from "../../support/conductor_spec.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeConductor } from "../../support/fake_conductor.ts";

const START = { runId: "01a0ddff-6f20-7000-8001-00000000000b", job: "files", slot: null, body: undefined };

test("an older lease begins and deletes nothing, also after a restart; ends are counted once", async () => {
  const clock = new FakeClock(0);
  const server = new FakeConductor(() => clock.now());
  const notes = new Map<string, string>();
  const open = () =>
    createConductorHost(
      createConductorProvider(conductorSpec("http://c/api"), {
        http: server.http,
        clock,
        sink: { emit() {} },
      }),
      memoryOf(notes),
    );
  const host = await open();
  const { backup, isNew } = await host.start({ ...START, fence: 7 });
  assert.equal(isNew, true);
  assert.deepEqual(host.totals(), {
    running: 1,
    started: 1,
    available: 0,
    failed: 0,
    cancelled: 0,
    deleted: 0,
  });
  server.end(backup.id, "COMPLETED", { dataId: "d" });
  await host.get(backup.id);
  await host.get(backup.id);
  assert.deepEqual([host.totals().available, host.totals().running], [1, 0]);
  assert.equal((await host.capabilities()).fence, true);
  await host[Symbol.asyncDispose]();

  const again = await open();
  const older = { message: /fence 6 .* 'files'/, status: 412 };
  await assert.rejects(again.start({ ...START, fence: 6 }), older);
  await assert.rejects(again.remove(backup.id, undefined, 6), older);
  assert.equal(server.starts.length, 1);
});

function memoryOf(notes: Map<string, string>): BackupMemory {
  return {
    place: "memory",
    notes: {
      read: (name) => Promise.resolve(notes.get(name)),
      write: (name, text) => Promise.resolve(void notes.set(name, text)),
      toForget: () => "forget it",
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  } as Partial<BackupMemory> as BackupMemory;
}
