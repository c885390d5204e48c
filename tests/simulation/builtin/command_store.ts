// The scripts of a simulated `command` provider, with commands before and after each backup, and the truth of what they
// did: which backups are there, and how often each command ran.

import type { HookRun } from "../checkers/hooks.ts";
import type { Life } from "../sim_clock.ts";
import type { Machine, Running } from "./machine.ts";

/** One start of a command around a backup. */
interface HookStart {
  life: Life | null;
  outcome: string | undefined;
  /** Null while it runs, and where it was killed. */
  endedAt: number | null;
}

/** What the scripts left behind. */
export class CommandStore {
  /** By backup id. */
  readonly backups = new Map<string, { job: string; runId: string; madeAt: number; whole: boolean }>();
  /** By backup id: each start of the command. */
  readonly pre = new Map<string, HookStart[]>();
  readonly post = new Map<string, HookStart[]>();
  /** Those that were ever begun: what is half made shows, too. */
  readonly begun = new Set<string>();
  /** Sees a backup that is whole as it goes. */
  dropped: (id: string) => void = () => {};
  /** How long a backup takes (ms). */
  backupMs = 3_000;
  /** What fails next. */
  fails: "none" | "pre" | "create" | "post" = "none";

  install(machine: Machine): void {
    machine.programs.set("pre", (running) => this.#hook(running, this.pre, "pre"));
    machine.programs.set("post", (running) => this.#hook(running, this.post, "post"));
    machine.programs.set("make-backup", async ({ env, pause, out }) => {
      const id = env.SCHELLY_BACKUP_ID!;
      const made = {
        job: env.SCHELLY_JOB!,
        runId: env.SCHELLY_RUN_ID!,
        madeAt: machine.clock.now(),
        whole: false,
      };
      this.backups.set(id, made);
      this.begun.add(id);
      await pause(this.backupMs);
      if (this.fails === "create") return 1;
      made.whole = true;
      out(JSON.stringify({ size_mb: 10, files: 3 }));
      return 0;
    });
    machine.programs.set("drop-backup", async ({ env, pause }) => {
      await pause(500);
      const id = env.SCHELLY_BACKUP_ID!;
      if (this.backups.get(id)?.whole) this.dropped(id);
      return this.backups.delete(id) ? 0 : 3;
    });
    machine.programs.set("show-backup", async ({ env, pause, out }) => {
      await pause(100);
      const id = env.SCHELLY_BACKUP_ID!;
      if (!this.backups.has(id)) return 3;
      out(JSON.stringify({ id }));
      return 0;
    });
    machine.programs.set("list-backups", async ({ pause, out }) => {
      await pause(100);
      for (const [id, { job, runId, madeAt, whole }] of this.backups) {
        if (!whole) continue;
        const time = new Date(madeAt).toISOString();
        out(JSON.stringify({ id, job, run_id: runId, start_time: time, end_time: time }));
      }
      return 0;
    });
  }

  async #hook(
    { env, self, pause }: Running,
    starts: Map<string, HookStart[]>,
    which: "pre" | "post",
  ): Promise<number> {
    const id = env.SCHELLY_BACKUP_ID!;
    const start: HookStart = { life: self.ours, outcome: env.SCHELLY_OUTCOME, endedAt: null };
    starts.set(id, [...starts.get(id) ?? [], start]);
    await pause(800);
    start.endedAt = self.machine.clock.monotonic();
    return this.fails === which ? 1 : 0;
  }
}

/** What checkers ask of them; `killedAt`: when each life that was killed was. */
export function hookRunsOf(
  starts: ReadonlyMap<string, readonly HookStart[]>,
  killedAt: ReadonlyMap<Life, number>,
): Map<string, HookRun[]> {
  const isWhole = ({ life, endedAt }: HookStart) => {
    if (endedAt === null) return false;
    const killed = (life === null ? undefined : killedAt.get(life)) ?? Infinity;
    return killed === endedAt ? null : killed > endedAt;
  };
  const runs = [...starts].map(([id, all]) =>
    [id, all.map((one) => ({ isWhole: isWhole(one), outcome: one.outcome }))] as const
  );
  return new Map(runs);
}
