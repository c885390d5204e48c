// Has a storage measured after each upkeep and once a day, by one provider for all that have it, and remembers what was
// found. A measure that takes too long or fails costs the figures of a day, and nothing else.

import { z } from "zod";
import { DAY } from "../../domain/duration.ts";
import type { StorageFigures } from "../../domain/storage_figures.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import { endsWithin } from "./upkeep_gate.ts";
import type { Upkeep } from "./upkeep.ts";
import type { MeasuringMember, UpkeepCircle } from "./upkeep_circle.ts";

interface KeeperOptions {
  /** Provider key. */
  key: string;
  clock: Clock;
  notes: ProviderNotes | null;
  sink?: EventSink;
  circle: UpkeepCircle;
  upkeep: Pick<Upkeep, "states">;
  /** What the storage is known by; undefined: not used yet, so there is nothing to measure. */
  storageId: () => Promise<string | undefined>;
  /** Ends soon after the signal aborts. */
  measure(signal: AbortSignal): Promise<StorageFigures>;
}

const LOOK_MS = 30_000;
/** Most time for one measure. */
const LIMIT_MS = 1_800_000;

const size = z.number().nonnegative().nullable();
const notedSchema = z.object({
  triedAt: z.number(),
  figures: z.object({
    measuredAt: z.number(),
    storedBytes: size,
    dataBytes: size,
    neededBytes: size,
    restoredBytes: size,
    snapshots: size,
  }).nullable(),
});

/** The figures of one storage, for one provider that has it; does nothing before `start`. */
export class FiguresKeeper implements MeasuringMember {
  readonly key: string;
  readonly #options: KeeperOptions;
  readonly #stopping = new AbortController();
  #noted: z.infer<typeof notedSchema> | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.key = options.key;
    this.#options = options;
  }

  /** Tells what is known, and from now on measures when it is time. */
  async start(): Promise<void> {
    this.#noted = await read(this.#options.notes);
    this.#tell();
    this.#options.circle.keepers.add(this);
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#options.circle.keepers.delete(this);
    this.#stopping.abort(new Error("this program is stopping"));
    await this.#loop;
  }

  storageId(): Promise<string | undefined> {
    return this.#options.storageId().catch(() => undefined);
  }

  async hear(triedAt: number, figures: StorageFigures | null): Promise<void> {
    this.#noted = { triedAt, figures: figures ?? this.#noted?.figures ?? null };
    this.#tell();
    // What is not kept is measured anew at the next start.
    await this.#options.notes?.write("figures", JSON.stringify(this.#noted) + "\n").catch(() => {});
  }

  async #run(): Promise<void> {
    const { clock, circle } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (this.#isDue()) await this.#measureForAll();
      await endsWithin(clock, LOOK_MS, circle.changed, signal).catch(() => {});
    }
  }

  #isDue(): boolean {
    const { circle, clock, upkeep } = this.#options;
    if (circle.isTaken) return false;
    if (this.#noted === undefined) return true;
    const { triedAt } = this.#noted;
    // A clock that was set back must not put it off.
    return Math.abs(clock.now() - triedAt) >= DAY ||
      Object.values(upkeep.states).some(({ last }) => last !== null && last.at > triedAt);
  }

  async #measureForAll(): Promise<void> {
    const id = await this.storageId();
    if (id === undefined) return;
    const sharing: MeasuringMember[] = [];
    for (const keeper of this.#options.circle.keepers) {
      if (await keeper.storageId() === id) sharing.push(keeper);
    }
    if (sharing.some(({ key }) => key < this.key)) return;
    const triedAt = this.#options.clock.now();
    const figures = await this.#measure();
    if (this.#stopping.signal.aborted) return;
    for (const keeper of sharing) await keeper.hear(triedAt, figures);
  }

  /** Null where it cannot be done, which is told. */
  async #measure(): Promise<StorageFigures | null> {
    const { clock, measure, key, sink } = this.#options;
    const limit = clock.timeout(LIMIT_MS);
    try {
      return await measure(AbortSignal.any([limit.signal, this.#stopping.signal]));
    } catch (error) {
      if (this.#stopping.signal.aborted) return null;
      const why = limit.signal.aborted
        ? `it takes longer than ${LIMIT_MS / 60_000} minutes`
        : (error as Error).message;
      const message =
        `Cannot measure the storage of provider '${key}': ${why}; its last figures stay, and it is tried ` +
        "again after the next upkeep, or in a day";
      sink?.emit({
        type: "provider.odd",
        level: "warning",
        at: clock.now(),
        message,
        data: { provider: key },
      });
      return null;
    } finally {
      limit.dispose();
    }
  }

  #tell(): void {
    const { key, sink, clock } = this.#options;
    const figures = this.#noted?.figures;
    if (figures === undefined || figures === null) return;
    sink?.emit({
      type: "provider.figures",
      level: "debug",
      at: clock.now(),
      message: `The storage of provider '${key}' was measured`,
      data: { provider: key, figures: { ...figures } },
    });
  }
}

async function read(notes: ProviderNotes | null): Promise<z.infer<typeof notedSchema> | undefined> {
  const text = await notes?.read("figures");
  if (text === undefined) return undefined;
  try {
    return notedSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
