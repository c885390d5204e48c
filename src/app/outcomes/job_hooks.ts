// Runs the hooks of jobs on Schelly's side. What is to be run stands in the committed events, and which of them began in
// the state: so each hook begins once. One that a kill kept from beginning is run at the next start; one that a kill
// hit is not run again, which is told. No backup waits for a hook.

import PQueue from "p-queue";
import type { Run } from "../../domain/backup.ts";
import { inheritedSecrets, passedOn } from "../../domain/child_environment.ts";
import { HookBook, type HookLedger } from "../../domain/hook_ledger.ts";
import type { Job, JobHook } from "../../domain/job.ts";
import { Turns } from "../../engine/context/turns.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import type { EventQuery, StoredEvent } from "../../ports/queries.ts";
import type { Change } from "../../ports/store.ts";
import { runHook } from "../../provider/host/hooks.ts";
import { createRedactor } from "../../provider/protocol/redact.ts";
import { within } from "../../provider/time_limit.ts";
import { hookOutcomeOf, type Outcome, OUTCOME_TYPES } from "./hook_outcome.ts";

interface JobHooksParts {
  clock: Clock;
  processes: Processes;
  /** Of Schelly itself, of which hooks find a part. */
  env: Record<string, string>;
  store: {
    commit(change: Change): Promise<unknown>;
    events(query: EventQuery): Promise<StoredEvent[]>;
    hooks(): Promise<HookLedger | undefined>;
    run(runId: string): Promise<Run | undefined>;
  };
  /** A job as it is declared now. */
  job(name: string): Job | undefined;
  sink: EventSink;
}

/** Over all jobs; those of one job run one after the other. */
const MOST_AT_ONCE = 4;
/** Of one job that wait; of more the oldest are not run, which is told. */
const MOST_WAITING = 20;
/** Events of one look. */
const BATCH = 200;
/** So far the state may be behind the events while there is nothing to run. */
const MOST_BEHIND = 1_000;
const AGAIN_MS = 5_000;
/** How long those under way may take once the program stops, and to go then. */
const STOP_MS = 5_000;
const END_MS = 1_000;

const TYPES: ReadonlySet<string> = new Set(OUTCOME_TYPES);

/** The hooks of one job. */
interface Line {
  turns: Turns;
  waiting: number;
  /** What was told last: another event may tell of the same end. */
  told: string | undefined;
  /** The guard that was told of last. */
  guard: string | undefined;
}

/** Another event may have told of the same end; a guard stands until it is answered, however often it is found. */
function isNews(line: Line, { outcome, env }: Outcome, runId: string | undefined): boolean {
  const key = outcome === "guarded" ? "guard" : "told";
  const told = outcome === "guarded" ? env.SCHELLY_MESSAGE : `${runId} ${outcome}`;
  if (line[key] === told) return false;
  line[key] = told;
  return true;
}

/** Follows the events of all jobs; runs nothing before `take`. */
export class JobHooks implements EventSink, AsyncDisposable {
  readonly #lines = new Map<string, Line>();
  readonly #slots = new PQueue({ concurrency: MOST_AT_ONCE });
  /** No hook begins any more. */
  readonly #closing = new AbortController();
  /** Those that run are ended. */
  readonly #stop = new AbortController();
  /** Undefined while no job has a hook. */
  #book: HookBook | undefined;
  #position = 0;
  #savedAt = 0;
  /** Numbers of events that are done with from before this start. */
  #done = new Set<number>();
  #isTaken = false;
  #news = false;
  #looking: Promise<void> | undefined;

  constructor(private readonly parts: JobHooksParts) {}

  emit(event: EngineEvent): void {
    if (this.#book === undefined || !TYPES.has(event.type)) return;
    this.#news = true;
    this.#look();
  }

  /** Goes by these jobs from now on; the first call takes up what the last process left. Rejects with `StoreError`. */
  async take(jobs: readonly Job[]): Promise<void> {
    const { store } = this.parts;
    const isAsked = jobs.some(({ onSuccess, onFailure }) =>
      onSuccess !== undefined || onFailure !== undefined
    );
    const isFirst = !this.#isTaken;
    this.#isTaken = true;
    if (!isFirst && isAsked === (this.#book !== undefined)) return;
    const left = await store.hooks();
    if (!isAsked) {
      this.#book = undefined;
      // Whoever asks for hooks again asks for those of what happens from then on.
      if (left !== undefined) await store.commit({ job: "", writes: [{ write: "hooks", ledger: null }] });
      return;
    }
    const newest = (await store.events({ limit: 1 }))[0]?.seq ?? 0;
    this.#position = left?.seen ?? newest;
    this.#done = new Set([...left?.ended ?? [], ...left?.running ?? []]);
    const book = new HookBook(this.#position, this.#done);
    const cutOff = left?.running ?? [];
    const events = await Promise.all(cutOff.map((seq) => this.#cutOffEvent(seq)));
    await store.commit({ job: "", writes: [{ write: "hooks", ledger: book.ledger() }], events });
    this.#book = book;
    this.#savedAt = this.#position;
    this.#news = true;
    this.#look();
  }

  /** Begins no more; gives those that run a little time, then ends them. What waits is run at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clock } = this.parts;
    this.#closing.abort(new Error("Schelly is stopping"));
    this.#slots.clear();
    const all = Promise.all([this.#looking, this.#slots.onIdle()]);
    await within(clock, STOP_MS, all, "").catch(() => this.#stop.abort(new Error("Schelly is stopping")));
    await within(clock, END_MS, all, "").catch(() => {});
  }

  #look(): void {
    this.#looking ??= this.#lookOn().finally(() => {
      this.#looking = undefined;
      if (this.#news && !this.#closing.signal.aborted) this.#look();
    });
  }

  /** Reads what is new until there is no more. Never rejects. */
  async #lookOn(): Promise<void> {
    const { clock, store } = this.parts;
    while (this.#news && this.#book !== undefined && !this.#closing.signal.aborted) {
      const book = this.#book;
      this.#news = false;
      try {
        // Asked first: what is of these types up to here is in the answer below.
        const newest = (await store.events({ limit: 1 }))[0]?.seq ?? 0;
        const events = await store.events({
          type: OUTCOME_TYPES,
          after: this.#position,
          ascending: true,
          limit: BATCH,
        });
        for (const event of events) {
          await this.#add(book, event);
          this.#position = event.seq;
        }
        if (events.length === BATCH) this.#news = true;
        else this.#position = Math.max(this.#position, newest);
        book.reached(this.#position);
        if (book.isIdle && this.#position - this.#savedAt > MOST_BEHIND) await this.#save(book);
      } catch {
        // Who else needs the state tells what is wrong with it.
        this.#news = true;
        await clock.sleep(AGAIN_MS, this.#closing.signal).catch(() => {});
      }
    }
  }

  async #add(book: HookBook, event: StoredEvent): Promise<void> {
    const { job: name, runId, seq } = event;
    if (name === undefined || this.#done.delete(seq)) return;
    const line = this.#lineOf(name);
    if (event.type === "retention.guard_cleared" || event.type === "retention.approved") {
      line.guard = undefined;
      return;
    }
    const job = this.parts.job(name);
    if (job?.onSuccess === undefined && job?.onFailure === undefined) return;
    const outcome = hookOutcomeOf(event, runId === undefined ? undefined : await this.parts.store.run(runId));
    if (outcome === undefined) return;
    const hook = outcome.which === "on_success" ? job.onSuccess : job.onFailure;
    if (hook === undefined || !isNews(line, outcome, runId)) return;
    book.add(seq);
    line.waiting++;
    void line.turns.add(async () => {
      line.waiting--;
      if (line.waiting >= MOST_WAITING) return await this.#end(book, event, this.#dropped(event, outcome));
      await this.#slots.add(() => this.#run(book, event, outcome, hook));
    });
  }

  /** Never rejects. */
  async #run(book: HookBook, event: StoredEvent, outcome: Outcome, hook: JobHook): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const { clock, processes, env } = this.parts;
    book.begin(event.seq);
    // Only what is known to have begun is never run twice.
    if (!await this.#saved(book, [])) return;
    const begun = clock.monotonic();
    const own = { ...passedOn(env), ...hook.env, ...outcome.env };
    const secrets = [...Object.values(hook.env), ...inheritedSecrets(env)];
    const redact = createRedactor({ headers: {}, url: "http://hook" }, secrets);
    let why: string | undefined;
    try {
      await runHook({
        clock,
        processes: { ...processes, run: (spec) => processes.run({ ...spec, env: own, clearEnv: true }) },
      }, {
        which: outcome.which,
        spec: hook,
        env: own,
        signal: this.#stop.signal,
        output: () => {},
        started: () => {},
      });
    } catch (error) {
      why = redact((error as Error).message);
    }
    await this.#end(book, event, this.#endEvent(event, outcome, why, clock.monotonic() - begun));
  }

  async #end(book: HookBook, { seq }: StoredEvent, event: EngineEvent): Promise<void> {
    book.end(seq);
    if (!await this.#saved(book, [event])) this.parts.sink.emit(event);
  }

  /** True once it is in the state; false when the program stops before. */
  async #saved(book: HookBook, events: EngineEvent[]): Promise<boolean> {
    for (;;) {
      try {
        await this.#save(book, events);
        return true;
      } catch {
        if (this.#closing.signal.aborted) return false;
        await this.parts.clock.sleep(AGAIN_MS, this.#closing.signal).catch(() => {});
      }
    }
  }

  async #save(book: HookBook, events: EngineEvent[] = []): Promise<void> {
    // With no hook left in the configuration nothing is kept of those that still run.
    const ledger = this.#book === book ? book.ledger() : null;
    await this.parts.store.commit({ job: "", writes: [{ write: "hooks", ledger }], events });
    if (ledger !== null) this.#savedAt = ledger.seen;
  }

  #lineOf(job: string): Line {
    let line = this.#lines.get(job);
    if (line === undefined) {
      line = { turns: new Turns(), waiting: 0, told: undefined, guard: undefined };
      this.#lines.set(job, line);
    }
    return line;
  }

  #endEvent(
    of: EngineEvent,
    { which, outcome }: Outcome,
    why: string | undefined,
    durationMs: number,
  ): EngineEvent {
    const about = `of job '${of.job}', whose outcome is '${outcome}'`;
    return this.#event(of, why === undefined ? "hook.done" : "hook.failed", {
      message: why === undefined ? `The ${which} command ${about}, ran` : `${why} (${about})`,
      data: {
        hook: which,
        outcome,
        duration_ms: Math.round(durationMs),
        ...(why === undefined ? {} : { why }),
      },
    });
  }

  #dropped(of: EngineEvent, { which, outcome }: Outcome): EngineEvent {
    return this.#event(of, "hook.failed", {
      message: `The ${which} command of job '${of.job}', whose outcome is '${outcome}', was not run: ` +
        `${MOST_WAITING} newer ones wait`,
      data: { hook: which, outcome, why: "not_run" },
    });
  }

  async #cutOffEvent(seq: number): Promise<EngineEvent> {
    const [of] = await this.parts.store.events({ after: seq - 1, ascending: true, limit: 1 });
    const known = of?.seq === seq ? of : undefined;
    return this.#event(known, "hook.failed", {
      message:
        `A hook of job '${
          known?.job ?? "unknown"
        }' was cut off when Schelly ended, or just about to begin, and is ` +
        `not run again${known === undefined ? "" : `: it was to tell of: ${known.message}`}`,
      data: { why: "cut_off" },
    });
  }

  #event(
    of: EngineEvent | undefined,
    type: "hook.done" | "hook.failed",
    { message, data }: Pick<EngineEvent, "message" | "data">,
  ): EngineEvent {
    return {
      type,
      level: type === "hook.done" ? "info" : "warning",
      at: this.parts.clock.now(),
      ...(of?.job === undefined ? {} : { job: of.job }),
      ...(of?.runId === undefined ? {} : { runId: of.runId }),
      message,
      data: data!,
    };
  }
}
