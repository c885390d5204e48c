// Families of few series, whatever the configuration: kept in plain form from the start of the program, so that the
// library that shows them need not be loaded before the first scrape.

import { type Distribution, emptyDistribution, observe } from "./distribution.ts";

type Labels = Record<string, string>;

interface Described {
  name: string;
  help: string;
  labelNames: readonly string[];
}

/** Its series as they are now. */
export type FixedFamily =
  | Described & { type: "counter" | "gauge"; series(): Iterable<{ labels: Labels; value: number }> }
  | Described & {
    type: "histogram";
    bounds: readonly number[];
    series(): Iterable<{ labels: Labels; distribution: Distribution }>;
  };

/** Counts what happens. */
type FixedCounter = FixedFamily & { add(values: readonly string[], by: number): void };

/** Observes what happens. */
type FixedHistogram = FixedFamily & { observe(values: readonly string[], value: number): void };

/** A counter without series; `name` ends in `_total`, values come in the order of the label names. */
export function fixedCounter(name: string, help: string, labelNames: readonly string[]): FixedCounter {
  const { series, at } = seriesOf(labelNames, () => ({ value: 0 }));
  return {
    ...{ type: "counter", name, help, labelNames, series },
    add: (values, by) => void (at(values).value += by),
  };
}

/** A histogram without series; upper bounds ascend, values come in the order of the label names. */
export function fixedHistogram(
  name: string,
  help: string,
  labelNames: readonly string[],
  bounds: readonly number[],
): FixedHistogram {
  const { series, at } = seriesOf(labelNames, () => ({ distribution: emptyDistribution(bounds) }));
  return {
    ...{ type: "histogram", name, help, labelNames, bounds, series },
    observe: (values, value) => observe(at(values).distribution, bounds, value),
  };
}

/** A gauge or counter of one series that is asked when it is shown, and not there while it has no value. */
export function fixedReading(
  type: "counter" | "gauge",
  name: string,
  help: string,
  read: () => number | undefined,
  labels: Labels = {},
): FixedFamily {
  const series = () => {
    const value = read();
    return value === undefined ? [] : [{ labels, value }];
  };
  return { type, name, help, labelNames: Object.keys(labels), series };
}

function seriesOf<T extends object>(labelNames: readonly string[], make: () => T) {
  const all = new Map<string, T & { labels: Labels }>();
  return {
    series: () => all.values(),
    at(values: readonly string[]): T {
      const key = values.join("\n");
      let one = all.get(key);
      if (one === undefined) {
        one = { labels: Object.fromEntries(labelNames.map((name, i) => [name, values[i]!])), ...make() };
        all.set(key, one);
      }
      return one;
    },
  };
}
