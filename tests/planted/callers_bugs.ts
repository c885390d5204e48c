// Ways in which callers are kept out who belong in, or let in who do not.

import type { PlantedBug } from "./planted_bug.ts";

export const CALLERS_BUGS: readonly PlantedBug[] = [
  {
    id: "CA1",
    what: "passwords are tried in the order in which they come, so that a flood is ahead of everybody",
    file: "src/api/password_turns.ts",
    find: "orders[0]!(a, b) || orders[1]!(a, b)",
    replace: "Number(b === a)",
    tests: ["tests/api/password_turns_test.ts"],
  },
  {
    id: "CA2",
    what: "whoever comes when many wait is turned away, whatever the others have",
    file: "src/api/password_turns.ts",
    find: 'return makeWay("source", source) || makeWay("name", name);',
    replace: "return false;",
    tests: ["tests/api/password_turns_test.ts"],
  },
  {
    id: "CA3",
    what: "wrong passwords of one name lock its owner out everywhere",
    file: "src/api/password_turns.ts",
    find: "const pair = `${source} ${name}`;",
    replace: "const pair = name;",
    tests: ["tests/api/password_turns_test.ts"],
  },
  {
    id: "CA4",
    what: "a password that is written out costs a guesser who reads the memory a sixth",
    file: "src/config/build/build_auth.ts",
    find: "await hashPassword(text, salt)",
    replace: "await hashPassword(text, salt, FEWEST_ITERATIONS)",
    tests: ["tests/config/build/build_auth_test.ts"],
  },
  {
    id: "CA5",
    what: "a token is good for ever, whatever day it expires",
    file: "src/api/identify.ts",
    find: 'if (expiryOf(token, now) === "expired") return',
    replace: 'if (expiryOf(token, 0) === "expired") return',
    tests: ["tests/api/auth_test.ts"],
  },
  {
    id: "CA6",
    what: "a stream of events outlives the token that opened it",
    file: "src/api/events.ts",
    find: " && deps.clock.now() < ends",
    replace: "",
    tests: ["tests/api/auth_test.ts"],
  },
];
