// Ways to leave undone what `pre` did, or to do it twice: every later backup fails, or an application stays stopped.

import type { PlantedBug } from "./planted_bug.ts";

export const HOOKS_BUGS: readonly PlantedBug[] = [
  {
    id: "H1",
    what: "post is not owed by a backup that a kill cut off",
    file: "src/provider/host/backup_starts.ts",
    find: "postDue: options.hasPost };",
    replace: "postDue: false };",
    tests: ["tests/provider/host/hooks_test.ts"],
  },
  {
    id: "H2",
    what: "a new backup begins while post of the one before still runs",
    file: "src/provider/host/backup_starts.ts",
    find: "    await options.duePosts.ended();\n",
    replace: "",
    tests: ["tests/provider/host/hooks_test.ts"],
  },
  {
    id: "H3",
    what: "post that ran after a crash runs again at each start",
    file: "src/provider/host/due_posts.ts",
    find: "postDue: false, processes: entry.processes",
    replace: "postDue: true, processes: entry.processes",
    tests: ["tests/provider/host/hooks_test.ts"],
  },
  {
    id: "H4",
    what: "post does not run when pre failed",
    file: "src/provider/host/backup_work.ts",
    find: "  const outcome = await runPre(ports, work) ?? await create(ports, work);\n",
    replace:
      "  const failed = await runPre(ports, work);\n  if (failed !== null) return failed;\n  const outcome = await create(ports, work);\n",
    tests: ["tests/provider/host/hooks_test.ts"],
  },
];
