// Ways to tell a line that moves as trouble, or to hide one that does not; and to tell an outage too often or not at all.

import type { PlantedBug } from "./planted_bug.ts";

export const TURN_BUGS: readonly PlantedBug[] = [
  {
    id: "TN1",
    what: "a start that waits for its turn is told as trouble at once",
    file: "src/domain/health.ts",
    find: "  if (now - since <= within(isMoving ? MOVING_SHARE : STANDING_SHARE)) return undefined;\n",
    replace: "",
    tests: ["tests/domain/health_test.ts"],
  },
  {
    id: "TN2",
    what: "a line in which nothing moves is well for as long as one that does",
    file: "src/domain/health.ts",
    find: "movedAt !== null && now - movedAt <= within(STANDING_SHARE)",
    replace: "since > 0",
    tests: ["tests/domain/health_test.ts"],
  },
  {
    id: "TN3",
    what: "a start in line fails as soon as the next slot is due, although its provider is only at work",
    file: "src/engine/run/occupant.ts",
    find: " && !isInLine(run)",
    replace: "",
    tests: ["tests/engine/run/turn_test.ts"],
  },
  {
    id: "TN4",
    what: "a provider is idle for up to retry_interval after each backup, though others wait for their turn",
    file: "src/engine/run/follow.ts",
    find: "  if (active.run.id !== null) context.calls.placeFree();\n",
    replace: "",
    tests: ["tests/engine/run/turn_test.ts"],
  },
];
