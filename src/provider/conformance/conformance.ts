// The conformance tester: does every check against a provider, tells each outcome, and removes what it made.

import { iso } from "../../domain/instant.ts";
import { renderCapabilities } from "../protocol/call_headers.ts";
import { BROWSING_CHECKS } from "./browsing.ts";
import type { Check, CheckGroup } from "./check.ts";
import { cleanUp, type LeftBehind } from "./cleanup.ts";
import { DELETING_CHECKS } from "./deleting.ts";
import { AFTERLIFE_CHECKS, EXTENSION_CHECKS, FENCE_CHECKS } from "./extensions.ts";
import { FURTHER_CHECKS, MAKING_CHECKS, TIME_CHECKS } from "./making.ts";
import { PROVING_CHECKS } from "./proving.ts";
import { READING_CHECKS, UNKNOWN_CHECKS } from "./reading.ts";
import { RESTARTING_CHECKS } from "./restarting.ts";
import { RESTORING_CHECKS } from "./restoring.ts";
import type { ConformanceOptions, ConformancePorts } from "./options.ts";
import { createSession } from "./session.ts";
import { createTrial, type Trial } from "./steps.ts";
import { CheckFailure, Skip } from "./outcome.ts";

/** What came of one check, in its public form. */
export interface CheckOutcome {
  name: string;
  group: CheckGroup;
  clause: string;
  status: "pass" | "fail" | "skipped";
  /** What was seen; of a failure what was expected; of a skipped one why. */
  detail: string;
  /** Of a failure: the call, its answer, and what to do. */
  sent?: string;
  received?: string;
  mend?: string;
  duration_ms: number;
}

/** The whole of an examination, in its public form. */
export interface ConformanceReport {
  /** Without credentials. */
  url: string;
  /** ISO 8601 UTC. */
  started_at: string;
  /** Extensions as announced. */
  extensions: string[];
  passed: number;
  failed: number;
  skipped: number;
  checks: CheckOutcome[];
  /** How many backups were made. */
  made: number;
  /** Folders below `restoreTo` into which backups were restored. */
  restored_into: string[];
  left: LeftBehind[];
}

/** Every check, in the order in which they are done. */
export const CHECKS: readonly Check[] = [
  ...READING_CHECKS,
  ...MAKING_CHECKS,
  ...UNKNOWN_CHECKS,
  ...EXTENSION_CHECKS,
  ...PROVING_CHECKS,
  ...BROWSING_CHECKS,
  ...RESTORING_CHECKS,
  ...FURTHER_CHECKS,
  ...DELETING_CHECKS,
  ...AFTERLIFE_CHECKS,
  ...FENCE_CHECKS,
  ...TIME_CHECKS,
  ...RESTARTING_CHECKS,
];

const CHANGES_NOTHING: ReadonlySet<string> = new Set(
  [...READING_CHECKS, ...UNKNOWN_CHECKS].map(({ name }) => name),
);

/** True when one of these checks makes backups, or builds on one. */
export function makesBackups(names: Iterable<string>): boolean {
  return [...names].some((name) => !CHANGES_NOTHING.has(name));
}

/** What is done, and who is told. */
export interface ConformanceRun {
  /** Names of checks; default all. */
  chosen?: ReadonlySet<string>;
  /** Called as each check ends. */
  onOutcome?: (outcome: CheckOutcome) => void;
  /** Called before what was made is removed, with how many backups that are. */
  onCleanUp?: (made: number) => void;
}

/**
 * Examines the provider. Makes real backups there and deletes exactly those.
 * Never rejects for a trouble of the provider's; once `options.signal` aborts, what is left is skipped.
 */
export async function testConformance(
  options: ConformanceOptions,
  ports: ConformancePorts,
  run: ConformanceRun = {},
): Promise<ConformanceReport> {
  const { clock } = ports;
  const startedAt = clock.now();
  const session = createSession(options, ports);
  const trial = createTrial(session);
  const chosen = CHECKS.filter(({ name }) => run.chosen?.has(name) ?? true);
  const names = new Set(chosen.map(({ name }) => name));
  const checks: CheckOutcome[] = [];
  let shut: string | undefined;
  for (const check of chosen) {
    const begun = clock.monotonic();
    const result = shut === undefined ? await examine(check, trial, names) : skipped(shut);
    const outcome = {
      name: check.name,
      group: check.group,
      clause: check.clause,
      ...result,
      duration_ms: Math.round(clock.monotonic() - begun),
    };
    checks.push(outcome);
    run.onOutcome?.(outcome);
    // Whoever is not let in learns nothing from the other checks.
    if (check.name === "credentials" && outcome.status === "fail") {
      shut = "it builds on 'credentials', which failed";
    }
  }
  run.onCleanUp?.(session.made.size + session.lost.length);
  const left = await cleanUp(session);
  const count = (status: CheckOutcome["status"]) => checks.filter((check) => check.status === status).length;
  return {
    url: session.probe.shownUrl,
    started_at: iso(startedAt),
    extensions: renderCapabilities(await session.capabilities()).split(", ").filter((word) => word !== ""),
    passed: count("pass"),
    failed: count("fail"),
    skipped: count("skipped"),
    checks,
    made: session.made.size,
    restored_into: session.restoredInto,
    left,
  };
}

type Result = Pick<CheckOutcome, "status" | "detail" | "sent" | "received" | "mend">;

async function examine(check: Check, trial: Trial, chosen: ReadonlySet<string>): Promise<Result> {
  const { signal } = trial.options;
  if (signal?.aborted) return skipped("interrupted");
  try {
    return { status: "pass", detail: await check.run(trial) };
  } catch (error) {
    if (error instanceof CheckFailure) return failed(error);
    if (error instanceof Skip) {
      const because = error.because;
      // What it builds on is no check of its own this time, so that failure shows here.
      if (because !== undefined && !chosen.has(because.check)) return failed(because.failure);
      return skipped(error.message);
    }
    if (signal?.aborted) return skipped("interrupted");
    throw error;
  }
}

function failed({ message, mend, evidence }: CheckFailure): Result {
  return {
    status: "fail",
    detail: message,
    ...(evidence === undefined ? {} : { sent: evidence.sent, received: evidence.received }),
    mend,
  };
}

function skipped(detail: string): Result {
  return { status: "skipped", detail };
}
