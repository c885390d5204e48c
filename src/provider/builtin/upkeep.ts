// Runs what a storage needs now and then (prune, check, cleanup): when it is due, one at a time, and never while a
// backup or a deletion of ours is at work.

import { iso } from "../../domain/instant.ts";
import type { Json } from "../../domain/job.ts";
import type { UpkeepSpec } from "../../domain/provider_spec.ts";
import { isSame } from "../../domain/same.ts";
import { parseSchedule, type Schedule } from "../../domain/schedule/schedule.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { EventLevel, EventSink } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { CheckResult } from "../../ports/provider.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import {
  type AskedUpkeep,
  type CircleMember,
  joinedState,
  UpkeepCircle,
  type UpkeepTurn,
} from "./upkeep_circle.ts";
import { createUpkeepWaits } from "./upkeep_waits.ts";
import { checksEnded, DELETION_WAIT_MS, demandNoNews, endsWithin, inTheWay } from "./upkeep_gate.ts";
import { DAMAGED, isUpkeepDue, newTaskState, readUpkeepState, type TaskState } from "./upkeep_state.ts";

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
  /** How much of the data it reads, as its program takes it; null or absent: none. */
  subset?: string | null;
  /**
   * Resolves with a sentence on how it went; rejects with one on why not, soon after the signal aborts. `subset`: the most
   * that anybody asks for.
   */
  run(signal: AbortSignal, subset: string | null): Promise<string>;
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
  /** Where those meet that look after the same storage; absent: nobody else does. */
  circle?: UpkeepCircle;
  /** What the storage is known by; undefined: not known yet. Absent: never known. */
  storageId?: () => Promise<string | undefined>;
  /** Called once it has stopped. */
  onStopped?: () => void;
}

const LOOK_MS = 30_000;
/** So many ends for backups in a row, and it will not get through by itself. */
const MANY_ENDS = 3;
const WAITS =
  "has been due for a day and finds no moment: a backup or a deletion is at work on the repository at every look";
const MAX_MESSAGE = 1_000;

/** The upkeep of one storage; does nothing before `start`. */
export class Upkeep implements CircleMember {
  readonly key: string;
  readonly asked: ReadonlyMap<string, AskedUpkeep>;
  states: Record<string, TaskState> = {};
  storageId: string | undefined;
  readonly #options: UpkeepOptions;
  readonly #circle: UpkeepCircle;
  readonly #stopping = new AbortController();
  readonly #waits = createUpkeepWaits();
  /** Aborted to look for what is due at once. */
  #nudge = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#circle = options.circle ?? new UpkeepCircle();
    this.key = options.key;
    this.asked = new Map(
      options.tasks.map((
        { name, when, subset = null, onlyLooks = false },
      ) => [name, { when, schedule: scheduleOf(when), subset, onlyLooks }]),
    );
  }

  /** Tells how the last ones went, and from now on runs what is due. */
  async start(): Promise<void> {
    const { clock, tasks, notes } = this.#options;
    this.states = await readUpkeepState(notes);
    for (const { name } of tasks) this.states[name] ??= newTaskState(clock.now());
    await this.identify();
    this.#circle.join(this);
    for (const other of this.#circle.othersOf(this)) await this.#settleWith(other);
    for (const name of this.#circle.namesFor(this)) {
      const state = this.states[name];
      if (state?.last) this.#tell(name, state, "debug", `ended last: ${state.last.message}`);
    }
    if (tasks.length === 0) return;
    await this.#save();
    this.#loop = this.#run();
  }

  /** Ends what runs; it is due again at the next start, or for those who look after the same storage. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("this program is stopping"));
    await this.#loop;
    this.#circle.leave(this);
    this.#options.onStopped?.();
  }

  async identify(): Promise<void> {
    // What cannot be read now is what it was.
    this.storageId = await this.#options.storageId?.().catch(() => this.storageId);
  }

  nudge(): void {
    this.#nudge.abort();
  }

  async hear(by: string, name: string, heard: TaskState, news: boolean): Promise<void> {
    const deletions = news && heard.last?.ok === true ? 0 : this.states[name]?.deletions ?? 0;
    // Who decides right now whether it is due holds on to this state.
    this.states[name] = Object.assign(this.states[name] ?? {}, heard, { deletions });
    const { last } = heard;
    if (last !== null) {
      const how = last.ok ? "went well" : "failed";
      this.#tell(name, heard, "debug", `(run by '${by}' on the same storage) ${how}: ${last.message}`);
    }
    await this.#save();
  }

  /**
   * Resolves once no upkeep runs, with what gives the place back. Upkeep that takes longer than a backup may wait is
   * ended: space that is freed later is better than a backup that is missed. Rejects when `signal` aborts.
   */
  async beginBackup(signal: AbortSignal, waiting: (what: string) => void): Promise<() => void> {
    // Upkeep that is due next must not slip in before one that waits.
    const leave = this.#circle.enter("backup");
    try {
      const { current } = this.#circle;
      if (current !== undefined) waiting(`waiting for the ${current.name} of the repository to end`);
      if (!await this.#isFree(this.#options.backupWaitMs, signal)) {
        this.#circle.current?.end.abort(new Error("a backup is due"));
        await this.#circle.current?.ended;
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
    await checksEnded(this, this.#circle, this.#options.clock, signal);
    const leave = this.#circle.enter("deletion");
    try {
      if (await this.#isFree(DELETION_WAIT_MS, signal)) {
        // What was waited for may have found damage.
        demandNoNews(this.#circle, this.#options.clock);
        return leave;
      }
    } catch (error) {
      leave();
      throw error;
    }
    leave();
    throw inTheWay(this.#circle, "upkeep");
  }

  /** The same for a verification, which ends nothing either: rejects with `BackupFailure` (`locked`) when upkeep goes on. */
  async beginLook(signal: AbortSignal): Promise<() => void> {
    const leave = this.#circle.enter("backup");
    try {
      if (await this.#isFree(this.#options.backupWaitMs, signal)) return leave;
    } catch (error) {
      leave();
      throw error;
    }
    leave();
    throw inTheWay(this.#circle, "upkeep");
  }

  /** One deletion was done. */
  async countDeletion(): Promise<void> {
    const now = this.#options.clock.now();
    for (const name of this.#circle.namesFor(this)) (this.states[name] ??= newTaskState(now)).deletions++;
    await this.#save();
  }

  /** How the last of each kind went, for people. */
  check(): CheckResult[] {
    // What others ask for is told of once it was run.
    const names = this.#circle.namesFor(this).filter((name) =>
      this.asked.has(name) || this.states[name]?.last
    );
    return names.map((name) => {
      const { last = null, interrupted = 0 } = this.states[name] ?? {};
      const often = interrupted >= MANY_ENDS
        ? `ended ${interrupted} times in a row for a backup: give it another time, or a longer lock_wait; `
        : "";
      const longSince = this.#waits.longSince(name);
      const late = longSince === undefined ? "" : `${WAITS} (since ${iso(longSince)}); `;
      const at = last === null ? "" : iso(last.at);
      const message = last === null
        ? "not run yet"
        : `${at} ${last.ok ? "went well" : "FAILED"}: ${last.message}`;
      return {
        name: `last ${name}`,
        ok: last?.ok !== false && often + late === "",
        message: `${often}${late}${message}`,
      };
    });
  }

  /** One of the two may have been away while the other ran it. */
  async #settleWith(other: CircleMember): Promise<void> {
    for (const name of this.#circle.namesFor(this)) {
      const [mine, theirs] = [this.states[name], other.states[name]];
      const joined = mine === undefined ? theirs : theirs === undefined ? mine : joinedState(mine, theirs);
      if (joined === undefined || joined.last === null) continue;
      if (!isSameState(mine, joined)) {
        this.states[name] = { ...joined, deletions: mine?.deletions ?? 0 };
        await this.#save();
      }
      if (!isSameState(theirs, joined)) await other.hear(this.key, name, joined, false);
    }
  }

  /** False when upkeep still runs after `waitMs`. */
  async #isFree(waitMs: number, signal: AbortSignal): Promise<boolean> {
    const { current } = this.#circle;
    return current === undefined || await endsWithin(this.#options.clock, waitMs, current.ended, signal);
  }

  async #run(): Promise<void> {
    const { clock, tasks } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#nudge = new AbortController();
      for (const task of tasks) {
        let turn = signal.aborted ? undefined : this.#dueTurn(task);
        if (turn !== undefined && !task.onlyLooks && this.#options.isFrozen !== undefined) {
          const isFrozen = await this.#options.isFrozen().catch(() => true);
          // What began meanwhile comes first, or has done it.
          turn = isFrozen || signal.aborted ? undefined : this.#dueTurn(task);
        }
        if (turn !== undefined) await this.#runOne(task, turn.subset);
      }
      await clock.sleep(LOOK_MS, AbortSignal.any([signal, this.#nudge.signal])).catch(() => {});
      if (this.#circle.isShared) await this.identify();
    }
  }

  /** What is due and may begin now. */
  #dueTurn({ name }: UpkeepTask): UpkeepTurn | undefined {
    const { clock } = this.#options;
    const now = clock.now();
    const turn = this.#circle.turnOf(this, name, now);
    const state = this.states[name]!;
    const isDue = turn !== undefined &&
      isUpkeepDue(turn.when, turn.schedule, { ...state, deletions: turn.deletions }, now);
    if (isDue && this.#circle.isTaken) {
      if (this.#waits.putOff(name, now, clock.monotonic())) this.#tell(name, state, "warning", WAITS);
      return undefined;
    }
    this.#waits.end(name);
    return isDue ? turn : undefined;
  }

  /** Never rejects. */
  async #runOne(task: UpkeepTask, subset: string | null): Promise<void> {
    const { clock } = this.#options;
    const state = this.states[task.name]!;
    const turn = this.#circle.begin(task.name);
    const [triedAt, begun, deletions] = [clock.now(), clock.monotonic(), state.deletions];
    try {
      const outcome = await task.run(AbortSignal.any([turn.signal, this.#stopping.signal]), subset)
        .then(
          (message) => ({ ok: true, isDamage: false, message }),
          (error) => ({
            ok: false,
            isDamage: error instanceof BackupFailure && error.reason === DAMAGED,
            message: (error as Error).message,
          }),
        );
      if (this.#stopping.signal.aborted && !outcome.ok) return;
      state.triedAt = triedAt;
      const durationMs = Math.round(clock.monotonic() - begun);
      const isCut = turn.signal.aborted && !outcome.ok;
      if (isCut) this.#cut(task.name, state, durationMs);
      else this.#note(task.name, state, outcome, durationMs);
      if (outcome.ok) state.deletions -= deletions;
      await this.#save();
      await this.#tellOthers(task.name, state, !isCut);
    } finally {
      turn.over();
    }
  }

  #cut(name: string, state: TaskState, durationMs: number): void {
    state.interrupted++;
    this.#tell(name, state, "warning", `was ended after ${Math.round(durationMs / 1000)} s for a backup`);
  }

  #note(
    name: string,
    state: TaskState,
    outcome: { ok: boolean; isDamage: boolean; message: string },
    durationMs: number,
  ): void {
    const { clock } = this.#options;
    const message = outcome.message.slice(0, MAX_MESSAGE);
    state.interrupted = 0;
    state.last = { at: clock.now(), ok: outcome.ok, message, durationMs };
    if (outcome.ok) state.damage = null;
    if (outcome.isDamage && state.damage?.message !== message) {
      state.damage = { since: clock.now(), message };
      this.#circle.damagedAt = clock.monotonic();
    }
    const text = `${outcome.ok ? "went well" : "failed"}: ${message}`;
    this.#tell(name, state, outcome.ok ? "info" : "error", text);
  }

  /** Those whose storage this is: what was found on another in its place is nothing they know by. */
  async #tellOthers(name: string, state: TaskState, news: boolean): Promise<void> {
    const others = this.#circle.othersOf(this);
    if (others.length === 0) return;
    await Promise.all([this, ...others].map((one) => one.identify()));
    for (const other of this.#circle.othersOf(this)) await other.hear(this.key, name, state, news);
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
      await notes?.write("upkeep", JSON.stringify(this.states) + "\n");
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

function isSameState(a: TaskState | undefined, b: TaskState): boolean {
  return a !== undefined && isSame({ ...a, deletions: 0 }, { ...b, deletions: 0 });
}

function scheduleOf({ schedule }: UpkeepSpec): Schedule | null {
  if (schedule === null) return null;
  const parsed = parseSchedule(schedule.pattern, schedule.timezone);
  if ("error" in parsed) throw new Error(`a schedule was taken that cannot be used: ${parsed.error}`);
  return parsed.schedule;
}
