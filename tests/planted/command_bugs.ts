// Ways to lose, or to mix up, what the command of a job made when jobs change their names.

import type { PlantedBug } from "./planted_bug.ts";

export const COMMAND_BUGS: readonly PlantedBug[] = [
  {
    id: "NC1",
    what: "the command of a renamed job forgets the key it had",
    file: "src/config/build/build_jobs.ts",
    find: "  takeFormerCommands(providers, jobs);\n",
    replace: "",
    tests: ["tests/config/accepted_test.ts"],
  },
  {
    id: "NC2",
    what: "the command of a renamed job takes a key that another provider asks for",
    file: "src/config/build/build_providers.ts",
    find: "    if (asked.has(former)) continue;\n",
    replace: "",
    tests: ["tests/config/accepted_test.ts"],
  },
  {
    id: "NC3",
    what: "the command of a new job is sent for what another job made under its name",
    file: "src/app/provider_set.ts",
    find:
      "if (job !== undefined && this.#entries.has(key) && isCommandOfAnother(key, job)) return undefined;",
    replace: "",
    tests: ["tests/app/provider_set_test.ts"],
  },
  {
    id: "NC4",
    what: "deleting all backups of a removed job takes failed runs for backups",
    file: "src/cli/backups/backups_delete.ts",
    find: "items.filter((one) => states.includes(one.state ?? one.status))",
    replace: "items",
    tests: ["tests/cli/backups/safekeeping_test.ts"],
  },
];
