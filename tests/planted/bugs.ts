// Bugs that would lose a backup, each as a textual patch: those of the original, and those a later edit could bring in.

/** One planted bug. */
export interface PlantedBug {
  /** `G1` … are the original's defects, `P1` … are our own worst ideas. */
  id: string;
  what: string;
  file: string;
  /** Must stand in the file exactly once. */
  find: string;
  replace: string;
  /** The part of the suite that should notice. */
  tests: string[];
}

export const BUGS: PlantedBug[] = [
  {
    id: "G1",
    what: "the derived schedule is one that the cron library refuses",
    file: "src/domain/derived_schedule.ts",
    find: "  return `${second} ${minute} ${hour} ${day} ${month} ${weekday}`;",
    replace: "  return `${second} ${minute} ${hour} ${day} ${month} ${weekday} * *`;",
    tests: ["tests/domain/schedule_test.ts"],
  },
  {
    id: "G2",
    what: "a deletion that failed is never tried again",
    file: "src/engine/engine.ts",
    find: "row.deleteSentAt !== null && (row.deleteNotBefore ?? 0) <= now",
    replace: "row.deleteSentAt !== null && (row.deleteNotBefore ?? 0) < 0",
    tests: ["tests/engine/retain_test.ts"],
  },
  {
    id: "G3",
    what: "a failed backup can stand for its day",
    file: "src/store/election_query.ts",
    find: "FROM runs INDEXED BY runs_available WHERE rowid > ?4 AND job = ?1 AND status = 'available'",
    replace: "FROM runs WHERE rowid > ?4 AND job = ?1 AND status IN ('available', 'failed')",
    tests: ["tests/engine/retain_test.ts", "tests/store"],
  },
  {
    id: "G4",
    what: "a level with count 0 elects a backup",
    file: "src/domain/election.ts",
    find: "const limits = LEVELS.map((level) => policy.levels[level].count);",
    replace: "const limits = LEVELS.map((level) => Math.max(1, policy.levels[level].count));",
    tests: ["tests/domain/election_test.ts"],
  },
  {
    id: "G5",
    what: "weeks are cut at month ends",
    file: "src/domain/period.ts",
    find: "return (ms) => weekOfDay(day(ms), weekStarts);",
    replace: "return (ms) => weekOfDay(day(ms), weekStarts) * 12 + dateOfDay(day(ms)).month;",
    tests: ["tests/domain/period_test.ts", "tests/domain/election_test.ts"],
  },
  {
    id: "G6",
    what: "the schedule is in the job's zone, the periods in UTC",
    file: "src/engine/election_plan.ts",
    find: "const zone = zoneOf(job.timezone);",
    replace: 'const zone = zoneOf("UTC");',
    tests: ["tests/engine/race_test.ts"],
  },
  {
    id: "G7",
    what: "the POST is sent before the intent is committed",
    file: "src/engine/start.ts",
    find: "  const sending = await tryMove(context, before, {",
    replace:
      "  await context.calls.create({ runId: before.runId, job: before.job, slot: before.slot, fence: 0, " +
      "body: undefined }).catch(() => {});\n  const sending = await tryMove(context, before, {",
    tests: ["tests/engine/start_test.ts"],
  },
  {
    id: "G8",
    what: "a POST of unknown fate is sent again every 5 s",
    file: "src/engine/retry.ts",
    find: "  return Math.max(60_000, 2 * createTimeoutMs);",
    replace: "  return Math.min(5_000, createTimeoutMs);",
    tests: ["tests/engine/settle_test.ts"],
  },
  {
    id: "G9",
    what: "deletion goes on although its tags and intents were not committed",
    file: "src/engine/retain.ts",
    find: '      if (result.result === "conflict") continue;\n',
    replace: "",
    tests: ["tests/engine/race_test.ts"],
  },
  {
    id: "G10",
    what: "what was being deleted at a crash is never taken up again",
    file: "src/engine/engine.ts",
    find: '(await store.runsInStatus(["deleting", "delete-error"]))',
    replace: '(await store.runsInStatus(["delete-error"]))',
    tests: ["tests/engine/recover_test.ts", "tests/engine/retain_test.ts"],
  },
  {
    id: "G11",
    what: "grace time sends a DELETE although the last look failed",
    file: "src/engine/cancel.ts",
    find: "  if (first === undefined && !taken) {\n",
    replace:
      "  if (first === undefined && !taken) {\n    await context.calls.cancel(active.run.id!, undefined, context.store.fence);\n",
    tests: ["tests/engine/cancel_test.ts"],
  },
  {
    id: "G12",
    what: "a store error after a finished backup forgets that it finished",
    file: "src/engine/commit.ts",
    find:
      "      if (!(error instanceof StoreError) || isFatal(error)) throw error;\n      context.sink.emit({",
    replace: "      if (error instanceof StoreError) return { run };\n      context.sink.emit({",
    tests: ["tests/engine/race_test.ts"],
  },
  {
    id: "G13",
    what: "a backup counts for its coarsest tag only",
    file: "src/domain/election.ts",
    find: "      if ((tags & wanting & (1 << level)) === 0) continue;",
    replace: "      if ((tags & wanting & (1 << level)) === 0 || (tags >> (level + 1)) !== 0) continue;",
    tests: ["tests/domain/election_test.ts"],
  },
  {
    id: "P1",
    what: "batches do not carry the fence",
    file: "src/store/group_commit.ts",
    find: "database.write([fence, ...statements])",
    replace: "database.write(statements)",
    tests: ["tests/store"],
  },
  {
    id: "P2",
    what: "a pass does not ask for the revision it was elected at",
    file: "src/engine/retain.ts",
    find: '          { guard: "revision", job: job.name, is: plan.snapshot.revision },\n',
    replace: "",
    tests: ["tests/engine/race_test.ts"],
  },
  {
    id: "P3",
    what: "decisions do not move the cursor",
    file: "src/engine/job_engine.ts",
    find: 'writes: [...plan.writes, { write: "job", job: this.job.name, set }],',
    replace: "writes: plan.writes,",
    tests: ["tests/engine/slots_test.ts"],
  },
  {
    id: "P4",
    what: "writes go one by one instead of in one batch",
    file: "src/store/database.ts",
    find: 'return (await client.batch(statements, "write")).map((result) => result.rows);',
    replace:
      "const rows = [];\n        for (const one of statements) rows.push((await client.execute(one)).rows);\n" +
      "        return rows;",
    tests: ["tests/store"],
  },
  {
    id: "P5",
    what: "retention goes on although rows are missing from its read",
    file: "src/engine/election_plan.ts",
    find: "  if (snapshot.storedCount !== snapshot.actualCount) {",
    replace: "  if (snapshot.storedCount < 0) {",
    tests: ["tests/engine/race_test.ts"],
  },
  {
    id: "P6",
    what: "the first 404 while polling is taken for the end",
    file: "src/engine/poll.ts",
    find: "const LOST_ANSWERS = 3;\nconst LOST_OVER_MS = 30_000;",
    replace: "const LOST_ANSWERS = 1;\nconst LOST_OVER_MS = 0;",
    tests: ["tests/engine/poll_test.ts"],
  },
  {
    id: "P7",
    what: "ids go raw into the URL",
    file: "src/provider/http_client.ts",
    find: "${encodeId(part.id)}",
    replace: "${part.id}",
    tests: ["tests/provider/http_provider_test.ts"],
  },
  {
    id: "P8",
    what: "a call goes to the job's present provider instead of the run's own",
    file: "src/engine/recover.ts",
    find: "const calls = job.callsOf(run.providerKey);",
    replace: 'const calls = job.callsOf(run.providerKey) ?? job.callsOf("q");',
    tests: ["tests/engine/recover_test.ts"],
  },
  {
    id: "P9",
    what: "unsent deletions go on after a restart without a new look",
    file: "src/engine/recover.ts",
    find: ".filter((row) => row.deleteSentAt === null);",
    replace: ".filter((row) => row.deleteSentAt === 0);",
    tests: ["tests/engine/recover_test.ts"],
  },
  {
    id: "P10",
    what: "a cursor moved forward by a wrong clock never comes back",
    file: "src/engine/job_engine.ts",
    find: "    if (now >= this.#state.cursor - CLOCK_TOLERANCE_MS) {",
    replace: "    if (now >= 0) {",
    tests: ["tests/engine/slots_test.ts"],
  },
  {
    id: "P11",
    what: "no fresh look before a DELETE",
    file: "src/engine/remove.ts",
    find:
      "  while (waiting.length > 0) {\n    context.stop.throwIfAborted();\n    const victim = waiting[0]!;\n" +
      "    if (context.job.verifyBeforeDelete) {",
    replace:
      "  while (waiting.length > 0) {\n    context.stop.throwIfAborted();\n    const victim = waiting[0]!;\n" +
      "    if (context.job.maxDeletesPerPass < 0) {",
    tests: ["tests/engine/retain_test.ts"],
  },
  {
    id: "P12",
    what: "guards judge only the first victims, after pacing",
    file: "src/engine/election_plan.ts",
    find: "    victims: election.victims.length,",
    replace: "    victims: Math.min(3, election.victims.length),",
    tests: ["tests/engine/retain_test.ts"],
  },
  {
    id: "P13",
    what: "an approval covers guards latched after it",
    file: "src/engine/election_plan.ts",
    find: "snapshot.latched.every((latched) => latched.latchedAt <= approval.approvedAt);",
    replace: "snapshot.latched.length >= 0;",
    tests: ["tests/engine/race_test.ts"],
  },
  {
    id: "P14",
    what: "backups of another provider take part in the election",
    file: "src/store/election_query.ts",
    find: "        AND provider_key IN (SELECT value FROM json_each(?2)) AND coalesce",
    replace: "        AND ?2 IS NOT NULL AND coalesce",
    tests: ["tests/engine/recover_test.ts", "tests/store"],
  },
];
