// Ways to delete by hand, or after a look that sees too little, what another backup lives on.

import type { PlantedBug } from "./planted_bug.ts";

const TEST = "tests/engine/retention/shared_data_test.ts";

export const SHARED_DATA_BUGS: readonly PlantedBug[] = [
  {
    id: "SD1",
    what: "a deletion by hand does not ask who else has the data",
    file: "src/engine/retention/shared_data.ts",
    find: "  return await context.store.sharer(",
    replace: "  if (run.deleteAskedBy === null) return undefined;\n  return await context.store.sharer(",
    tests: [TEST],
  },
  {
    id: "SD2",
    what: "the commit of a DELETE does not mind who else has the data",
    file: "src/store/schema/shared_data.ts",
    find: '  return `runs.run_id IS NOT NULL AND ${nobody.join(" AND ")}`;',
    replace: '  return `runs.run_id IS NOT NULL OR ${nobody.join(" AND ")}`;',
    tests: [TEST],
  },
  {
    id: "SD3",
    what: "an id that is another backup's data id is not seen",
    file: "src/store/schema/shared_data.ts",
    find: "IN (${of}.id, ${of}.data_id, ${dataId})",
    replace: "IN (${of}.data_id, ${dataId})",
    tests: [TEST],
  },
  {
    id: "SD4",
    what: "what failed is deleted without asking whose data it has",
    file: "src/engine/retention/shared_data.ts",
    find: 'if (run.status === "available") return null;',
    replace: "if (run.status !== null) return null;",
    tests: [TEST],
  },
  {
    id: "SD5",
    what: "a data id that was recorded as the id itself is not compared",
    file: "src/engine/retention/verify.ts",
    find: "    run.dataId !== null && backup.dataId !== undefined",
    replace: "    run.dataId !== null && run.dataId !== run.id && backup.dataId !== undefined",
    tests: ["tests/engine/retention/retain_test.ts"],
  },
  {
    id: "SD6",
    what: "another spelling of the service is another place",
    file: "src/engine/context/kin_keys.ts",
    find: "known.filter((key) => services.has(serviceOf(key)))",
    replace: "known.filter((key) => providerKeys.includes(key))",
    tests: [TEST],
  },
  {
    id: "SD7",
    what: "an id that another spelling of the service has bound is bound again",
    file: "src/engine/run/answer.ts",
    find: "  if (atKin === undefined) {",
    replace: "  if (keys.length > 0) {",
    tests: ["tests/engine/context/kin_keys_test.ts"],
  },
  {
    id: "SD8",
    what: "an import asks for its own spelling of the service only",
    file: "src/engine/inventory/import_backups.ts",
    find: "const keys = await kinKeys(context, job.providerKeys);",
    replace: "const keys = job.providerKeys;",
    tests: ["tests/engine/context/kin_keys_test.ts"],
  },
  {
    id: "SD9",
    what: "two spellings of one service are not told",
    file: "src/config/build/build_providers.ts",
    find: "const service = serviceOf(spec);",
    replace: "const service = spec.key;",
    tests: ["tests/config/accepted_test.ts"],
  },
  {
    id: "SD10",
    what: "a delete command is not told of which job the backup is",
    file: "src/provider/host/backup_deletions.ts",
    find: "body, outcomeOf(entry), entry)",
    replace: "body, outcomeOf(entry))",
    tests: ["tests/provider/builtin/command_test.ts"],
  },
  {
    id: "SD11",
    what: "a get command is not told of which job the backup is",
    file: "src/provider/host/backup_reads.ts",
    find: "await storage.get(id, entry.dataId ?? id, entry)",
    replace: "await storage.get(id, entry.dataId ?? id)",
    tests: ["tests/provider/builtin/command_test.ts"],
  },
  {
    id: "SD12",
    what: "an import takes what another job has at another provider by an id that is given once",
    file: "src/engine/inventory/import_backups.ts",
    find: "if (!UUID.test(id)) return undefined;",
    replace: "return undefined;",
    tests: ["tests/engine/context/kin_keys_test.ts"],
  },
];
