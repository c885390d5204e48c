// The one file that knows prom-client: the families of few series become a registry of its own, and text. Loading the
// library takes longer than a whole scrape, so that whoever wants no metrics never does.

import { type Metric, Registry } from "prom-client";
import { cumulative } from "./distribution.ts";
import type { FixedFamily } from "./fixed_families.ts";

/** One line of the text. */
interface Sample {
  /** Where it is not the family's. */
  metricName?: string;
  labels: Record<string, string>;
  value: number;
}

/** A registry that asks the families again at each `render`, which answers Prometheus' text. */
export function createRegistry(families: readonly FixedFamily[]): { render(): Promise<string> } {
  const registry = new Registry();
  for (const family of families) registry.registerMetric(metricOf(family));
  return { render: () => registry.metrics() };
}

/**
 * What a registry asks of a metric: its name, and all of it by `get`. The library's own metrics count for themselves;
 * a histogram could not be handed what was counted before there was one, nor could a gauge have no value.
 */
function metricOf(family: FixedFamily): Metric {
  const { type, name, help } = family;
  const get = () => Promise.resolve({ type, name, help, aggregator: "sum", values: samplesOf(family) });
  return { name, get } as unknown as Metric;
}

function samplesOf(family: FixedFamily): Sample[] {
  if (family.type !== "histogram") return [...family.series()];
  const { name, bounds } = family;
  return Array.from(family.series(), ({ labels, distribution }) => {
    const buckets = cumulative(distribution, bounds);
    return [
      ...buckets.map(({ le, count }) => ({
        metricName: `${name}_bucket`,
        labels: { ...labels, le },
        value: count,
      })),
      { metricName: `${name}_sum`, labels, value: distribution.sum },
      { metricName: `${name}_count`, labels, value: buckets.at(-1)!.count },
    ];
  }).flat();
}
