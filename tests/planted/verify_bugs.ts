// Bugs in verifications: each would let a damaged backup pass, or a sound one go, or hold up a backup.

import type { PlantedBug } from "./planted_bug.ts";

export const VERIFY_BUGS: readonly PlantedBug[] = [
  {
    id: "VF1",
    what: "upkeep that finds the storage whole takes the guard of a failed verification back",
    file: "src/engine/safekeeping/damage.ts",
    find: "if (failed !== undefined && ",
    replace: "if (false && failed !== undefined && ",
    tests: ["tests/engine/verification/verifications_test.ts"],
  },
  {
    id: "VF2",
    what: "a verification goes on while a backup is due",
    file: "src/engine/verification/verifications.ts",
    find: "if (over > mostOf(verifier)) verifier.cutOff();",
    replace: "void verifier;",
    tests: ["tests/engine/verification/verifications_test.ts"],
  },
  {
    id: "VF3",
    what: "the word on another verification counts for this one",
    file: "src/engine/verification/verify_flow.ts",
    find: 'return report.verificationId === verificationId ? report : { wait: "silent" };',
    replace: "return report;",
    tests: ["tests/engine/verification/verifications_test.ts"],
  },
  {
    id: "VF4",
    what: "a failed verification stops no deletion",
    file: "src/engine/verification/verify_end.ts",
    find: "writes.push(...stop.writes);",
    replace: "void stop;",
    tests: ["tests/engine/verification/verifications_test.ts"],
  },
  {
    id: "VF5",
    what: "what found nothing out counts as damage",
    file: "src/engine/verification/verify_end.ts",
    find: '} else if (end.state === "failed") {',
    replace: '} else if (end.state !== "cut_off") {',
    tests: ["tests/engine/verification/verifications_test.ts"],
  },
  {
    id: "VF6",
    what: "a backup that was deleted while it was looked at is taken for damaged",
    file: "src/engine/verification/verify_end.ts",
    find: "const end: VerificationEnd = isThere ||",
    replace: "const end: VerificationEnd = true ||",
    tests: ["tests/engine/verification/verifications_test.ts"],
  },
  {
    id: "VF7",
    what: "a restore that restic calls done is believed without a look at its data",
    file: "src/provider/builtin/restic_verify.ts",
    find: "if (damaged.length > 0) return",
    replace: "if (damaged.length > 1_000) return",
    tests: ["tests/provider/builtin/restic_verify_test.ts"],
  },
  {
    id: "VF8",
    what: "a yearly backup waits for ever behind new ones",
    file: "src/domain/verification/choose.ts",
    find: "level === levels[0] ? newest(own) : longestUnseen(own)",
    replace: "newest(own)",
    tests: ["tests/domain/verification/choose_test.ts"],
  },
  {
    id: "VF9",
    what:
      "a verification is sent before its intent is committed as sent, and again after a crash under another id",
    file: "src/engine/verification/verifications.ts",
    find: "verifier.resume(one);",
    replace: "void one;",
    tests: ["tests/engine/verification/verifications_test.ts"],
  },
  {
    id: "VF10",
    what: "a restore of backy2 that wrote damaged blocks, and ends with 0, is taken for a whole one",
    file: "src/provider/builtin/backy2_output.ts",
    find: "/Checksum mismatch during \\w+ for block",
    replace: "/Checksum mismatch during scrub for block",
    tests: ["tests/provider/builtin/backy2_output_test.ts"],
  },
];
