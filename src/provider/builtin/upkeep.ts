// Runs what a storage needs now and then (prune, check, cleanup): when it is due, one at a time, and never while a
// backup or a deletion of ours is at work.

import { iso } from "../../domain/instant.ts";
import type { Json } from "../../domain/job.ts";
import type { UpkeepSpec } from "../../domain/provider_spec.ts";
import { parseSchedule, type Schedule } from "../../domain/schedule/schedule.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { EventLevel, EventSink } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { CheckResult } from "../../ports/provider.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import {
  DAMAGED,
  holdsDeletions,
  isUpkeepDue,
  newTaskState,
  readUpkeepState,
  type TaskState,
} from "./upkeep_state.ts";

/** One kind of upkeep. */
export interface UpkeepTask {
  /** `prune`, `check`, `cleanup`. */
  name: string;
  when: UpkeepSpec;
  /**
   * True when it takes nothing away for good, but proves that the storage is whole; default false. Where it is due
   * after so many deletions, further ones wait until it has ended.
   */
  onlyLooks?: boolean;
  /** Resolves with a sentence on how it went; rejects with one on why not, soon after the signal aborts. */
  run(signal: AbortSignal): Promise<string>;
}

interface UpkeepOptions {
  /** Provider key. */
  key: string;
  tasks: readonly UpkeepTask[];
  clock: Clock;
  /** Where it remembers what was done; null: nowhere. */
  notes: ProviderNotes | null;
  /** How long a backup waits for upkeep to end by itself. */
  backupWaitMs: number;
  /** True while nothing may be deleted: then nothing is freed either. Absent: never. */
  isFrozen?: () => Promise<boolean>;
  sink?: EventSink;
}

const LOOK_MS = 30_000;
/** Short: calls to this provider queue behind a deletion. */
const DELETION_WAIT_MS = 10_000;
/** So many ends for backups in a row, and it will not get through by itself. */
const MANY_ENDS = 3;
const MAX_MESSAGE = 1_000;

/** The upkeep of one storage; does nothing before `start`. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #schedules: Map<string, Schedule | null>;
  readonly #stopping = new AbortController();
  #states: Record<string, TaskState> = {};
  #loop: Promise<void> = Promise.resolve();
  /** Backups and deletions at work. */
  #busy = 0;
  #current: { name: string; end: AbortController; ended: Promise<void> } | undefined;
  /** Of these at work, deletions. */
  #deletions = 0;
  /** Resolves, and is another, whenever something ends. */
  #ended = Promise.withResolvers<void>();
  /** Aborted to look for what is due at once. */
  #nudge = new AbortController();
  /** When damage was found that was not known before, by the monotonic clock. */
  #damagedAt = -Infinity;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#schedules = new Map(options.tasks.map(({ name, when }) => [name, scheduleOf(when)]));
  }

  /** Tells how the last ones went, and from now on runs what is due. */
  async start(): Promise<void> {
    const { clock, tasks, notes } = this.#options;
    if (tasks.length === 0) return;
    this.#states = await readUpkeepState(notes);
    for (const { name } of tasks) {
      const state = this.#states[name] ??= newTaskState(clock.now());
      if (state.last !== null) this.#tell(name, state, "debug", `ended last: ${state.last.message}`);
    }
    await this.#save();
    this.#loop = this.#run();
  }

  /** Ends what runs; it is due again at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("this program is stopping"));
    await this.#loop;
  }

  /**
   * Resolves once no upkeep runs, with what gives the place back. Upkeep that takes longer than a backup may wait is
   * ended: space that is freed later is better than a backup that is missed. Rejects when `signal` aborts.
   */
  async beginBackup(signal: AbortSignal, waiting: (what: string) => void): Promise<() => void> {
    // Upkeep that is due next must not slip in before one that waits.
    const leave = this.#enter();
    try {
      if (this.#current !== undefined) {
        waiting(`waiting for the ${this.#current.name} of the repository to end`);
      }
      if (!await this.#isFree(this.#options.backupWaitMs, signal)) {
        this.#current?.end.abort(new Error("a backup is due"));
        await this.#current?.ended;
      }
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /**
   * The same for a deletion, which ends nothing, and waits for a check that is due after those before it: rejects with
   * `BackupFailure` (`locked`) after a short while, and when damage has just been found.
   */
  async beginDeletion(signal: AbortSignal): Promise<() => void> {
    await this.#checked(signal);
    this.#deletions++;
    const begun = this.#enter();
    const leave = () => {
      this.#deletions--;
      begun();
    };
    try {
      if (await this.#isFree(DELETION_WAIT_MS, signal)) return leave;
    } catch (error) {
      leave();
      throw error;
    }
    leave();
    throw this.#inTheWay("upkeep");
  }

  /** Resolves once no check is due after deletions. */
  async #checked(signal: AbortSignal): Promise<void> {
    const { clock, tasks } = this.#options;
    const until = clock.monotonic() + DELETION_WAIT_MS;
    const isDue = ({ name, when, onlyLooks }: UpkeepTask) => {
      const state = this.#states[name];
      return onlyLooks === true && state !== undefined &&
        holdsDeletions(when, state, this.#deletions, clock.now());
    };
    for (let due = tasks.find(isDue); due !== undefined; due = tasks.find(isDue)) {
      this.#nudge.abort();
      if (await this.#endsIn(until - clock.monotonic(), this.#ended.promise, signal)) continue;
      if (this.#current !== undefined) throw this.#inTheWay(due.name);
      const { afterDeletions } = due.when;
      const after = afterDeletions === 1 ? "each deletion" : `${afterDeletions} deletions`;
      const why = `the ${due.name} of the repository is due after ${after}`;
      throw new BackupFailure("locked", `${why}, and comes before the next: it is tried again later`);
    }
    // Whoever is to stop deletions for it may not know yet.
    if (clock.monotonic() - this.#damagedAt < LOOK_MS) {
      throw new BackupFailure("locked", "the repository was just found damaged: it is tried again later");
    }
  }

  #inTheWay(what: string): BackupFailure {
    const name = this.#current?.name ?? what;
    return new BackupFailure("locked", `the ${name} of the repository is running: it is tried again later`);
  }

  /** One deletion was done. */
  async countDeletion(): Promise<void> {
    for (const state of Object.values(this.#states)) state.deletions++;
    await this.#save();
  }

  /** How the last of each kind went, for people. */
  check(): CheckResult[] {
    return this.#options.tasks.map(({ name }) => {
      const { last = null, interrupted = 0 } = this.#states[name] ?? {};
      const often = interrupted >= MANY_ENDS
        ? `ended ${interrupted} times in a row for a backup: give it another time, or a longer lock_wait; `
        : "";
      const at = last === null ? "" : iso(last.at);
      const message = last === null
        ? "not run yet"
        : `${at} ${last.ok ? "went well" : "FAILED"}: ${last.message}`;
      return { name: `last ${name}`, ok: last?.ok !== false && often === "", message: `${often}${message}` };
    });
  }

  #enter(): () => void {
    this.#busy++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#busy--;
      this.#somethingEnded();
    };
  }

  #somethingEnded(): void {
    this.#ended.resolve();
    this.#ended = Promise.withResolvers();
  }

  /** False when upkeep still runs after `waitMs`. */
  async #isFree(waitMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#current === undefined || await this.#endsIn(waitMs, this.#current.ended, signal);
  }

  /** False when `ended` has not resolved after `waitMs`. */
  async #endsIn(waitMs: number, ended: Promise<void>, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const late = this.#options.clock.sleep(waitMs, AbortSignal.any([signal, over.signal]))
      .then(() => false, () => false);
    const isOver = await Promise.race([ended.then(() => true), late]);
    over.abort();
    if (signal.aborted) {
      throw new BackupFailure("stopped", "it was stopped while it waited for upkeep to end");
    }
    return isOver;
  }

  async #run(): Promise<void> {
    const { clock, tasks } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#nudge = new AbortController();
      for (const task of tasks) {
        const state = this.#states[task.name]!;
        const schedule = this.#schedules.get(task.name) ?? null;
        if (signal.aborted || this.#busy > 0 || !isUpkeepDue(task.when, schedule, state, clock.now())) {
          continue;
        }
        if (!task.onlyLooks && this.#options.isFrozen !== undefined) {
          const isFrozen = await this.#options.isFrozen().catch(() => true);
          // What began meanwhile comes first.
          if (isFrozen || signal.aborted || this.#busy > 0) continue;
        }
        const over = Promise.withResolvers<void>();
        const end = new AbortController();
        this.#current = { name: task.name, end, ended: over.promise };
        await this.#runOne(task, state, end.signal);
        this.#current = undefined;
        over.resolve();
        this.#somethingEnded();
      }
      await clock.sleep(LOOK_MS, AbortSignal.any([signal, this.#nudge.signal])).catch(() => {});
    }
  }

  /** Never rejects. */
  async #runOne(task: UpkeepTask, state: TaskState, end: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const [triedAt, begun, deletions] = [clock.now(), clock.monotonic(), state.deletions];
    const outcome = await task.run(AbortSignal.any([end, this.#stopping.signal]))
      .then(
        (message) => ({ ok: true, isDamage: false, message }),
        (error) => ({
          ok: false,
          isDamage: error instanceof BackupFailure && error.reason === DAMAGED,
          message: (error as Error).message,
        }),
      );
    if (this.#stopping.signal.aborted && !outcome.ok) return;
    const durationMs = Math.round(clock.monotonic() - begun);
    state.triedAt = triedAt;
    if (end.aborted && !outcome.ok) {
      state.interrupted++;
      this.#tell(
        task.name,
        state,
        "warning",
        `was ended after ${Math.round(durationMs / 1000)} s for a backup`,
      );
    } else {
      const message = outcome.message.slice(0, MAX_MESSAGE);
      state.interrupted = 0;
      state.last = { at: clock.now(), ok: outcome.ok, message, durationMs };
      if (outcome.ok) [state.damage, state.deletions] = [null, state.deletions - deletions];
      if (outcome.isDamage && state.damage?.message !== message) {
        state.damage = { since: clock.now(), message };
        this.#damagedAt = clock.monotonic();
      }
      const text = `${outcome.ok ? "went well" : "failed"}: ${message}`;
      this.#tell(task.name, state, outcome.ok ? "info" : "error", text);
    }
    await this.#save();
  }

  #tell(task: string, { last, damage }: TaskState, level: EventLevel, text: string): void {
    const { key, sink, clock } = this.#options;
    const known: Record<string, Json> = last === null ? {} : {
      ok: last.ok,
      ended_at: last.at,
      duration_ms: last.durationMs,
      damaged_since: damage?.since ?? null,
    };
    sink?.emit({
      type: "provider.upkeep",
      level,
      at: clock.now(),
      message: `The ${task} of provider '${key}' ${text}`,
      // What was known before this program began is no news.
      data: { provider: key, task, news: level !== "debug", ...known },
    });
  }

  async #save(): Promise<void> {
    const { notes, sink, clock, key } = this.#options;
    try {
      await notes?.write("upkeep", JSON.stringify(this.#states) + "\n");
    } catch (error) {
      const message = `Cannot remember the upkeep of provider '${key}': ${(error as Error).message}`;
      sink?.emit({
        type: "provider.odd",
        level: "warning",
        at: clock.now(),
        message,
        data: { provider: key },
      });
    }
  }
}

function scheduleOf({ schedule }: UpkeepSpec): Schedule | null {
  if (schedule === null) return null;
  const parsed = parseSchedule(schedule.pattern, schedule.timezone);
  if ("error" in parsed) throw new Error(`a schedule was taken that cannot be used: ${parsed.error}`);
  return parsed.schedule;
}
