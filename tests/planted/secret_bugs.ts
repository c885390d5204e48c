// Ways in which secrets come out, questions hold up the schedule, and commands reach no server or another one.

import type { PlantedBug } from "./planted_bug.ts";

export const SECRET_BUGS: readonly PlantedBug[] = [
  {
    id: "DS1",
    what: "a broken edit of the configuration takes every command down that asks a server",
    file: "src/config/document/document.ts",
    find: "  if (document.issues.length > 0 && !anyhow) return document;\n",
    replace: "  if (document.issues.length > 0) return document;\n",
    tests: ["tests/config/server_place_test.ts"],
  },
  {
    id: "DS2",
    what:
      "a command asks the server at the usual address where the configuration cannot tell which one is meant",
    file: "src/cli/client/discovery.ts",
    find: "place.supposed.includes(door) ? found.supposed : found.targets",
    replace: "found.targets",
    tests: ["tests/cli/client/discovery_test.ts"],
  },
];
