// Entries of one restic repository in the provider set: they know each other, whatever reloads come and go.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { ProviderSet } from "../../src/app/provider_set.ts";
import type { ResticProviderSpec } from "../../src/domain/provider_spec.ts";
import { createHost } from "../../src/runtime/host.ts";
import { filePlace } from "../store/fixture.ts";
import { callOf, until } from "../support/backup_rig.ts";
import { bytes, resticTest } from "../support/restic_rig.ts";

resticTest(
  "what a restic of one entry is at work under is known to the others, also to one that a reload opened anew",
  async (rig) => {
    await using place = filePlace();
    const store = await place.open();
    const sink = { emit: () => {} };
    await using set = new ProviderSet(createHost(), sink, store.memories, place.folder);
    const specs = (...all: ResticProviderSpec[]) => new Map(all.map((spec) => [spec.key, spec]));
    const slow = rig.spec({ key: "slow", limitUpload: 1 });
    const other = rig.spec({ key: "other", repository: `local:${rig.repository}` });
    await set.replace(specs(slow, other));
    const provider = (key: string) => set.callsOf(key)!.provider;
    const states = async () =>
      (await provider("other").locks!()).locks.map(({ state, why }) => `${state}: ${why}`);

    await writeFile(`${rig.data}/big`, bytes(3_000_000, 1));
    await provider("slow").create(callOf("run-1"));
    await until("it holds its lock", async () => (await rig.locks()).length === 1, 20_000);
    const WORKING = "working: a restic of provider 'slow' is at work under it: it goes when that ends";
    assert.deepEqual(await states(), [WORKING]);
    await set.replace(specs(slow, { ...other, tags: ["new"] }));
    assert.deepEqual(await states(), [WORKING]);
    // Its backup ends with it.
    await set.replace(specs(other));
    assert.ok((await states()).every((state) => !state.startsWith("working")));
  },
);
