// What a world is made of, from its seed: jobs, providers, which troubles there are, and what people do.

import { FAULT_CLASSES, type FaultClass } from "./faults.ts";
import { zoneOf } from "../../src/domain/calendar/zone.ts";
import type { Job } from "../../src/domain/job.ts";
import { EMPTY_LEVELS, finestLevel, type Policy } from "../../src/domain/policy.ts";
import type { Capabilities } from "../../src/ports/provider.ts";
import { FakeRandom } from "../support/fake_ids.ts";
import { policy } from "../support/engine_rig.ts";

/** What people and the world do to the program from outside, at times of the seed's choice. */
export const ACTIONS = [
  "clock_back",
  "clock_forward",
  "clock_1970",
  "edit_schedule",
  "edit_policy",
  "swap_provider",
  "disable",
  "enable",
  "pause",
  "resume",
  "trigger",
  "cancel",
  "delete",
  "approve",
  "remove_job",
  "add_job",
  "stop",
  "kill",
  "outage",
  "forget",
  "trust",
  "retention",
  "hold",
  "release",
  "freeze",
  "unfreeze",
  "accept",
  "reject",
  "restore",
  "strangers",
  "import",
  "find_again",
  "list_lies",
  "linger",
] as const;
/**
 * `clock_lurch`: wrong for less than a minute, just after something was held, frozen or paused for an hour.
 * `stop_amid`: a pass that deletes much is under way, and its job is paused, disabled or edited.
 */
export type Action = (typeof ACTIONS)[number] | "clock_lurch" | "stop_amid";

/** What happens in worlds of adoption, besides some of the rest; losses, and time to notice them, most of all. */
const ADOPTION: readonly Action[] = [
  ...["linger", "linger", "forget", "forget"] as const,
  ...["strangers", "import", "find_again", "list_lies"] as const,
];

/** How the backups of a provider turn out. */
export interface ProviderShape {
  key: string;
  capabilities: Partial<Capabilities>;
  durationMs: number;
  /** How long one takes once the world is well. */
  wellMs: number;
  /** How long each call takes, until the world is well. */
  latencyMs: number;
  /** Backups at once. */
  maxConcurrent: number;
  /** Calls that the program has under way at once, where those are not the same. */
  callsAtOnce?: number;
  tombstones: boolean;
  failedIsAbsent: boolean;
  deleteMs: number;
  /** What it says of the size of a backup; null: nothing. */
  sizeMb: number | null;
  /**
   * Chances that one backup fails, never ends, takes ten times as long, comes with a used id, shares its data, is
   * implausibly small.
   */
  fails: number;
  neverEnds: number;
  slow: number;
  usedId: number;
  sharedData: number;
  small: number;
  /** Chance that a gateway before it answers a start with a 503 of its own, delivered or not; absent: there is none. */
  gateway?: number;
  /** It can verify its backups; chances that one is damaged from the start, or rots later. Absent: it cannot. */
  verifies?: { damaged: number; rots: number; hangs: boolean };
  /** Its storage refuses to delete a backup for so long after its end, and says so in this way. Absent: it never does. */
  locks?: { ms: number; says: "all" | "refusal" | "undated" };
  /** It lives and dies with the program, as built-ins do: what a crash meets running has failed, `cut_off`. */
  cutsOff?: boolean;
}

export interface Scenario {
  seed: number;
  /** UTC ms. */
  start: number;
  jobs: Partial<Job>[];
  providers: ProviderShape[];
  faults: ReadonlySet<FaultClass>;
  /** Troubles and actions that are drawn, but do not happen. */
  muted: ReadonlySet<string>;
  /** Chance of a fault of one class at one boundary. */
  rate: number;
  actions: { afterMs: number; action: Action }[];
  /** Longest time one POST may take. */
  createTimeoutMs: number;
  /** From how many backups on an election is kept up to date between passes; absent: as in the program. */
  followFrom?: number;
}

/** Draws from a seed. */
export class Dice {
  #random: FakeRandom;
  constructor(seed: number) {
    this.#random = new FakeRandom(Math.imul(seed, 2654435761) ^ 0x5eed);
    this.#random.next();
  }
  next(): number {
    return this.#random.next();
  }
  chance(of: number): boolean {
    return this.next() < of;
  }
  upTo(most: number): number {
    return Math.floor(this.next() * (most + 1));
  }
  one<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!;
  }
}

const PATTERNS = [
  "*/10 * * * * *",
  "*/30 * * * * *",
  "0 * * * * *",
  "0 * * * * *",
  "15,45 * * * * *",
  "0 */2 * * * *",
  "0 */5 * * * *",
  "0 0 * * * *",
  "0 30 2 * * *",
  "0 0 0 * * *",
  "59 59 23 * * *",
  "0 0 3 * * 0",
  "0 30 1 1 * *",
  "0 0 12 L * *",
];

/** A few minutes bring some, and some of these are soon old enough to be missed. */
const FREQUENT = ["*/30 * * * * *", "0 * * * * *", "0 * * * * *", "0 */2 * * * *", "0 */5 * * * *"];

/** Shortly before steps of the clock, ends of months and years, and plain days. */
const STARTS: [zone: string, start: string][] = [
  ["Europe/Berlin", "2026-03-29T00:50:00Z"],
  ["Europe/Berlin", "2026-10-25T00:25:00Z"],
  ["America/New_York", "2026-03-08T06:50:00Z"],
  ["America/New_York", "2026-11-01T05:28:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T14:40:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T15:20:00Z"],
  ["America/Santiago", "2026-09-06T03:50:00Z"],
  ["Africa/Casablanca", "2026-02-15T01:50:00Z"],
  ["Africa/Casablanca", "2026-03-22T01:50:00Z"],
  ["America/St_Johns", "2026-03-08T05:20:00Z"],
  ["Africa/Cairo", "2026-04-23T21:50:00Z"],
  ["Pacific/Chatham", "2026-09-26T13:50:00Z"],
  ["Asia/Kathmandu", "2026-01-31T18:00:00Z"],
  ["Pacific/Apia", "2026-06-30T10:50:00Z"],
  ["UTC", "2026-12-31T23:50:00Z"],
  ["UTC", "2028-02-28T23:50:00Z"],
];

const POLICIES = [
  "secondly=3",
  "minutely=2",
  "minutely=3@30,hourly=2",
  "secondly=5,minutely=3",
  "hourly=2,daily=2@3",
  "daily=3,weekly=2@SUN,min_keep=2",
  "minutely=2,keep_oldest=true",
  "secondly=4,min_age=1m",
  "minutely=4,daily=7,week_starts=monday",
  "keep_all",
];

/** How many newest a policy keeps, and of what time before the newest: beside its levels, or without any. */
function keeping(policy: Policy, dice: Dice): Policy {
  if (policy.keepAll) return policy;
  const keepWithinMs = dice.one([0, 20_000, 61_000, 150_000, 400_000]);
  const minKeep = dice.one([policy.minKeep, 1, 2, 4]);
  const levels = dice.chance(0.6) ? { ...EMPTY_LEVELS } : policy.levels;
  return { ...policy, minKeep, keepWithinMs, levels };
}

/** What a proof is worth, where backups are proved. */
const RULES: Job["retention"]["verified"][] = [undefined, "prefer", "require", "require"];

/** The scenario of a seed; muted troubles and actions do not happen, which finds the one that matters. */
export function scenarioOf(seed: number, muted: ReadonlySet<string> = new Set()): Scenario {
  const dice = new Dice(seed);
  const [zone, startText] = dice.one(STARTS);
  const start = Date.parse(startText) + dice.upTo(300) * 1000;
  const createTimeoutMs = dice.one([5_000, 10_000, 40_000]);
  // In a quarter of the worlds providers list what they have, people take it in, and things vanish and come back.
  const adopts = dice.chance(0.25);
  const providers = ["p", "q", "r"].slice(0, 1 + dice.upTo(2)).map((key) => providerOf(key, adopts, dice));
  const jobs = ["a", "b", "c", "d"].slice(0, 1 + dice.upTo(2)).map((name): Partial<Job> => {
    const key = dice.one(providers).key;
    return {
      name,
      label: name,
      providerKey: key,
      providerKeys: [key],
      timezone: dice.one([zone, zone, "UTC"]),
      schedule: dice.one(adopts ? FREQUENT : PATTERNS),
      retention: policy(dice.one(POLICIES)),
      createTimeoutMs,
      deleteTimeoutMs: 10_000,
      pollIntervalMs: dice.one([2_000, 5_000]),
      verifyBeforeDelete: dice.chance(0.8),
      reconcileMs: adopts ? dice.one([60_000, 300_000]) : null,
      graceMs: dice.one([45_000, 120_000, 3_600_000]),
      maxDurationMs: dice.one([null, null, 60_000]),
      retryIntervalMs: dice.one([2_000, 5_000]),
      onUnknown: dice.one(["retry", "retry", "skip"]),
      missedRuns: dice.one(["latest", "latest", "skip"]),
      startDeadlineMs: dice.one([null, null, 300_000]),
      jitterMs: dice.one([0, 0, 0, 3_000]),
      retentionSchedule: dice.one([null, null, null, "30 * * * * *"]),
      maxDeletesPerPass: dice.one([1, 3, 10, Infinity]),
      suspicion: dice.one([
        { minSizeMb: null, minPercent: 20 },
        { minSizeMb: null, minPercent: 20 },
        { minSizeMb: 10, minPercent: 0 },
      ]),
      guard: { maxPercent: dice.one([50, 50, 100]), policyChangeHoldMs: dice.one([0, 60_000, 3_600_000]) },
    };
  });
  const faults = new Set(FAULT_CLASSES.filter(() => dice.chance(0.35)));
  const rate = dice.one([0.01, 0.03, 0.08]);
  const kinds: readonly Action[] = adopts
    ? [...ADOPTION, ...ACTIONS.filter(() => dice.chance(0.2))]
    : ACTIONS.filter((action) => !ADOPTION.includes(action) && dice.chance(0.4));
  const actions: Scenario["actions"] = [];
  const most = (adopts ? 6 : 3) + dice.upTo(6);
  for (let at = 0; at < most; at++) {
    const afterMs = dice.one([3_000, 15_000, 45_000, 80_000, 140_000]) + dice.upTo(10_000);
    if (kinds.length > 0) actions.push({ afterMs, action: dice.one(kinds) });
  }
  // Drawn apart, so that all else in the world of a seed is what it was before there was this.
  const apart = new Dice(seed ^ 0x10c4);
  if (apart.chance(0.2)) {
    const lurch = { afterMs: 20_000 + apart.upTo(100_000), action: "clock_lurch" } as const;
    actions.splice(apart.upTo(actions.length), 0, lurch);
  }
  if (apart.chance(0.2)) {
    actions.splice(apart.upTo(actions.length), 0, {
      afterMs: 60_000 + apart.upTo(90_000),
      action: "stop_amid",
    });
  }
  const retried = new Dice(seed ^ 0x7e77);
  if (retried.chance(0.5)) {
    for (const job of jobs) {
      job.retry = { attempts: 1 + retried.upTo(2), afterMs: retried.one([5_000, 20_000]) };
    }
  }
  for (const one of providers) {
    if (retried.chance(0.3)) one.gateway = retried.one([0.2, 0.6]);
    if (retried.chance(0.4)) one.cutsOff = true;
  }
  // In a third of the worlds what failed runs leave goes soon, and there is much of it.
  if (apart.chance(0.33)) {
    for (const one of jobs) one.keepFailed = { ms: apart.one([0, 0, 30_000, 120_000]), isSet: true };
    for (const one of providers) if (apart.chance(0.6)) one.fails = apart.one([0.2, 0.5]);
  }
  // In a third backups are proved, and some cannot be restored.
  const proved = new Dice(seed ^ 0x9700f);
  if (proved.chance(0.33)) {
    // One that a state put back knows nothing of is in the way until its provider ends it.
    const hangs = actions.every(({ action }) => action !== "restore");
    for (const one of providers) {
      one.verifies = { damaged: proved.one([0, 0.1, 0.3]), rots: proved.one([0, 0.2]), hangs };
    }
    for (const job of jobs) {
      job.verify = {
        schedule: proved.one(["*/20 * * * * *", "0 * * * * *", "30 */2 * * * *"]),
        select: proved.one(["newest", "oldest_due", "random", "each_level"]),
        method: proved.one(["check", "restore"]),
        timeoutMs: proved.one([20_000, 120_000]),
        everyMs: 60_000,
        maxConcurrent: providers.find(({ key }) => key === job.providerKey)!.maxConcurrent,
      };
    }
    for (const job of jobs) job.retention = { ...job.retention!, verified: proved.one(RULES) };
  }
  // In a fifth storages refuse to delete what is young.
  const locked = new Dice(seed ^ 0x10c6ed);
  if (locked.chance(0.2)) {
    for (const one of providers) {
      one.locks = {
        ms: locked.one([60_000, 180_000, 600_000]),
        says: locked.one(["all", "all", "refusal", "undated"]),
      };
    }
  }
  const dark = new Dice(seed ^ 0xb1ac);
  if (dark.chance(0.05)) { for (const job of jobs) if (dark.chance(0.7)) darken(job, start, dark); }
  // In a third policies go by what is newest.
  const newest = new Dice(seed ^ 0x4ee95);
  if (newest.chance(0.33)) {
    for (const job of jobs) if (newest.chance(0.7)) job.retention = keeping(job.retention!, newest);
  }
  const crowded = new Dice(seed ^ 0xc20d);
  if (crowded.chance(0.06)) gather(jobs, providers[0]!, crowded);
  // After an older state was put back nobody can know that an id comes a second time: such a job rests in doubt.
  if (actions.some(({ action }) => action === "restore")) { for (const one of providers) one.usedId = 0; }
  const followFrom = dice.one([1, 4, 1_000]);
  return { seed, start, jobs, providers, faults, muted, rate, actions, createTimeoutMs, followFrom };
}

/** The job may not start for some minutes of each day, soon after the world begins. */
function darken(job: Partial<Job>, start: number, dice: Dice): void {
  const local = start + zoneOf(job.timezone!).spanAt(start).offset;
  const minute = Math.floor(local / 60_000) % 1_440;
  const text = (at: number) => {
    const within = (at + 1_440) % 1_440;
    return `${String(Math.floor(within / 60)).padStart(2, "0")}:${String(within % 60).padStart(2, "0")}`;
  };
  const from = minute + dice.one([0, 1, 1, 2, 3]);
  const windows = [`${text(from)}-${text(from + dice.one([1, 2, 4]))}`];
  job.blackout = { windows, act: dice.one(["wait", "wait", "skip"]) };
}

/** Many more jobs of one provider are due together than it takes calls at a time, and each call takes its time. */
function gather(jobs: Partial<Job>[], provider: ProviderShape, dice: Dice): void {
  const { key } = provider;
  const schedule = dice.one(["0 */2 * * * *", "0 */5 * * * *", "0 */15 * * * *"]);
  provider.maxConcurrent = 100;
  provider.callsAtOnce = dice.one([1, 2, 3]);
  provider.latencyMs = dice.one([700, 2_000]);
  for (let count = 4 + dice.upTo(3); count > 0; count--) {
    const like = dice.one(jobs.slice(0, 1));
    const name = `k${count}`;
    const onUnknown = dice.one(["retry", "skip"] as const);
    jobs.push({ ...like, name, label: name, providerKey: key, providerKeys: [key], schedule, onUnknown });
  }
}

function providerOf(key: string, lists: boolean, dice: Dice): ProviderShape {
  const drawn = dice.one<Partial<Capabilities>>([
    {},
    {},
    { list: true },
    { lookup: true },
    { idempotency: true },
    { idempotency: true, lookup: true, list: true, fence: true },
  ]);
  const capabilities = lists ? { ...drawn, list: true } : drawn;
  const rarely = (chance: number) => dice.chance(0.25) ? chance : 0;
  // The longest outlasts the shortest grace time and max_duration: what makes it is cancelled.
  const durationMs = dice.one([0, 0, 3_000, 12_000, 40_000, 90_000]);
  return {
    key,
    capabilities,
    durationMs,
    wellMs: Math.min(durationMs, 40_000),
    latencyMs: dice.one([0, 0, 50, 700]),
    maxConcurrent: dice.one([1, 1, 3]),
    tombstones: dice.chance(0.3),
    failedIsAbsent: dice.chance(0.3),
    deleteMs: dice.one([0, 0, 0, 5_000]),
    fails: rarely(0.2),
    neverEnds: rarely(0.1),
    slow: rarely(0.15),
    usedId: rarely(0.05),
    sharedData: rarely(0.2),
    sizeMb: dice.one([null, 100]),
    small: rarely(0.2),
  };
}

/** Other schedules and policies for edits. */
export function editedSchedule(dice: Dice): string {
  return dice.one(PATTERNS);
}
/** For a world of these jobs: where backups are proved, or policies go by what is newest, edits do so too. */
export function editedPolicy(dice: Dice, declared: readonly Job[]): Job["retention"] {
  const proves = declared.some(({ verify }) => verify !== undefined);
  const isByNewest = declared.some(({ retention }) =>
    retention.keepWithinMs > 0 || (finestLevel(retention) === null && !retention.keepAll)
  );
  const drawn = policy(dice.one(POLICIES));
  const edited = isByNewest && dice.chance(0.7) ? keeping(drawn, dice) : drawn;
  return proves ? { ...edited, verified: dice.one(RULES) } : edited;
}
