// Jobs of which not each has series of its own: those that do worst have, and sums without a job stand for all.

import { healthRank } from "../domain/health.ts";
import { linesOf, type RowGauge } from "./exposition.ts";
import { type LabelledRow, SUMMED_GAUGES } from "./job_gauges.ts";

/** The label of what is added up: Prometheus takes an empty label for none. */
const NO_JOB = 'job=""';

/** One for each scrape that shows only some jobs. */
export class BoundedJobs {
  #worst: LabelledRow[] = [];
  readonly #sums = new Map(SUMMED_GAUGES.map((gauge) => [gauge, new Map<string, number>()]));

  /** Shows at most so many. */
  constructor(private readonly most: number) {}

  /** Takes jobs of the configuration, and those nobody manages: of these only sums are shown, and who is to be looked at. */
  add(rows: readonly LabelledRow[]): void {
    for (const [gauge, sums] of this.#sums) {
      const write = (labels: string, value: number | null) => {
        if (value !== null) sums.set(labels, (sums.get(labels) ?? 0) + value);
      };
      for (const row of rows) {
        if (row.view.managed || gauge.ofUnmanaged) {
          gauge.each({ ...row, view: { ...row.view, job: "" }, labels: NO_JOB }, write);
        }
      }
    }
    this.#worst.push(...rows.filter(({ view }) => view.managed || !view.health.well));
    this.#worst.sort(byTrouble);
    this.#worst.length = Math.min(this.#worst.length, this.most);
  }

  /** Those that have series of their own, the worst first. */
  get worst(): readonly LabelledRow[] {
    return this.#worst;
  }

  /** The lines of a gauge, without its header: of the worst, and the sum of all where the gauge has one. */
  linesOf(gauge: RowGauge<LabelledRow>): string {
    const sums: RowGauge<ReadonlyMap<string, number>> = {
      ...gauge,
      each: (all, write) => all.forEach((value, labels) => write(labels, value)),
    };
    const known = this.#sums.get(gauge);
    const shown = gauge.ofDoubts ? this.#worst : this.#worst.filter(({ view }) => view.managed);
    return linesOf(gauge, gauge.ofUnmanaged ? [] : shown) +
      (known === undefined ? "" : linesOf(sums, [known]));
  }
}

function byTrouble({ view: a }: LabelledRow, { view: b }: LabelledRow): number {
  const first = Number(a.health.well) - Number(b.health.well) ||
    healthRank(a.health.state) - healthRank(b.health.state);
  return first || (a.job < b.job ? -1 : 1);
}
