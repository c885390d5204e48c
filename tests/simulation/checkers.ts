// The invariants, each a function over what the store was told, what providers really did, and the clock: it answers
// with a sentence when it does not hold. Numbers are those of docs/reliability.md.

export * from "./checkers/adoption.ts";
export * from "./checkers/audit.ts";
export * from "./checkers/blackout.ts";
export * from "./checkers/clock.ts";
export * from "./checkers/days.ts";
export * from "./checkers/deleting.ts";
export * from "./checkers/due.ts";
export * from "./checkers/health.ts";
export * from "./checkers/leftovers.ts";
export * from "./checkers/proof.ts";
export * from "./checkers/record.ts";
export * from "./checkers/retention.ts";
export { I51_newestProvedStays, I52_soundOneStays, verificationMakesWay } from "./checkers/verified.ts";
export * from "./checkers/schedule.ts";
export * from "./checkers/tries.ts";
export * from "./checkers/whole.ts";
export * from "./checkers/witness.ts";
