// Ways to lose the copies of the state, to put back what is none, or to delete by a state that was put back.

import type { PlantedBug } from "./planted_bug.ts";

const KEEPER = ["tests/app/snapshots/snapshot_keeper_test.ts"];
const RESTORE = ["tests/store/restore_file_test.ts"];
const ADOPTION = ["tests/app/recovery/adoption_test.ts"];

export const SNAPSHOT_BUGS: readonly PlantedBug[] = [
  {
    id: "SN1",
    what: "a copy counts before it proved good",
    file: "src/app/snapshots/snapshot_keeper.ts",
    find: "      await verify(snapshot);\n",
    replace: "      void verify;\n",
    tests: KEEPER,
  },
  {
    id: "SN2",
    what: "copies of a state that went back in time crowd out those of before",
    file: "src/app/snapshots/snapshot_keeper.ts",
    find: 'if ((await store.latched()).some(({ guard }) => guard === "restored_store")) return;',
    replace: 'if ((await store.latched()).some(({ guard }) => guard === "none")) return;',
    tests: KEEPER,
  },
  {
    id: "SN3",
    what: "copies of another state go as if they were of this one",
    file: "src/app/snapshots/snapshot_names.ts",
    find: "if (found === null || found[1] !== storeId.slice(-8)) return undefined;",
    replace: 'if (found === null || storeId === "") return undefined;',
    tests: KEEPER,
  },
  {
    id: "SN4",
    what: "a program that is started again and again copies each time, and crowds out what is old",
    file: "src/app/snapshots/snapshot_keeper.ts",
    find: "    if (now - newest >= everyMs) return true;",
    replace: "    if (now - newest >= 0) return true;",
    tests: KEEPER,
  },
  {
    id: "SN5",
    what: "a provider that is down as a state was put back is never asked for what it has",
    file: "src/app/recovery/adoption.ts",
    find: "    return [...waiting.keys()];",
    replace: "    return [];",
    tests: ADOPTION,
  },
  {
    id: "SN6",
    what: "a state that was put back is refused by whoever saw a later start",
    file: "src/store/restore_file.ts",
    find: '{ sql: "UPDATE lease SET epoch = epoch + ?1", args: [BigInt(STARTS_AHEAD)] },',
    replace: '{ sql: "UPDATE lease SET epoch = epoch + 0 * ?1", args: [BigInt(STARTS_AHEAD)] },',
    tests: RESTORE,
  },
  {
    id: "SN7",
    what: "what lives and is listed is not taken in after a restore",
    file: "src/app/recovery/adoption.ts",
    find: "dryRun: false, listed }",
    replace: "dryRun: true, listed }",
    tests: ADOPTION,
    simulated: true,
    from: 85,
  },
  {
    id: "SN8",
    what: "a stale log lies beside the state that was put back",
    file: "src/store/restore_file.ts",
    find: '    if (suffix !== "") await files.remove(path + suffix);\n',
    replace: "",
    tests: RESTORE,
  },
  {
    id: "SN9",
    what: "a damaged copy is put in place",
    file: "src/store/restore_file.ts",
    find: "    if (damage !== null) refuse(",
    replace: '    if (damage === "") refuse(',
    tests: RESTORE,
  },
  {
    id: "SN10",
    what: "that a state was put back is forgotten with the first start",
    file: "src/store/write/adoption.ts",
    find: "  const value = row?.[0] ?? null;\n",
    replace:
      "  const value = row?.[0] ?? null;\n  await group.alone((write) => write([{ sql: \"DELETE FROM meta WHERE key = 'adopt'\", args: [] }]));\n",
    tests: RESTORE,
  },
  {
    id: "SN11",
    what: "what is taken in after a restore goes without anybody having seen it",
    file: "src/engine/inventory/import_backups.ts",
    find: "    importedAt: now,\n",
    replace: '    importedAt: by === "state restore" ? null : now,\n',
    tests: [],
    simulated: true,
    from: 80,
  },
];
