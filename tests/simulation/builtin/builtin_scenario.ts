// What a world of built-ins is made of, from its seed: providers, jobs, what the program may see of its machine, and
// what happens around it.

import type { Job } from "../../../src/domain/job.ts";
import type { CommandProviderSpec, ResticProviderSpec } from "../../../src/domain/provider_spec.ts";
import { VERIFY_METHODS, VERIFY_SELECTS } from "../../../src/domain/verification/verify_settings.ts";
import { job as jobWith, policy } from "../../support/engine_rig.ts";
import { Dice } from "../scenario.ts";

/** What people, other programs and the world do. */
export const BUILTIN_ACTIONS = [
  "kill",
  "kill_amid",
  "stop",
  "reboot",
  "others_backup",
  "others_snapshot",
  "others_die",
  "retag",
  "admin_forget",
  "admin_unlock",
  "admin_prune",
  "swap",
  "unmount",
  "mend_place",
  "damage",
  "lose_journal",
  "rename_provider",
  "edit_paths",
  "edit_data",
  "trigger",
  "cancel",
  "delete",
  "import",
  "approve",
  "scripts_fail",
  "linger",
] as const;

/** The same in worlds in which backups are proved. */
export const PROOF_ACTIONS = [
  "rot",
  "rot",
  "rot_tree",
  "repair",
  "empty_source",
  "slow_disk",
  "quick_disk",
] as const;
export type BuiltinAction = (typeof BUILTIN_ACTIONS)[number] | (typeof PROOF_ACTIONS)[number];

export interface BuiltinScenario {
  seed: number;
  /** UTC ms. */
  start: number;
  specs: (ResticProviderSpec | CommandProviderSpec)[];
  jobs: Job[];
  /** Chance that the program ends at one boundary: a commit, a write of a memory or a file, a start of a program. */
  crashes: number;
  /** Chance that the state refuses one write of what a built-in keeps. */
  refusals: number;
  /** Each life is a container of its own; its processes end with it. */
  inContainers: boolean;
  showsOthers: boolean;
  showsBoot: boolean;
  /** Programs outlive the end of who reads them. */
  survivesBrokenPipes: boolean;
  pids: number;
  backupMs: number;
  othersMs: number;
  /** How long it takes to read all of a backup; longer than any verification may take: it hangs. */
  readMs: number;
  actions: { afterMs: number; action: BuiltinAction }[];
  muted: ReadonlySet<string>;
}

export const REPOSITORY = "/mnt/repository";
export const PASSWORD = "correct horse";
export const PATHS = ["/data/a", "/data/b", "/data/c"];

const BASE = {
  formerly: [],
  maxConcurrent: 1,
  timeouts: { createMs: 60_000, getMs: 30_000, deleteMs: 120_000 },
  pollIntervalMs: 5_000,
  verifyBeforeDelete: true,
  pre: null,
  post: null,
  createLimitMs: null,
  createBody: undefined,
  deleteBody: undefined,
};

/** The scenario of a seed. */
export function builtinScenarioOf(seed: number, muted: ReadonlySet<string> = new Set()): BuiltinScenario {
  const dice = new Dice(seed ^ 0xb17);
  const specs: BuiltinScenario["specs"] = [resticSpec(dice)];
  if (dice.chance(0.5)) specs.push(commandSpec(dice));
  const jobs = specs.flatMap((spec) => {
    const names = spec.kind === "command" ? ["files"] : dice.chance(0.4) ? ["db", "web"] : ["db"];
    return names.map((name) =>
      jobWith({
        name,
        label: name,
        providerKey: spec.key,
        providerKeys: [spec.key],
        schedule: dice.one(["0 */5 * * * *", "0 */5 * * * *", "30 */10 * * * *", "0 * * * * *"]),
        retention: policy(dice.one(["minutely=2", "minutely=3,hourly=2", "hourly=3", "keep_all"])),
        reconcileMs: dice.one([null, 300_000]),
        retryIntervalMs: 5_000,
        maxDurationMs: dice.one([null, null, 240_000]),
        guard: { maxPercent: dice.one([50, 100]), policyChangeHoldMs: 0 },
        verifyBeforeDelete: dice.chance(0.8),
      })
    );
  });
  const kinds = BUILTIN_ACTIONS.filter(() => dice.chance(0.5));
  const actions: BuiltinScenario["actions"] = [];
  for (let left = kinds.length === 0 ? 0 : 4 + dice.upTo(8); left > 0; left--) {
    const afterMs = dice.one([2_000, 20_000, 70_000, 160_000, 320_000]) + dice.upTo(10_000);
    actions.push({ afterMs, action: dice.one(kinds) });
  }
  const scenario = {
    seed,
    start: Date.parse("2026-03-02T10:00:00Z") + dice.upTo(3_600) * 1_000,
    specs,
    jobs,
    crashes: dice.one([0, 0, 0.002, 0.01]),
    inContainers: dice.chance(0.25),
    showsOthers: dice.chance(0.5),
    showsBoot: dice.chance(0.7),
    survivesBrokenPipes: dice.chance(0.5),
    pids: dice.one([12, 4_000]),
    backupMs: dice.one([2_000, 10_000, 45_000, 400_000]),
    othersMs: dice.one([60_000, 700_000, 2_400_000]),
    actions,
    muted,
    readMs: 1_000,
  };
  const refusals = dice.one([0, 0, 0.01, 0.05]);
  for (const one of jobs) one.keepFailed = { ms: dice.one([Infinity, 0, 60_000]), isSet: true };
  return provedIn({ ...scenario, refusals }, new Dice(seed ^ 0x9700f));
}

/** In a third of the worlds the backups of restic are proved, and their data rots. */
function provedIn(scenario: BuiltinScenario, dice: Dice): BuiltinScenario {
  const [restic] = scenario.specs;
  if (!dice.chance(0.33) || restic?.kind !== "restic") return scenario;
  restic.verify = { parts: dice.one([1, 1, 2, 3]), maxSizeMb: null, test: null };
  for (const one of scenario.jobs.filter(({ providerKey }) => providerKey === restic.key)) {
    one.verify = {
      schedule: dice.one(["30 * * * * *", "15 */3 * * * *", "45 */7 * * * *"]),
      select: dice.one(VERIFY_SELECTS),
      method: dice.one(VERIFY_METHODS),
      timeoutMs: dice.one([60_000, 600_000]),
      everyMs: 300_000,
      maxConcurrent: restic.maxConcurrent,
    };
    const verified = dice.one([undefined, "prefer", "require"] as const);
    if (one.retention !== null) one.retention = { ...one.retention, verified };
  }
  const actions = [...scenario.actions];
  for (let left = 1 + dice.upTo(4); left > 0; left--) {
    const afterMs = dice.one([20_000, 160_000, 320_000]) + dice.upTo(10_000);
    actions.splice(dice.upTo(actions.length), 0, { afterMs, action: dice.one(PROOF_ACTIONS) });
  }
  return { ...scenario, actions, readMs: dice.one([1_000, 5_000, 20_000, 90_000]) };
}

function resticSpec(dice: Dice): ResticProviderSpec {
  const daily = { schedule: { pattern: "0 7,37 * * * *", timezone: "UTC" }, afterDeletions: null };
  return {
    ...BASE,
    kind: "restic",
    key: "restic",
    repository: REPOSITORY,
    program: "restic",
    passwordFile: null,
    password: PASSWORD,
    paths: PATHS.slice(0, 2),
    exclude: [],
    excludeFiles: [],
    excludeIfPresent: [],
    excludeCaches: false,
    tags: [],
    host: null,
    oneFileSystem: false,
    limitUpload: null,
    limitDownload: null,
    compression: null,
    readConcurrency: null,
    options: {},
    lockWaitMs: dice.one([20_000, 120_000]),
    init: true,
    prune: dice.chance(0.3),
    pruneUpkeep: dice.one([null, { schedule: null, afterDeletions: 2 }]),
    checkUpkeep: dice.chance(0.5) ? { ...daily, readDataSubset: null } : null,
    onIncomplete: dice.one(["fail", "accept"]),
    env: {},
    extraBackupArgs: [],
    pre: dice.chance(0.3) ? { argv: ["pre"], timeoutMs: 60_000 } : null,
    post: dice.chance(0.3) ? { argv: ["post"], timeoutMs: 60_000 } : null,
  };
}

function commandSpec(dice: Dice): CommandProviderSpec {
  return {
    ...BASE,
    kind: "command",
    key: "scripts",
    create: ["make-backup"],
    delete: ["drop-backup"],
    get: dice.chance(0.6) ? ["show-backup"] : null,
    list: dice.chance(0.6) ? ["list-backups"] : null,
    env: {},
    cwd: null,
    pre: dice.chance(0.7) ? { argv: ["pre"], timeoutMs: 60_000 } : null,
    post: dice.chance(0.7) ? { argv: ["post"], timeoutMs: 60_000 } : null,
  };
}
