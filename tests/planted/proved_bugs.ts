// Bugs in what retention makes of proofs: each would let the backup go that is known to be restorable, or keep a damaged one in
// its place.

import type { PlantedBug } from "./planted_bug.ts";

export const PROVED_BUGS: readonly PlantedBug[] = [
  {
    id: "PV1",
    what: "the newest proved backup goes when no level keeps it",
    file: "src/domain/retention/election.ts",
    find: "const isForProof = besides !== 0 || isNewestProved;",
    replace: "const isForProof = besides !== 0;",
    tests: ["tests/domain/retention/proofs_test.ts"],
    simulated: true,
  },
  {
    id: "PV2",
    what: "a verification that failed is taken for a proof",
    file: "src/store/schema/proved.ts",
    find: `IS_PROVED: string = "verification IS 'passed'";`,
    replace: `IS_PROVED: string = "verification IS NOT NULL";`,
    tests: ["tests/store/run_store_test.ts"],
    simulated: true,
  },
  {
    id: "PV3",
    what: "what is not proved goes before its period is over",
    file: "src/domain/retention/proofs.ts",
    find: 'policy.verified === "require" && period < present',
    replace: 'policy.verified === "require"',
    tests: ["tests/domain/retention/proofs_test.ts"],
    simulated: true,
  },
  {
    id: "PV4",
    what: "what is not proved goes where nothing of its period is",
    file: "src/domain/retention/proofs.ts",
    find: "if (chosen < 0 || chosen === standing) return;",
    replace:
      'if (chosen < 0 && policy.verified === "require" && period < present) tags[standing]! &= ~bit;\n      if (chosen < 0 || chosen === standing) return;',
    tests: ["tests/domain/retention/proofs_test.ts"],
    simulated: true,
  },
  {
    id: "PV5",
    what: "a pass commits what it elected before a proof was taken back",
    file: "src/store/schema/proved.ts",
    find: "SET revision = revision + 1, changes = changes + 1",
    replace: "SET changes = changes + 1",
    tests: ["tests/store/run_store_test.ts"],
  },
  {
    id: "PV6",
    what: "an election that is kept up to date does not see proofs",
    file: "src/engine/retention/election_follower.ts",
    find: "if (!known.every((one) => election.prove(one.runId, one.periodTime!, one.proved))) return false;",
    replace: "void known;",
    tests: ["tests/engine/retention/election_follower_test.ts"],
    simulated: true,
  },
  {
    id: "PV7",
    what: "an election that is kept up to date does not see that a period is over",
    file: "src/domain/retention/followed/incremental_election.ts",
    find: "for (const place of this.#proved.around(ended)) this.#judge(place);",
    replace: "void ended;",
    tests: ["tests/domain/retention/followed/incremental_election_test.ts"],
  },
  {
    id: "PV8",
    what: "after an edit the policy before it protects what it would have kept before a proof was taken back",
    file: "src/domain/retention/followed/incremental_election.ts",
    find: "if (this.#verdicts.former?.prove(runId, periodTime, isProved) === false) return false;",
    replace: "",
    tests: ["tests/domain/retention/followed/former_elections_test.ts"],
  },
  {
    id: "PV9",
    what: "what a verification found damaged stands for its period, and the sound ones go",
    file: "src/engine/verification/verify_end.ts",
    find: 'if (run.verification !== "failed" || !isSuspectByProof(run.suspectReason)) {',
    replace: "if (end.message === null) {",
    tests: ["tests/engine/verification/verifications_test.ts"],
  },
  {
    id: "PV10",
    what: "a backup that was proved goes on being preferred once it is suspect",
    file: "src/domain/retention/election.ts",
    find: "    : yield* provedBeside(times, tags, Int32Array.from(proved), policy, zone, now);",
    replace:
      "    : yield* provedBeside(times, tags, Int32Array.from(indices.keys()).filter((at) => candidates[indices[at]!]!.proved === true), policy, zone, now);",
    tests: ["tests/domain/retention/proofs_test.ts"],
  },
  {
    id: "XV1",
    what: "a verification that finds nothing out takes back what one before it had proved",
    file: "src/engine/verification/verify_end.ts",
    find: 'const set: RunChanges = end.state === "cut_off" ? {} : { verifyTriedAt: now };',
    replace:
      'const set: RunChanges = end.state === "cut_off" ? {} : { verifyTriedAt: now, verification: null, verifiedAt: null };',
    tests: [],
    simulated: true,
  },
];
