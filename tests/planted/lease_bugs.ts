// Ways in which two instances on one state server could both be the active one, or evict each other for ever.

import type { PlantedBug } from "./planted_bug.ts";

const WORLDS = ["tests/simulation/lease/lease_worlds_test.ts"];

export const LEASE_BUGS: readonly PlantedBug[] = [
  {
    id: "LW1",
    what: "a lease is taken over by the date it bears, not by its counter",
    file: "src/engine/lease/lease_rules.ts",
    find: "const isStill = at - since >= stillMs;",
    replace: "const isStill = seen.expiresAt !== null && seen.seenAt > seen.expiresAt;",
    tests: WORLDS,
  },
  {
    id: "LW2",
    what: "a batch does not ask whether the epoch is still its own",
    file: "src/store/write/change_sql.ts",
    find: `"(SELECT 1 FROM lease WHERE name = ?1 AND epoch = ?2 AND holder = ?3)";`,
    replace: `"(SELECT 1 FROM lease WHERE name = ?1 AND (epoch = ?2 OR holder <> ?3))";`,
    tests: WORLDS,
  },
  {
    id: "LW3",
    what: "an instance acts for as long as it likes after it last renewed its lease",
    file: "src/engine/lease/lease_rules.ts",
    find: "return since >= 0 && since < actMs;",
    replace: "return since >= 0;",
    tests: WORLDS,
  },
  {
    id: "LW4",
    what: "who has lost the lease renews it all the same",
    file: "src/store/write/held_lease.ts",
    find: `const mine = "WHERE name = ?1 AND epoch = ?2 AND holder = ?3";`,
    replace: `const mine = "WHERE name = ?1 AND (epoch = ?2 OR holder <> ?3)";`,
    tests: WORLDS,
  },
  {
    id: "LW5",
    what: "who stops gives back the lease of another",
    file: "src/store/write/held_lease.ts",
    find: "sql: `UPDATE lease SET released = 1, expires_at = ${DATABASE_NOW} ${mine}`,",
    replace:
      "sql: `UPDATE lease SET released = 1, expires_at = ${DATABASE_NOW} WHERE name = ?1 AND (epoch = ?2 OR holder <> ?3)`,",
    tests: WORLDS,
  },
  {
    id: "LW6",
    what: "a lease is taken although it was taken or renewed since it was looked at",
    file: "src/store/write/lease.ts",
    find: "...(claim?.expected === undefined ? [] : [requireAsSeen(claim.expected)]),",
    replace: "",
    tests: WORLDS,
  },
  {
    id: "LW7",
    what: "that a renewal met the lease of another is not noticed",
    file: "src/store/write/held_lease.ts",
    find: `return rows!.length === 1 ? "renewed" : "lost";`,
    replace: `return rows === undefined ? "lost" : "renewed";`,
    tests: WORLDS,
  },
  {
    id: "LW8",
    what: "an instance takes the lease without a new epoch",
    file: "src/store/write/lease.ts",
    find: "ON CONFLICT DO UPDATE SET epoch = max(epoch, ?4) + 1,",
    replace: "ON CONFLICT DO UPDATE SET epoch = max(epoch, ?4),",
    tests: WORLDS,
  },
  {
    id: "LW9",
    what: "instances that cannot prove which machine they are on take each other for their own past",
    file: "src/engine/lease/lease_rules.ts",
    find: "if (!lease.hasMoved && seen.place !== null && seen.place === self.place)",
    replace: "if (!lease.hasMoved && seen.place === self.place)",
    tests: WORLDS,
  },
  {
    id: "LW10",
    what: "a call leaves without a look at whether the lease may be another's by now",
    file: "src/engine/lease/held_provider.ts",
    find: "if (!mayAct()) throw withheld(provider.key);",
    replace: "",
    tests: WORLDS,
  },
  {
    id: "LW11",
    what: "the time that a machine slept does not count for how long ago its lease was renewed",
    file: "src/engine/lease/lease_rules.ts",
    find: "return Math.max(now.monotonic - renewed.monotonic, now.uptime - renewed.uptime);",
    replace: "return now.monotonic - renewed.monotonic;",
    tests: WORLDS,
  },
];
