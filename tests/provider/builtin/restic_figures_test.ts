// A real repository is measured by restic and by its files: after upkeep and once a day, never in the way of a backup.
// Also tests figures_keeper.ts.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { DAY } from "../../../src/domain/duration.ts";
import { deadBytes, type StorageFigures } from "../../../src/domain/storage_figures.ts";
import { readDebugStats } from "../../../src/provider/builtin/restic_figures.ts";
import { createResticSiblings } from "../../../src/provider/builtin/restic_siblings.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { until } from "../../support/backup_rig.ts";
import { bytes, everyResticTest, make, type ResticRig, resticTest } from "../../support/restic_rig.ts";

const { files } = createHost();
const HOURLY = { schedule: { pattern: "0 0 * * * *", timezone: "UTC" }, afterDeletions: null };

function toldTo(rig: ResticRig, key = "restic"): StorageFigures[] {
  return rig.events
    .filter(({ type, data }) => type === "provider.figures" && data!.provider === key)
    .map(({ data }) => data!.figures as unknown as StorageFigures);
}

async function sizeOf(folder: string): Promise<number> {
  let size = 0;
  for (const name of await files.list(folder)) {
    const info = await files.info(`${folder}/${name}`);
    size += info!.isDirectory ? await sizeOf(`${folder}/${name}`) : info!.size;
  }
  return size;
}

everyResticTest(
  "figures say what is dead in a repository, and again what is left after a prune",
  async (rig) => {
    const provider = await rig.open({ pruneUpkeep: HOURLY }, "state", undefined, true);
    await writeFile(`${rig.data}/big`, bytes(2_000_000, 1));
    const first = await make(provider, "run-1");
    await until("it is measured for the first time", () => toldTo(rig).length === 1, 20_000);
    assert.deepEqual([toldTo(rig)[0]!.snapshots, toldTo(rig)[0]!.restoredBytes], [1, 2_000_000]);
    await writeFile(`${rig.data}/big`, bytes(3_000_000, 2));
    await make(provider, "run-2");
    await make(provider, "run-3");
    assert.equal(await provider.delete(first.id, undefined, 1), "deleted");
    assert.equal(toldTo(rig).length, 1, "neither a backup nor a deletion has it measured");

    // A day, and the prune that is due has its turn at the start.
    const before = await sizeOf(`${rig.repository}/data`);
    assert.ok(before > 5_000_000);
    rig.ahead.wallMs += DAY;
    await make(provider, "run-4");
    await until("it is measured again", () => toldTo(rig).some(({ snapshots }) => snapshots === 3), 30_000);
    assert.ok(deadBytes(toldTo(rig).at(-1)!)! > 1_990_000);
    await provider[Symbol.asyncDispose]();
    await using _pruning = await rig.open({ pruneUpkeep: HOURLY }, "state", undefined, true);
    await until(
      "it is pruned",
      () => rig.events.some(({ data }) => data?.task === "prune" && data.news === true),
      30_000,
    );
    await until("and measured after that", () => (deadBytes(toldTo(rig).at(-1)!) ?? 9e9) < 100_000, 30_000);
    const left = toldTo(rig).at(-1)!;
    assert.equal(left.snapshots, 3);
    assert.equal(left.dataBytes, await sizeOf(`${rig.repository}/data`));
    assert.ok(left.storedBytes! > left.dataBytes!);
    assert.ok(left.neededBytes! > 3_000_000 && left.neededBytes! < 3_100_000, String(left.neededBytes));
    assert.equal(left.restoredBytes, 9_000_000);
  },
);

resticTest(
  "what was measured outlives a restart, is not measured again before its time, and takes no lock",
  async (rig) => {
    await writeFile(`${rig.data}/big`, bytes(2_000_000, 1));
    const first = await rig.open();
    const made = await make(first, "run-1");
    await writeFile(`${rig.data}/big`, bytes(2_000_000, 2));
    await make(first, "run-2");
    await first.delete(made.id, undefined, 1);
    await first[Symbol.asyncDispose]();

    const second = await rig.open({}, "state", undefined, true);
    await until("it is measured", () => toldTo(rig).length === 1, 20_000);
    await second[Symbol.asyncDispose]();
    const [figures] = toldTo(rig);
    assert.ok(deadBytes(figures!)! > 1_990_000, JSON.stringify(figures));
    const measuring = () => rig.commands.filter(({ argv }) => argv.includes("stats"));
    const asked = measuring().length;
    assert.ok(asked >= 2 && measuring().every(({ argv }) => argv.includes("--no-lock")));

    await using third = await rig.open({}, "state", undefined, true);
    assert.deepEqual(toldTo(rig), [figures, figures]);
    rig.ahead.wallMs += DAY / 2;
    await third.check();
    assert.equal(measuring().length, asked);
  },
);

resticTest("entries of one repository have it measured once, and all are told", async (rig) => {
  const siblings = createResticSiblings();
  await using b = await rig.open({ key: "b", limitUpload: 9 }, "b", siblings, true);
  await using a = await rig.open({ key: "a" }, "a", siblings, true);
  await make(b, "run-1");
  await make(a, "run-2");
  await until("both know", () => toldTo(rig, "a").length > 0 && toldTo(rig, "b").length > 0, 20_000);
  rig.events.length = rig.commands.length = 0;
  rig.ahead.wallMs += DAY;
  await make(b, "run-3");
  await until("both know it anew", () => toldTo(rig, "a").length > 0 && toldTo(rig, "b").length > 0, 20_000);
  const asked = rig.commands.filter(({ argv }) => argv.includes("raw-data"));
  assert.equal(asked.length, 1);
  assert.ok(!asked[0]!.argv.includes("--limit-upload=9"), "the first by name");
});

resticTest(
  "a measure that fails is a warning, leaves the figures as they were, and waits a day",
  async (rig) => {
    await using provider = await rig.open({}, "state", undefined, true);
    const made = await make(provider, "run-1");
    await make(provider, "run-2");
    await until("it is measured", () => toldTo(rig).length > 0, 20_000);
    const known = toldTo(rig).at(-1);
    for (const name of await files.list(`${rig.repository}/index`)) {
      await files.remove(`${rig.repository}/index/${name}`);
    }
    rig.ahead.wallMs += DAY;
    await provider.delete(made.id, undefined, 1).catch(() => {});
    const warnings = () => rig.events.filter(({ message }) => /^Cannot measure the storage/.test(message));
    await until("it fails", () => warnings().length > 0, 20_000);
    assert.deepEqual(toldTo(rig).at(-1), known);
    assert.equal(warnings().length, 1);
    assert.ok((await provider.check()).every(({ ok }) => ok), "it is no trouble of the provider");
  },
);

test("sizes by type of file are read from the words of restic", () => {
  const text =
    "Collecting size statistics\n\nFile Type: key\nCount: 1\nTotal Size: 450 B\nSize            Count\n---\n\n" +
    "File Type: index\nCount: 1\nTotal Size: 1.500 KiB\n\nFile Type: data\nCount: 3\nTotal Size: 2.000 MiB\n";
  assert.deepEqual(readDebugStats(text), { storedBytes: 450 + 1536 + 2_097_152, dataBytes: 2_097_152 });
  assert.deepEqual(readDebugStats("Fatal: invalid stats mode"), { storedBytes: null, dataBytes: null });
  assert.deepEqual(readDebugStats("File Type: data\nCount: 3\nTotal Size: lots\n"), {
    storedBytes: null,
    dataBytes: null,
  });
});
