// After the state was put back from a copy: takes in what providers list and name as made for a job on this machine, and
// goes on, over restarts, until each that can list was asked. Nothing is deleted for it: the guards stand that a restored
// state latches, and what comes in is guarded as an import. Part of the composition root.

import { counted } from "../../domain/count_text.ts";
import { iso } from "../../domain/instant.ts";
import { ProviderError, StoreError } from "../../domain/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { OpenStore } from "../../store/run_store.ts";

interface AdoptionParts {
  engine: Pick<Engine, "jobNames" | "job" | "importBackups">;
  store: Pick<OpenStore, "adoptsSince" | "adopted">;
  clock: Clock;
  /** Saves an event; never rejects. */
  record(event: EngineEvent): Promise<void>;
}

/** Who takes them in, in events. */
export const ADOPTER = "state restore";
/** How soon a provider that could not be asked is asked again. */
const AGAIN_MS = 60_000;

/** Does nothing before `start`, nor for a state that was not put back. */
export class Adoption implements Disposable {
  readonly #parts: AdoptionParts;
  readonly #stopping = new AbortController();
  /** Why it waits for them, by job. */
  #waiting: ReadonlyMap<string, string> = new Map();
  #unlisted: string[] = [];
  #taken = 0;
  /** Listed backups that a job has, and those that one left to others; each with its provider. */
  readonly #known = new Set<string>();
  readonly #strange = new Set<string>();
  #isOver: boolean;

  constructor(parts: AdoptionParts) {
    this.#parts = parts;
    this.#isOver = parts.store.adoptsSince === null;
  }

  start(): void {
    if (!this.#isOver) void this.#run();
  }

  /** What is yet to be taken in, and why; null where nothing is. */
  trouble(): string | null {
    if (this.#isOver) return null;
    const [first] = this.#waiting;
    const why = first === undefined
      ? "its providers are being asked"
      : `${counted(this.#waiting.size, "job")} left to ask for, '${first[0]}' first: ${first[1]}`;
    return `the state was restored at ${
      iso(this.#parts.store.adoptsSince!)
    }, and what was backed up since its copy is ` +
      `yet to be taken in: ${why}`;
  }

  /** What is under way is cut off: the next start asks again. */
  [Symbol.dispose](): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const { clock, engine, store } = this.#parts;
    const { signal } = this.#stopping;
    let left = engine.jobNames();
    while (!signal.aborted) {
      left = await this.#round(left);
      if (left.length === 0) {
        try {
          await store.adopted();
          this.#isOver = true;
          return await this.#tell();
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
        }
      }
      await clock.sleep(AGAIN_MS, signal).catch(() => {});
    }
  }

  /** Answers the jobs that are left to ask for; each provider is asked once for all of its jobs. */
  async #round(names: readonly string[]): Promise<string[]> {
    const { engine } = this.#parts;
    const lists = new Map<string, Promise<BackupInfo[] | undefined>>();
    const waiting = new Map<string, string>();
    for (const name of names) {
      const job = engine.job(name);
      if (job === undefined) continue;
      if (this.#stopping.signal.aborted) return [...names];
      try {
        await this.#adopt(job, lists);
      } catch (error) {
        if (this.#stopping.signal.aborted) return [...names];
        if (!(error instanceof ProviderError) && !(error instanceof StoreError)) throw error;
        waiting.set(name, error.message);
      }
    }
    this.#waiting = waiting;
    return [...waiting.keys()];
  }

  async #adopt(job: JobScheduler, lists: Map<string, Promise<BackupInfo[] | undefined>>): Promise<void> {
    const { name, providerKey } = job.job;
    let asking = lists.get(providerKey);
    if (asking === undefined) {
      lists.set(providerKey, asking = listOf(job));
      // Each job that shares it hears of a failure itself.
      asking.catch(() => {});
    }
    const listed = await asking;
    const report = listed &&
      await this.#parts.engine.importBackups(job, { by: ADOPTER, dryRun: false, listed });
    if (report === undefined) this.#unlisted.push(name);
    else {
      const came = [...report.rows, ...report.proven];
      this.#taken += came.length;
      const keyOf = (id: string) => `${providerKey} ${id}`;
      for (const { id } of came) this.#known.add(keyOf(id!));
      for (const { id, why } of report.skipped) {
        (why.startsWith("it is known") ? this.#known : this.#strange).add(keyOf(id));
      }
    }
  }

  async #tell(): Promise<void> {
    const { clock, store, record } = this.#parts;
    const unlisted = this.#unlisted;
    const left = this.#strange.difference(this.#known).size;
    const parts = [
      `${counted(this.#taken, "backup")} taken in`,
      ...(left === 0
        ? []
        : [`${left} listed ones stay out, as \`schelly backups import --job JOB --dry-run\` shows`]),
      ...(unlisted.length === 0 ? [] : [
        `the providers of ${counted(unlisted.length, "job")} cannot list what they have (${
          unlisted.slice(0, 5).map((name) => `'${name}'`).join(", ")
        }${unlisted.length > 5 ? ", …" : ""}): what they made since the copy is not known`,
      ]),
    ];
    await record({
      type: "state.adopted",
      level: "warning",
      at: clock.now(),
      message:
        `After the state was restored at ${iso(store.adoptsSince!)}: ${
          parts.join("; ")
        }; nothing is deleted ` +
        "before `schelly retention approve`",
      data: { taken_in: this.#taken, left_out: left, jobs_without_list: unlisted.length },
    });
  }
}

/** Undefined where the provider cannot list. */
async function listOf({ calls }: JobScheduler): Promise<BackupInfo[] | undefined> {
  const { list } = await calls.capabilities();
  return list ? await calls.list() : undefined;
}
