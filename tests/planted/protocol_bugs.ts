// Ways to break what is written before and after each call: fences, conditions, cursors, fresh looks.

import type { PlantedBug } from "./planted_bug.ts";

export const PROTOCOL_BUGS: readonly PlantedBug[] = [
  {
    id: "P1",
    what: "batches do not carry the fence",
    file: "src/store/write/lease_writer.ts",
    find: "return [fence, count, ...keeper.statements(reading), ...make(reading)];",
    replace: "return [count, count, ...keeper.statements(reading), ...make(reading)];",
    tests: ["tests/store"],
  },
  {
    id: "P2",
    what: "a pass commits tags and intents of an old snapshot",
    file: "src/engine/retention/retain.ts",
    find: '    { condition: "revision", job: job.name, is: pass.head.revision },\n',
    replace: "",
    tests: ["tests/engine/race_test.ts"],
    simulated: true,
  },
  {
    id: "P3",
    what: "decisions do not move the cursor",
    file: "src/engine/job_scheduler.ts",
    find: 'writes: [...writer.writes, ...over.writes, { write: "job", job: this.job.name, set }],',
    replace: "writes: [...writer.writes, ...over.writes],",
    hangs: true,
    tests: ["tests/engine/slots_test.ts"],
    simulated: true,
  },
  {
    id: "P4",
    what: "writes go one by one instead of in one batch",
    file: "src/store/database/database.ts",
    find: 'return (await client.batch(made(statements), "write")).map((result) => result.rows);',
    replace:
      "const rows = [];\n        for (const one of made(statements)) rows.push((await client.execute(one)).rows);\n" +
      "        return rows;",
    tests: ["tests/store"],
    simulated: true,
  },
  {
    id: "P5",
    what: "retention goes on although rows are missing from its read",
    file: "src/engine/retention/election_look.ts",
    find: "  if (snapshot.storedCount !== snapshot.actualCount) {",
    replace: "  if (snapshot.storedCount < 0) {",
    tests: ["tests/engine/race_test.ts"],
  },
  {
    id: "P6",
    what: "the first 404 while polling is taken for the end",
    file: "src/engine/run/poll.ts",
    find: "const LOST_ANSWERS = 3;\nconst LOST_OVER_MS = 30_000;",
    replace: "const LOST_ANSWERS = 1;\nconst LOST_OVER_MS = 0;",
    tests: ["tests/engine/run/poll_test.ts"],
  },
  {
    id: "P7",
    what: "ids go raw into the URL",
    file: "src/provider/client/provider_urls.ts",
    find: "${encodeId(part.id)}",
    replace: "${part.id}",
    tests: ["tests/provider/client/http_provider_test.ts"],
  },
  {
    id: "P8",
    what: "a call goes to the job's present provider instead of the run's own",
    file: "src/engine/run/recover.ts",
    find: "const calls = job.callsOf(run.providerKey, run.job);",
    replace: 'const calls = job.callsOf(run.providerKey, run.job) ?? job.callsOf("q");',
    tests: ["tests/engine/run/recover_test.ts"],
  },
  {
    id: "P9",
    what: "unsent deletions go on after a restart without a new look",
    file: "src/engine/run/recover.ts",
    find: ".filter((row) => row.deleteSentAt === null);",
    replace: ".filter((row) => row.deleteSentAt === 0);",
    tests: ["tests/engine/run/recover_test.ts"],
  },
  {
    id: "P10",
    what: "a cursor moved forward by a wrong clock never comes back",
    file: "src/engine/clock/job_clock.ts",
    find: "      return now >= this.of.state().cursor - CLOCK_TOLERANCE_MS;",
    replace: "      return now >= 0;",
    tests: ["tests/engine/clock/job_clock_test.ts"],
  },
  {
    id: "P11",
    what: "no fresh look before a DELETE",
    file: "src/engine/retention/remove.ts",
    find:
      "  while (waiting.length > 0) {\n    context.stop.throwIfAborted();\n    const victim = waiting[0]!;\n" +
      "    if (context.job.verifyBeforeDelete) {",
    replace:
      "  while (waiting.length > 0) {\n    context.stop.throwIfAborted();\n    const victim = waiting[0]!;\n" +
      "    if (context.job.maxDeletesPerPass < 0) {",
    tests: ["tests/engine/retention/retain_test.ts"],
  },
  {
    id: "P12",
    what: "guards judge only the first victims, after pacing",
    file: "src/engine/retention/election_look.ts",
    find: "    victims: victims.length,",
    replace: "    victims: Math.min(3, victims.length),",
    tests: ["tests/engine/retention/retain_test.ts"],
  },
  {
    id: "P13",
    what: "an approval covers guards latched after it",
    file: "src/engine/retention/election_look.ts",
    find: "head.latched.every((guard) => guard.latchedAt <= approval.approvedAt);",
    replace: "head.latched.length >= 0;",
    tests: ["tests/engine/race_test.ts"],
  },
  {
    id: "P14",
    what: "backups of another provider take part in the election",
    file: "src/store/read/election_query.ts",
    find: "        AND provider_key IN (SELECT value FROM json_each(?2)) AND ${PERIOD_TIME}",
    replace: "        AND ?2 IS NOT NULL AND ${PERIOD_TIME}",
    tests: ["tests/engine/run/recover_test.ts", "tests/store"],
  },
];
