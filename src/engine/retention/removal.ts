// Sends the DELETEs of a pass, as many at a time as the provider takes, begun oldest first: each is looked at, committed
// as sent in the turn in which it goes, and its answer committed, while others go on. What stands against the rest of the
// pass stops all that has not begun.

import type { Run } from "../../domain/backup.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { Looks } from "../context/calls.ts";
import { lockHeard } from "../../domain/lock.ts";
import { latch } from "../context/latch.ts";
import { callDelete, markSent, meaningOf, type Sent, settleDelete } from "./delete_call.ts";
import { keepUnsent } from "./locks.ts";
import { ENOUGH, PassPace, type Sign } from "./pass_pace.ts";
import { proofs } from "./proof.ts";
import { withdraw } from "./remove.ts";
import type { RetentionContext } from "./retention_context.ts";
import { sharerOf } from "./shared_data.ts";
import { checkBackup, markMissing } from "./verify.ts";

/** How the deletions of a pass went. */
export interface Removed {
  deleted: number;
  /** Sent, but without a final answer yet. */
  open: number;
  refused: number;
  /** Not to be deleted now, as their storage refuses it. */
  locked: number;
  /** Why the pass ended early; undefined when it did not. */
  stopped?: string;
}

/** What each answer tells of the provider; that of one locked backup until a date says nothing of others. */
const SIGNS: Record<Exclude<ReturnType<typeof meaningOf>, "locked">, Sign> = {
  deleted: "well",
  accepted: "well",
  absent: "absent",
  refused: "refused",
  unreachable: "unanswered",
};

/** Rows read at once: a few milliseconds of work. */
const MOST_READ = 100;

/**
 * Sends the DELETEs of rows in `deleting` that were never sent, in this order. `newest` is the newest kept backup, which
 * must prove itself in this pass, shortly before each of them. Rows that are not sent in the end go back to `available`.
 * Resolves when nothing of it is under way any more, and rejects so, with what failed first.
 */
export async function removeVictims(
  context: RetentionContext,
  runIds: readonly string[],
  newest: Run | null,
): Promise<Removed> {
  return await new Removal(context, runIds, newest).run();
}

/** Some stop that came after the intents, whichever it was. */
const WITHHELD =
  "a hold, a freeze, a pause, a guard, an edit, a doubtful clock or the end of the newest backup came before the DELETE";

class Removal {
  readonly #removed: Removed = { deleted: 0, open: 0, refused: 0, locked: 0 };
  /** How many of the run ids were read. */
  #known = 0;
  /** Read, and not taken up. */
  #read: Run[] = [];
  /** Taken up, and not sent: they go back when the pass is stopped. */
  #unsent = new Set<Run>();
  #isLatched = false;
  #failure: { error: unknown } | undefined;
  #pace: PassPace;
  #prove: ReturnType<typeof proofs>;
  #wake = () => {};

  constructor(
    private readonly context: RetentionContext,
    private readonly runIds: readonly string[],
    private readonly newest: Run | null,
  ) {
    this.#pace = new PassPace(() => context.calls.maxConcurrent);
    this.#prove = proofs(context);
  }

  async run(): Promise<Removed> {
    let underWay = 0;
    for (;;) {
      while (this.#mayBegin) {
        const victim = await this.#next().catch((error) => void (this.#failure ??= { error }));
        if (victim === undefined || !this.#mayBegin) break;
        this.#read.shift();
        this.#unsent.add(victim);
        underWay++;
        void this.#remove(victim).catch((error) => this.#failure ??= { error }).finally(() => {
          underWay--;
          this.#wake();
        });
      }
      if (underWay === 0) break;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#removed.stopped === undefined && await this.#next() !== undefined) {
      this.context.stop.throwIfAborted();
    }
    return this.#removed;
  }

  get #mayBegin(): boolean {
    return !this.#isOver && this.#pace.hasRoom;
  }

  /** Nothing more is begun, nor sent. */
  get #isOver(): boolean {
    return this.#failure !== undefined || this.#removed.stopped !== undefined || this.#pace.isSpent ||
      this.context.stop.aborted;
  }

  /** The one to be taken up next. */
  async #next(): Promise<Run | undefined> {
    while (this.#read.length === 0 && this.#known < this.runIds.length) {
      const some = this.runIds.slice(this.#known, this.#known + MOST_READ);
      const rows = await this.context.store.runsById(some);
      this.#known += some.length;
      this.#read.push(...rows);
    }
    return this.#read[0];
  }

  async #remove(victim: Run): Promise<void> {
    const end = this.#pace.begins();
    try {
      const sent = await this.#send(victim);
      if (sent === undefined) return;
      const { row, answer } = sent;
      const meaning = meaningOf(row, answer);
      end.answered();
      if (meaning === "locked") this.#sawLock(answer as ProviderError);
      else {
        this.#pace.saw(SIGNS[meaning]);
        if (answer instanceof ProviderError && answer.kind === "unsent") this.#pace.giveUp();
      }
      // The next one begins while this is saved.
      this.#wake();
      this.#removed[await settleDelete(this.context, row, answer)]++;
      await this.#stopIfSpent();
    } finally {
      end.over();
    }
  }

  /** A storage that names no date may refuse all: it is not asked for each of them. */
  #sawLock({ lock }: ProviderError): void {
    if (lock!.until === null) this.#pace.saw("refused");
  }

  /** Looks at it, waits for its turn, marks and sends it; undefined where that was not to be. */
  async #send(victim: Run): Promise<Sent | undefined> {
    const { context, newest } = this;
    context.stop.throwIfAborted();
    if (!await this.#mayGo(victim)) return undefined;
    if (this.#isOver) return await this.#giveBack(victim);
    let isTold = false;
    const sent = await callDelete(context, victim, async () => {
      // Asked in its turn: it may have waited for long.
      if (this.#isOver || victim.status !== "deleting") return undefined;
      this.#unsent.delete(victim);
      const marked = await markSent(context, victim, newest);
      if (marked === undefined) this.#unsent.add(victim);
      return marked;
    }, async (inTurn) => {
      if (this.#isOver) return false;
      isTold = !await this.#mayGo(victim, inTurn);
      return !isTold;
    });
    if (sent !== undefined) return sent;
    if (isTold) return undefined;
    if (this.#isOver) return await this.#giveBack(victim);
    const other = await sharerOf(context, victim, null);
    if (other === undefined) return await this.#stop(WITHHELD);
    this.#unsent.delete(victim);
    await withdraw(context, [victim], `it shares data with ${other.id ?? other.runId}`);
    return undefined;
  }

  /** What stays proves itself, and what is to go is looked at; whatever is wrong is told and committed here. */
  async #mayGo(victim: Run, inTurn?: Looks): Promise<boolean> {
    const { context, newest } = this;
    const unproven = newest === null ? undefined : await this.#prove(newest, inTurn);
    if (unproven !== undefined) {
      await this.#stop(unproven);
      return false;
    }
    return !context.job.verifyBeforeDelete || await this.#passes(victim, inTurn);
  }

  /** The look before a DELETE. */
  async #passes(victim: Run, inTurn: Looks | undefined): Promise<boolean> {
    const { context } = this;
    const check = await checkBackup(context, victim, inTurn);
    if (check.ok) {
      const until = lockHeard(check.lockedUntil, context.watch.read().ends);
      if (until === undefined || until === null) return true;
      this.#unsent.delete(victim);
      this.#removed.locked++;
      await keepUnsent(context, victim, until);
      return false;
    }
    if (check.missing) {
      this.#unsent.delete(victim);
      this.#pace.saw("absent");
      await markMissing(context, victim, ["deleting"], check.message);
      await this.#stopIfSpent();
      return false;
    }
    if (check.latch) await this.#latch("failed_check", check.message);
    await this.#stop(check.message);
    return false;
  }

  /** What was stopped while it waited goes back with the others; or by itself, where they went while it was marked. */
  async #giveBack(victim: Run): Promise<undefined> {
    const { stopped } = this.#removed;
    if (stopped !== undefined && this.#unsent.delete(victim)) await withdraw(this.context, [victim], stopped);
  }

  async #stopIfSpent(): Promise<void> {
    if (!this.#pace.isSpent || this.#removed.stopped !== undefined) return;
    const { absent, refusedInRow } = this.#pace;
    if (absent >= ENOUGH) {
      const why =
        `the provider does not know ${absent} backups of job '${this.context.job.name}' that should be there: ` +
        "is it looking at the right repository?";
      await this.#latch("not_found", why);
      return await this.#stop(why);
    }
    await this.#stop(
      refusedInRow >= ENOUGH
        ? `the provider refused ${refusedInRow} deletions in a row`
        : "the provider does not answer",
    );
  }

  async #latch(guard: string, message: string): Promise<void> {
    if (this.#isLatched) return;
    this.#isLatched = true;
    await latch(this.context, guard, message);
  }

  /** Takes back all that was not sent; what is being marked in this moment is sent, or goes back by itself. */
  async #stop(why: string): Promise<undefined> {
    if (this.#removed.stopped !== undefined) return;
    this.#removed.stopped = why;
    const rest = [...this.#unsent, ...this.#read].map(({ runId }) => runId).concat(
      this.runIds.slice(this.#known),
    );
    this.#unsent.clear();
    const job = this.context.job.name;
    await withdraw(this.context, rest.map((runId) => ({ job, runId })), why);
  }
}
