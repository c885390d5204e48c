// What is due when, of all that the engine sees to: a wake-up costs what is due, and no walk over all jobs.

import { DueHeap, type HeapItem } from "./due_heap.ts";

/**
 * Something that is due: at an instant of the wall clock (UTC ms), which in doubt has come only when it has come by the
 * steady one too, or of the monotonic clock, which no correction moves;
 * null for never. It says so without a look at any clock: the ticker has read them, once a round.
 */
export interface Due {
  dueAt: number | null;
  by: "wall" | "monotonic";
  /** `now`: the wall clock as the round began. */
  fire(now: number): Promise<void>;
}

/** Whatever has due times of its own. Each change of one of them is to be told to the agenda. */
export interface DueSource {
  /** The job it belongs to; null for none. */
  readonly ofJob: string | null;
  /** Key of the provider that its calls go to; absent: to none, or to many. */
  readonly provider?: string;
  /** All that may come due, in the order in which it is to be fired. */
  due(): Iterable<Due>;
  /** It is in the midst of a change, and tells of it at the end. */
  isChanging(): boolean;
}

/** One reading of both clocks, in ms. */
export interface Clocks {
  now: number;
  monotonic: number;
}

/** A source that is due earlier than the agenda knew: a change of it was never told. */
export interface Overlooked {
  source: DueSource;
  /** Until it is due (ms); negative when it was already. */
  leftMs: number;
}

/** Where a source stands in the heaps. */
interface Plan {
  source: DueSource;
  /** Those that are due together are fired in this order: that in which they were added. */
  order: number;
  wall: HeapItem<Plan>;
  monotonic: HeapItem<Plan>;
}

/** The due times of all sources, the earliest first. */
export class Agenda {
  #plans = new Map<DueSource, Plan>();
  #wall = new DueHeap<Plan>();
  #monotonic = new DueHeap<Plan>();
  #added = 0;
  /** How far the slow walk has come. */
  #walk: Iterator<Plan> | undefined;

  get size(): number {
    return this.#plans.size;
  }

  /** `isLast`: fired after all others. */
  add(source: DueSource, isLast = false): void {
    const plan = { source, order: isLast ? Infinity : this.#added++ } as Plan;
    plan.wall = { of: plan, at: Infinity, index: -1 };
    plan.monotonic = { of: plan, at: Infinity, index: -1 };
    this.#plans.set(source, plan);
    this.#key(plan);
  }

  remove(source: DueSource): void {
    const plan = this.#plans.get(source);
    if (plan === undefined) return;
    this.#plans.delete(source);
    this.#wall.set(plan.wall, Infinity);
    this.#monotonic.set(plan.monotonic, Infinity);
  }

  /** A due time of the source may be another now; nothing to one that was not added, or removed. */
  changed(source: DueSource): void {
    const plan = this.#plans.get(source);
    if (plan !== undefined) this.#key(plan);
  }

  /** The sources of which something may be due by now. */
  due({ now, monotonic }: Clocks): DueSource[] {
    const due = new Set<Plan>();
    this.#wall.until(now, (plan) => due.add(plan));
    this.#monotonic.until(monotonic, (plan) => due.add(plan));
    return [...due].sort((a, b) => a.order - b.order).map(({ source }) => source);
  }

  /** How long until something is due (ms); negative when it is already, Infinity for never. */
  wait({ now, monotonic }: Clocks): number {
    return Math.min(this.#wall.first() - now, this.#monotonic.first() - monotonic);
  }

  /**
   * Asks the next `most` sources themselves, of all in turns, and plans them anew. Answers those that are due earlier
   * than was known: there are none unless a change was not told.
   */
  audit(most: number, clocks: Clocks, asked: (source: DueSource) => void = () => {}): Overlooked[] {
    const overlooked: Overlooked[] = [];
    for (let count = Math.min(most, this.#plans.size); count > 0; count--) {
      const plan = this.#nextToAsk();
      if (plan === undefined) break;
      asked(plan.source);
      const planned = Math.min(plan.wall.at - clocks.now, plan.monotonic.at - clocks.monotonic);
      this.#key(plan);
      const left = Math.min(plan.wall.at - clocks.now, plan.monotonic.at - clocks.monotonic);
      if (left >= planned || planned <= 0 || plan.source.isChanging()) continue;
      overlooked.push({ source: plan.source, leftMs: left });
    }
    return overlooked;
  }

  #nextToAsk(): Plan | undefined {
    const next = this.#walk?.next();
    if (next !== undefined && !next.done) return next.value;
    this.#walk = this.#plans.values();
    return this.#walk.next().value;
  }

  #key(plan: Plan): void {
    let wall = Infinity;
    let monotonic = Infinity;
    for (const { dueAt, by } of plan.source.due()) {
      if (dueAt === null) continue;
      if (by === "wall") wall = Math.min(wall, dueAt);
      else monotonic = Math.min(monotonic, dueAt);
    }
    this.#wall.set(plan.wall, wall);
    this.#monotonic.set(plan.monotonic, monotonic);
  }
}
