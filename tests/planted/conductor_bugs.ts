// Ways to lose or double a backup that workers of a Conductor server make.

import type { PlantedBug } from "./planted_bug.ts";

const TESTS = ["tests/provider/conductor/conductor_provider_test.ts"];

export const CONDUCTOR_BUGS: readonly PlantedBug[] = [
  {
    id: "CO1",
    what: "a workflow that Conductor does not know counts as a backup that is not there",
    file: "src/provider/conductor/conductor_provider.ts",
    find: "  const workflow = await parts.find(id);\n",
    replace: "  const workflow = await parts.find(id).catch(() => undefined);\n" +
      '  if (workflow === undefined) return { found: "no" };\n',
    tests: TESTS,
  },
  {
    id: "CO2",
    what: "a start is sent without a look at what its run has there",
    file: "src/provider/conductor/conductor_starts.ts",
    find: 'parts.spec.persistence === "sql" ? await beginnings(parts, runId, job) : undefined',
    replace: "undefined as Awaited<ReturnType<typeof beginnings>>",
    tests: TESTS,
  },
  {
    id: "CO3",
    what: "two starts of one run at the same time make two backups",
    file: "src/provider/conductor/conductor_starts.ts",
    find: "      underWay.set(runId, entry);\n",
    replace: "",
    tests: TESTS,
  },
  {
    id: "CO4",
    what: "that a lagging index knows of no workflow counts as proof that none was started",
    file: "src/provider/conductor/conductor_provider.ts",
    find: "  if (isSure) return undefined;\n",
    replace: "  if (isSure || true) return undefined;\n",
    tests: TESTS,
  },
  {
    id: "CO5",
    what: "a complete workflow that names no data counts as a backup",
    file: "src/provider/conductor/workflow.ts",
    find: 'status === "COMPLETED" && dataId !== undefined',
    replace: 'status === "COMPLETED"',
    tests: TESTS,
  },
  {
    id: "CO6",
    what: "a DELETE terminates a workflow that makes no backups",
    file: "src/provider/conductor/conductor_provider.ts",
    find: "workflow !== undefined && workflow.workflowName !== spec.workflows.create",
    replace: "workflow !== undefined && false as boolean",
    tests: TESTS,
  },
  {
    id: "CO7",
    what: "a backup counts as deleted while its removal goes on",
    file: "src/provider/conductor/conductor_removals.ts",
    find: '  return "accepted";\n}',
    replace: '  return "deleted";\n}',
    tests: TESTS,
  },
  {
    id: "CO8",
    what: "a removal that failed counts as done",
    file: "src/provider/conductor/conductor_removals.ts",
    find: "    if (now !== undefined && !isOpen(now)) throw unremoved(parts, id, now);\n",
    replace: '    if (now !== undefined && !isOpen(now)) return "deleted";\n',
    tests: TESTS,
  },
  {
    id: "CO9",
    what: "another server behind the same name is believed when it knows of no workflow",
    file: "src/provider/conductor/conductor_doubt.ts",
    find: "      since = clock.monotonic();\n",
    replace: "",
    tests: TESTS,
  },
  {
    id: "CO10",
    what: "an older lease starts backups at a provider on Conductor that is served",
    file: "src/provider/conductor/conductor_host.ts",
    find: "      await fences.admit(call.job, call.fence);\n",
    replace: "",
    tests: ["tests/provider/conductor/conductor_host_test.ts"],
  },
];
