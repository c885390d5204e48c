// The net under the agenda: asks every source, some each half minute, when it is due, and whether that was known. Whatever is
// found so is a bug, and is seen to all the same: a backup that is missed in silence is the worst there is.

import type { Agenda, Clocks, DueSource, Overlooked } from "./agenda.ts";
import type { EngineContext } from "./context/context.ts";

const STEP_MS = 30_000;
/** All are asked in so many steps. */
const STEPS = 20;
const LEAST_A_STEP = 50;

/** One for the life of the engine. */
export class SlowWalk {
  #stepped = -Infinity;

  constructor(
    private readonly context: Pick<EngineContext, "sink" | "clock">,
    private readonly agenda: Agenda,
  ) {}

  /** Asks the next of them, where it is time; `asked` is told of each. */
  step(clocks: Clocks, asked: (source: DueSource) => void): void {
    if (clocks.monotonic - this.#stepped < STEP_MS) return;
    this.#stepped = clocks.monotonic;
    const most = Math.max(LEAST_A_STEP, Math.ceil(this.agenda.size / STEPS));
    for (const one of this.agenda.audit(most, clocks, asked)) this.#tell(one);
  }

  #tell({ source: { ofJob }, leftMs }: Overlooked): void {
    const what = ofJob === null ? "Housekeeping" : `Job '${ofJob}'`;
    const seconds = Math.round(Math.abs(leftMs) / 1000);
    const when = leftMs > 0 ? `is due in ${seconds} s` : `has been due for ${seconds} s`;
    this.context.sink.emit({
      type: "job.error",
      level: "error",
      at: this.context.clock.now(),
      ...(ofJob === null ? {} : { job: ofJob }),
      message:
        `${what} ${when}, which was not known: it is seen to. This is a bug in Schelly, please report it`,
      data: { left_ms: leftMs },
    });
  }
}
