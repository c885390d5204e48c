// Ways in which strangers at the port end the program, fill its memory, or have backups made and deleted.

import type { PlantedBug } from "./planted_bug.ts";

export const DOOR_BUGS: readonly PlantedBug[] = [
  {
    id: "D1",
    what: "a server that the runtime gives up while nobody waits for it ends the process",
    file: "src/runtime/listen.ts",
    find: "  server.finished.catch(() => {});\n",
    replace: "",
    tests: ["tests/e2e/flood_test.ts"],
  },
];
