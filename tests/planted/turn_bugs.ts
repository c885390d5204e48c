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
  {
    id: "TN5",
    what: "a second outage within the hour of the first is told only once that hour is over",
    file: "src/domain/notify/look.ts",
    find: "isPart ? last + FOLLOWERS_MS : -Infinity",
    replace: "last + FOLLOWERS_MS",
    tests: ["tests/domain/notify/look_test.ts"],
  },
  {
    id: "TN6",
    what: "another cause of what was told as bad is never told",
    file: "src/domain/notify/track.ts",
    find: " || isOtherCause(before, spell, look, rule, now);",
    replace: ";",
    tests: ["tests/domain/notify/look_test.ts", "tests/app/notify/notifications_test.ts"],
  },
  {
    id: "TN7",
    what: "causes that come to and fro are told each time",
    file: "src/domain/notify/track.ts",
    find: " || causes.includes(causeKey(words))",
    replace: " || causes.at(-1) === causeKey(words)",
    tests: ["tests/domain/notify/look_test.ts"],
  },
  {
    id: "TN8",
    what: "that a job failed and healed is told without why, as soon as it is well for the moment",
    file: "src/domain/notify/texts.ts",
    find:
      "  const bad = look.well ? lastBad : look;\n  return bad?.words ?? bad?.cause ?? lastBad?.words ?? lastBad?.cause ?? null;",
    replace: "  return look.words ?? look.cause;",
    tests: ["tests/domain/notify/texts_test.ts"],
  },
  {
    id: "TN9",
    what: "the slots that a job missed are not counted when it backs up again",
    file: "src/app/notify/job_details.ts",
    find: "  const last = until > from ? slots.latest(from, until) : null;",
    replace: "  const last = until < from ? slots.latest(from, until) : null;",
    tests: ["tests/app/notify/notifications_test.ts"],
  },
  {
    id: "TN10",
    what: "that what flaps came to rest is told although it is bad again",
    file: "src/domain/notify/track.ts",
    find: "return { ...track, spell: next, group, news: null, held: false, flapping };",
    replace: "return { ...track, spell: next, group };",
    tests: ["tests/domain/notify/look_test.ts"],
  },
];
