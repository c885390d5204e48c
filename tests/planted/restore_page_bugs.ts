// Ways in which the page deletes or overwrites what somebody did not mean, or hands out a backup that is known to be bad.

import type { PlantedBug } from "./planted_bug.ts";

const RESTORE = ["tests/web/restore/restore_test.ts"];
const ACTS = ["tests/web/acts/acts_test.ts"];

export const RESTORE_PAGE_BUGS: readonly PlantedBug[] = [
  {
    id: "RP1",
    what: "what replaces files on the server is done without its word typed",
    file: "src/web/restore/order.ts",
    find: "...(order.overwrite ? [{ name",
    replace: "...(order.overwrite && order.anyOwner ? [{ name",
    tests: RESTORE,
  },
  {
    id: "RP2",
    what: "the newest backup is chosen beforehand although it is damaged",
    file: "src/web/restore/moments.ts",
    find: "backups.find((backup) => warningOf(backup) === undefined)",
    replace: "backups[0]",
    tests: RESTORE,
  },
  {
    id: "RP3",
    what: "a form sent twice begins two restores",
    file: "src/web/restore/api_order.ts",
    find: `\`\${dryRun ? "try" : "page"}-\${key}\``,
    replace: "`page-${Math.random()}`",
    tests: RESTORE,
  },
  {
    id: "RP4",
    what: "a try writes",
    file: "src/web/restore/order_routes.tsx",
    find: 'const dryRun = fields.get("do") === "try";',
    replace: "const dryRun = false;",
    tests: RESTORE,
  },
  {
    id: "RP5",
    what: "whoever deletes a backup by hand is told of others that are no good as if they were",
    file: "src/web/acts/look_at_backup.ts",
    find: "warningOfRun(other) === undefined",
    replace: "other.id !== null",
    tests: ACTS,
  },
];
