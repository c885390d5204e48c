// Those that look after one storage from this program: its upkeep runs once for all of them, and never two at once.

import type { UpkeepSpec } from "../../domain/provider_spec.ts";
import type { Schedule } from "../../domain/schedule/schedule.ts";
import type { StorageFigures } from "../../domain/storage_figures.ts";
import type { TaskState } from "./upkeep_state.ts";

/** One kind of upkeep as one of them asks for it. */
export interface AskedUpkeep {
  when: UpkeepSpec;
  /** Of `when`; null: not by the clock. */
  schedule: Schedule | null;
  /** How much of the data is read, as restic takes it; null: none. */
  subset: string | null;
  /** It takes nothing away for good; where it is due after deletions, further ones wait for it. */
  onlyLooks: boolean;
}

/** One of them. */
export interface CircleMember {
  /** Provider key. */
  readonly key: string;
  /** By the name of the upkeep. */
  readonly asked: ReadonlyMap<string, AskedUpkeep>;
  /** What it knows of each kind, whoever ran it. */
  readonly states: Record<string, TaskState>;
  /** What the storage is known by, as it was asked last; undefined: it was not used yet, or has no name. */
  readonly storageId: string | undefined;
  /** Asks for it. */
  identify(): Promise<void>;
  /** Looks for what is due at once. */
  nudge(): void;
  /** Learns how upkeep went that another ran; `news`: it has ended by itself, right now. */
  hear(by: string, name: string, state: TaskState, news: boolean): Promise<void>;
}

/** One that has the storage measured. */
export interface MeasuringMember {
  /** Provider key. */
  readonly key: string;
  /** As of `CircleMember`, asked anew; never rejects. */
  storageId(): Promise<string | undefined>;
  /** Learns what was found, by whomever; null: nothing. `triedAt`: UTC ms. */
  hear(triedAt: number, figures: StorageFigures | null): Promise<void>;
}

/** When upkeep is due for all of them, and how much of it. */
export interface UpkeepTurn extends AskedUpkeep {
  /** Deletions of all of them since it last went well. */
  deletions: number;
}

/** What runs now. */
interface RunningUpkeep {
  name: string;
  end: AbortController;
  ended: Promise<void>;
}

const YEAR_DAYS = 366;

/** The place where they meet; `left` is called whenever nobody is there any more and nothing is at work. */
export class UpkeepCircle {
  readonly #members = new Set<CircleMember>();
  /** Those that have the storage measured. */
  readonly keepers = new Set<MeasuringMember>();
  /** Backups and deletions at work. */
  #busy = 0;
  /** Of these, deletions. */
  #deletions = 0;
  #current: RunningUpkeep | undefined;
  #changed = Promise.withResolvers<void>();
  /** When damage was found that was not known before, by the monotonic clock (ms). */
  damagedAt = -Infinity;

  constructor(private readonly left: () => void = () => {}) {}

  get current(): RunningUpkeep | undefined {
    return this.#current;
  }

  /** Resolves, and is another, whenever something at work ends. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  get deletionsAtWork(): number {
    return this.#deletions;
  }

  /** True while upkeep must not begin. */
  get isTaken(): boolean {
    return this.#busy > 0 || this.#current !== undefined;
  }

  get isShared(): boolean {
    return this.#members.size > 1;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0 && !this.isTaken;
  }

  join(member: CircleMember): void {
    this.#members.add(member);
  }

  leave(member: CircleMember): void {
    this.#members.delete(member);
    this.#tellIfEmpty();
  }

  /** Whatever is due is looked for at once. */
  nudge(): void {
    for (const member of this.#members) member.nudge();
  }

  /** A backup or a deletion begins; answers what notes its end. */
  enter(what: "backup" | "deletion"): () => void {
    const deletions = what === "deletion" ? 1 : 0;
    this.#busy++;
    this.#deletions += deletions;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#busy--;
      this.#deletions -= deletions;
      this.#somethingEnded();
    };
  }

  /** Upkeep begins, which is only allowed while the place is not taken. */
  begin(name: string): { signal: AbortSignal; over(): void } {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const end = new AbortController();
    this.#current = { name, end, ended };
    return {
      signal: end.signal,
      over: () => {
        this.#current = undefined;
        resolve();
        this.#somethingEnded();
      },
    };
  }

  /** The others that look after the storage that `member` looks after, as far as both know which that is. */
  othersOf(member: CircleMember): CircleMember[] {
    return [...this.#members].filter((other) =>
      other !== member &&
      (other.storageId === undefined || member.storageId === undefined ||
        other.storageId === member.storageId)
    );
  }

  /** The kinds of upkeep that somebody asks for on the storage of `member`. */
  namesFor(member: CircleMember): string[] {
    return [...new Set([member, ...this.othersOf(member)].flatMap(({ asked }) => [...asked.keys()]))];
  }

  /** What `member` runs for all of them, or undefined where another asks for it more strictly. */
  turnOf(member: CircleMember, name: string, now: number): UpkeepTurn | undefined {
    const next = this.nextOf(member, name, now);
    return next?.member === member ? next.turn : undefined;
  }

  /** Who runs it next on the storage of `of`, and what; undefined where nobody asks for it. */
  nextOf(
    of: CircleMember,
    name: string,
    now: number,
  ): { member: CircleMember; turn: UpkeepTurn } | undefined {
    const all = [of, ...this.othersOf(of)];
    const asking = all.flatMap((one) => {
      const asked = one.asked.get(name);
      return asked === undefined ? [] : [{ one, asked }];
    });
    const [first] = asking.toSorted((a, b) =>
      byStrictness(a.asked, b.asked, now) || compare(a.one.key, b.one.key)
    );
    if (first === undefined) return undefined;
    const counts = asking.map(({ asked }) => asked.when.afterDeletions).filter((count) => count !== null);
    return {
      member: first.one,
      turn: {
        when: {
          schedule: first.asked.when.schedule,
          afterDeletions: counts.length === 0 ? null : Math.min(...counts),
        },
        schedule: first.asked.schedule,
        subset: largestSubset(asking.map(({ asked }) => asked.subset)),
        onlyLooks: first.asked.onlyLooks,
        deletions: all.reduce((sum, { states }) => sum + (states[name]?.deletions ?? 0), 0),
      },
    };
  }

  #somethingEnded(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    this.#tellIfEmpty();
  }

  #tellIfEmpty(): void {
    if (this.isEmpty) this.left();
  }
}

/** The shorter the longest time without it, the stricter; then the fewer deletions it waits for. */
function byStrictness(a: AskedUpkeep, b: AskedUpkeep, now: number): number {
  return compare(gapOf(a.schedule, now), gapOf(b.schedule, now)) ||
    compare(a.when.afterDeletions ?? Infinity, b.when.afterDeletions ?? Infinity);
}

/** Asked at each look, and a year is long. */
const gaps = new WeakMap<Schedule, number>();

function gapOf(schedule: Schedule | null, now: number): number {
  if (schedule === null) return Infinity;
  const gap = gaps.get(schedule) ?? schedule.largestGap(now, YEAR_DAYS) ?? Infinity;
  gaps.set(schedule, gap);
  return gap;
}

/** Infinity is as far as Infinity. */
function compare<T extends number | string>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/**
 * The most of these, as restic takes them: `5%`, `2/10`, `10G`, null for nothing. How a size compares with a share nobody
 * knows before it was read: a share goes before.
 */
function largestSubset(subsets: readonly (string | null)[]): string | null {
  const [most = null] = subsets.filter((subset) => subset !== null).toSorted((a, b) => {
    const [x, y] = [readSubset(a), readSubset(b)];
    return Number(y.isShare) - Number(x.isShare) || y.amount - x.amount;
  });
  return most;
}

function readSubset(text: string): { isShare: boolean; amount: number } {
  const amount = Number.parseFloat(text);
  if (text.endsWith("%")) return { isShare: true, amount: amount / 100 };
  if (text.includes("/")) return { isShare: true, amount: 1 / Number.parseFloat(text.split("/")[1]!) };
  const power = " KMGT".indexOf(text.at(-1)!.toUpperCase());
  return { isShare: false, amount: amount * 1024 ** Math.max(0, power) };
}

/** What two know of one kind of upkeep as one: how it went last, and damage until it was found whole. */
export function joinedState(a: TaskState, b: TaskState): TaskState {
  const [known, other] = isKnownBetter(a, b) ? [a, b] : [b, a];
  // Only a run that went well tells that damage is fixed.
  const damage = known.last?.ok === true ? known.damage : known.damage ?? other.damage;
  return { ...known, damage };
}

function isKnownBetter(a: TaskState, b: TaskState): boolean {
  const [x, y] = [a.last?.at ?? -Infinity, b.last?.at ?? -Infinity];
  return x === y ? a.triedAt >= b.triedAt : x > y;
}
