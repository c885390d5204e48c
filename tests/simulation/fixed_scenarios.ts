// Small worlds in which every boundary is made to fail once: each has one kind of provider and everything a run,
// a cancel and a pass of retention can meet.

import type { Capabilities } from "../../src/ports/provider.ts";
import { policy } from "../support/engine_rig.ts";
import type { Scenario } from "./scenario.ts";

export interface FixedScenario {
  name: string;
  scenario: Scenario;
  /** How long faults may strike. */
  spanMs: number;
  /** Only what changes something is made to fail: the rest fails alike in the other worlds. */
  effectsOnly: boolean;
}

const WELL = {
  latencyMs: 100,
  maxConcurrent: 1,
  tombstones: false,
  failedIsAbsent: false,
  deleteMs: 0,
  fails: 0,
  neverEnds: 0,
  slow: 0,
  usedId: 0,
  sharedData: 0,
  sizeMb: null,
  small: 0,
};

/** The worlds of the exhaustive runs. */
export const FIXED_SCENARIOS: readonly FixedScenario[] = [
  fixed("plain", 1, 5_000, {}),
  // Here alone backups stay longer than their grace time: the proof has to wait until it has doubled.
  fixed("lookup", 2, 70_000, { lookup: true }),
  fixed("idempotent", 3, 5_000, { idempotency: true, lookup: true, list: true, fence: true }),
];

function fixed(
  name: string,
  seed: number,
  wellMs: number,
  capabilities: Partial<Capabilities>,
): FixedScenario {
  const scenario: Scenario = {
    seed,
    start: Date.parse("2026-03-29T00:57:20Z"),
    jobs: [
      {
        name: "a",
        providerKey: "p",
        providerKeys: ["p"],
        timezone: "Europe/Berlin",
        schedule: "*/30 * * * * *",
        retention: policy("secondly=2"),
        createTimeoutMs: 10_000,
        deleteTimeoutMs: 10_000,
        pollIntervalMs: 4_000,
        graceMs: 120_000,
        guard: { maxPercent: 100, policyChangeHoldMs: 0 },
      },
      {
        // Its backups take longer than its grace time: each next slot cancels.
        name: "b",
        providerKey: "q",
        providerKeys: ["q"],
        schedule: "0 * * * * *",
        retention: policy("minutely=3"),
        createTimeoutMs: 10_000,
        deleteTimeoutMs: 10_000,
        pollIntervalMs: 5_000,
        graceMs: 40_000,
        guard: { maxPercent: 100, policyChangeHoldMs: 0 },
      },
    ],
    providers: [
      { ...WELL, key: "p", capabilities, durationMs: 6_000, wellMs: 6_000 },
      { ...WELL, key: "q", capabilities, durationMs: 70_000, wellMs },
    ],
    faults: new Set(),
    muted: new Set(),
    rate: 0,
    actions: [],
    createTimeoutMs: 10_000,
  };
  return { name, scenario, spanMs: 160_000, effectsOnly: name !== "plain" };
}
