// Ways to go by an earlier word where only one of now will do: the last backup that is there goes for one that is not.

import type { PlantedBug } from "./planted_bug.ts";

export const FRESH_WORD_BUGS: readonly PlantedBug[] = [
  {
    id: "FW1",
    what: "before a DELETE it is enough that the newest backup was said to be there when it was made",
    file: "src/engine/retention/verify.ts",
    find: "looks.get(run.id!, { anew: true });",
    replace: "looks.get(run.id!);",
    tests: ["tests/engine/retention/retain_test.ts"],
  },
  {
    id: "FW2",
    what: "a host vouches for what it has just made, although it is to ask the storage anew",
    file: "src/provider/host/backup_reads.ts",
    find: "(fresh.has(id) && !anew)",
    replace: "fresh.has(id)",
    tests: ["tests/provider/host/backup_host_test.ts"],
  },
  {
    id: "FW3",
    what: "that a storage is to be asked anew gets lost on the way to a served provider",
    file: "src/provider/client/http_get.ts",
    find: "    ...(anew ? { headers: NO_CACHE } : {}),\n",
    replace: "",
    tests: ["tests/provider/server/server_test.ts"],
  },
  {
    id: "FW4",
    what: "a pass of an hour goes by what the newest backup was at its beginning",
    file: "src/engine/retention/proof.ts",
    find: "proven.runId === newest.runId && at - proven.at < LOOK_LASTS_MS",
    replace: 'proven.runId !== ""',
    tests: ["tests/engine/retention/retain_test.ts"],
  },
  {
    id: "FW5",
    what: "one missing backup is silent until there are three",
    file: "src/store/read/missing.ts",
    find: "  GROUP BY runs.job ORDER BY runs.job`;",
    replace: "  GROUP BY runs.job HAVING count(*) > 2 ORDER BY runs.job`;",
    tests: ["tests/app/operations/readiness_test.ts"],
  },
  {
    id: "FW6",
    what: "a backup that had failed before its post was killed becomes one that was cut off",
    file: "src/provider/host/backup_work.ts",
    find: 'if (word === "available" || word === "failed")',
    replace: 'if (word === "available")',
    tests: ["tests/provider/host/hooks_test.ts"],
  },
  {
    id: "FW7",
    what: "a kill between post and the end on disk leaves whoever waits for on_success untold",
    file: "src/provider/host/cut_off.ts",
    find:
      "    if (theirs === null) ours.add(entry.id);\n    await journal.record({\n      ...entry,\n      ...entry.made",
    replace: "    await journal.record({\n      ...entry,\n      ...entry.made",
    tests: ["tests/provider/host/cut_off_test.ts"],
  },
  {
    id: "FW8",
    what: "what follows a backup runs before the post that a stop has put off, and again after it",
    file: "src/provider/host/running_backups.ts",
    find: 'end.state !== "running" && !end.postDue',
    replace: 'end.state !== "running"',
    tests: ["tests/provider/host/hooks_test.ts"],
  },
  {
    id: "FW9",
    what: "a state that cannot be written shows the last that was saved, as if all were well",
    file: "src/app/operations/job_facts.ts",
    find: "storeTrouble: storeTrouble(),",
    replace: "storeTrouble: null,",
    tests: ["tests/app/operations/readiness_test.ts"],
  },
  {
    id: "FW10",
    what: "a DELETE goes out on the word of a backup that was deleted by hand since",
    file: "src/engine/retention/removal.ts",
    find: "await markSent(context, victim, newest)",
    replace: "await markSent(context, victim, null)",
    tests: ["tests/engine/retention/retain_test.ts"],
  },
];
