// Bugs with the state on a server: those that would trust one that forgets, or mistake what became of a change.

import type { PlantedBug } from "./planted_bug.ts";

const CALLS = ["tests/store/database/server_calls_test.ts"];
const CHECKS = ["tests/store/database/server_checks_test.ts"];
const LATE = ["tests/store/late_request_test.ts"];

export const STATE_SERVER_BUGS: readonly PlantedBug[] = [
  {
    id: "SQ1",
    what: "a server that may lose what it acknowledged is taken without a word",
    file: "src/store/database/server_checks.ts",
    find: "if (level >= FULL) return null;",
    replace: "if (level >= FULL - 1) return null;",
    tests: CHECKS,
  },
  {
    id: "SQ2",
    what: "what the configuration did not accept is only said",
    file: "src/store/database/server_checks.ts",
    find: 'if (found !== null && durability === "strong") {',
    replace: 'if (found !== null && durability !== "strong") {',
    tests: CHECKS,
  },
  {
    id: "SQ3",
    what: "a server that forgets how durable it is while it is used stays durable for whoever asks",
    file: "src/store/database/server_checks.ts",
    find: "weakness = now === null ? null : sentence(now);",
    replace: 'weakness = now === null || durability === "strong" ? null : sentence(now);',
    tests: CHECKS,
  },
  {
    id: "SQ4",
    what: "a replica, whose reads are of the past, keeps the state",
    file: "src/store/database/server_calls.ts",
    find: "if (response.status === 400) return await textOf(response, MOST_WORDS_BYTES);",
    replace: "if (response.status === 500) return await textOf(response, MOST_WORDS_BYTES);",
    tests: CHECKS,
  },
  {
    id: "SQ5",
    what: "the token follows where a server leads",
    file: "src/store/database/server_calls.ts",
    find: 'new Request(request, { signal, redirect: "manual" })',
    replace: "new Request(request, { signal })",
    tests: CALLS,
  },
  {
    id: "SQ6",
    what: "a change counts as not saved where a proxy gave up on the server",
    file: "src/store/database/server_errors.ts",
    find: 'return isRefusal || status === 501 ? "failed" : "unknown";',
    replace: 'return isRefusal || status >= 500 ? "failed" : "unknown";',
    tests: CALLS,
  },
  {
    id: "SQ7",
    what: "a change counts as not saved where the answer was lost",
    file: "src/store/database/server_errors.ts",
    find: 'return say("unknown", "the answer was lost',
    replace: 'return say("failed", "the answer was lost',
    tests: CALLS,
  },
  {
    id: "SQ8",
    what: "a change that arrives after others is carried out all the same",
    file: "src/store/schema/change_seq.ts",
    find: "CASE WHEN change_seq BETWEEN ?2 AND ?3 THEN",
    replace: "CASE WHEN change_seq >= ?2 AND ?3 THEN",
    tests: LATE,
  },
  {
    id: "SQ9",
    what: "one whose state another took over ends as after a bug",
    file: "src/app/composition/ending.ts",
    find: 'error.kind === "in_use" || error.kind === "fenced"',
    replace: 'error.kind === "in_use"',
    tests: ["tests/app/composition/ending_test.ts"],
  },
  {
    id: "SQ10",
    what: "that a server is less durable than it was is found and told nobody",
    file: "src/app/server_look.ts",
    find: "store.weakness !== before) tell",
    replace: "store.weakness === undefined) tell",
    tests: ["tests/app/server_look_test.ts"],
  },
];
