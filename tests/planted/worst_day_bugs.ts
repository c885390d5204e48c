// Ways in which the sheet for the worst day or a report would mislead whoever relies on it.

import type { PlantedBug } from "./planted_bug.ts";

export const WORST_DAY_BUGS: readonly PlantedBug[] = [
  {
    id: "WD1",
    what: "the recovery sheet offers a backup that failed its verification as the newest good one",
    file: "src/app/recovery/sheet_facts.ts",
    find: "warning: restoreWarning({ verification, verifiedAt, suspectReason, ...marks }) ?? null,",
    replace:
      'warning: verification === "failed" ? null : restoreWarning({ verification, verifiedAt, suspectReason, ...marks }) ?? null,',
    tests: ["tests/app/recovery/sheet_facts_test.ts"],
  },
  {
    id: "WD2",
    what: "the recovery sheet shows the address of a repository with its password",
    file: "src/domain/recovery/place.ts",
    find: "const address = addressOf(at(spec.repository), shown);",
    replace: "const address = addressOf(spec.repository, spec.repository);",
    tests: ["tests/domain/recovery/place_test.ts"],
  },
  {
    id: "WD3",
    what: "a report counts imported backups as made",
    file: "src/domain/report/report.ts",
    find: "  if (isImport) return;\n",
    replace: "",
    tests: ["tests/domain/report/report_test.ts"],
  },
  {
    id: "WD4",
    what: "the recovery sheet says that there is no good backup where many newer ones are suspect",
    file: "src/app/recovery/sheet_facts.ts",
    find: "    more = cursor !== undefined;",
    replace: "    more = false;",
    tests: ["tests/app/recovery/sheet_facts_test.ts"],
  },
];
