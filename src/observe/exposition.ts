// Families that have series for each job or provider, and their Prometheus text: written here, since a library takes
// ten times as long. Series keep their labels as finished text, so that 100,000 of them are written in tens of
// milliseconds.

import { cumulative, type Distribution, emptyDistribution, observe } from "./distribution.ts";

/** A family of series under one name. */
interface Family {
  /** Appends its text, header lines included; nothing while it has no series. */
  write(out: string[]): void;
}

/** Only goes up. */
interface Counter extends Family {
  /** `values` in the order of the label names. */
  add(values: readonly string[], by: number): void;
  /** Drops the series whose first label is not kept. */
  prune(isKept: (firstLabel: string) => boolean): void;
}

/** Observations in buckets. */
interface Histogram extends Family {
  /** `values` in the order of the label names. */
  observe(values: readonly string[], value: number): void;
}

interface Series {
  first: string;
  labels: string;
  value: number;
}

/** A counter; `name` ends in `_total` by convention. */
export function counter(name: string, help: string, labelNames: readonly string[]): Counter {
  const series = new Map<string, Series>();
  return {
    add(values, by) {
      const labels = labelText(labelNames, values);
      const known = series.get(labels);
      if (known !== undefined) known.value += by;
      else series.set(labels, { first: values[0] ?? "", labels, value: by });
    },
    write(out) {
      if (series.size === 0) return;
      out.push(header(name, help, "counter"));
      for (const { labels, value } of series.values()) out.push(line(name, labels, value));
    },
    prune(isKept) {
      for (const [key, { first }] of series) {
        if (!isKept(first)) series.delete(key);
      }
    },
  };
}

/**
 * The text of a gauge, written straight from what `each` hands over: finished labels (see `labelText`) and a value,
 * null for none. Empty without any value.
 */
export function gaugeText(
  name: string,
  help: string,
  each: (write: (labels: string, value: number | null) => void) => void,
): string {
  const lines: string[] = [];
  each((labels, value) => {
    if (value !== null) lines.push(line(name, labels, value));
  });
  return lines.length === 0 ? "" : header(name, help, "gauge") + lines.join("");
}

/** A histogram with the given upper bounds, ascending; `+Inf` is added. */
export function histogram(
  name: string,
  help: string,
  labelNames: readonly string[],
  bounds: readonly number[],
): Histogram {
  const series = new Map<string, Distribution>();
  return {
    observe(values, value) {
      const labels = labelText(labelNames, values);
      let known = series.get(labels);
      if (known === undefined) series.set(labels, known = emptyDistribution(bounds));
      observe(known, bounds, value);
    },
    write(out) {
      if (series.size === 0) return;
      out.push(header(name, help, "histogram"));
      for (const [labels, one] of series) {
        const before = labels === "" ? "" : `${labels},`;
        const buckets = cumulative(one, bounds);
        for (const { le, count } of buckets) out.push(line(`${name}_bucket`, `${before}le="${le}"`, count));
        out.push(line(`${name}_sum`, labels, one.sum), line(`${name}_count`, labels, buckets.at(-1)!.count));
      }
    },
  };
}

function header(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: string, value: number): string {
  return labels === "" ? `${name} ${numberText(value)}\n` : `${name}{${labels}} ${numberText(value)}\n`;
}

function numberText(value: number): string {
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}

/** Labels as they stand between braces, values escaped. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  let text = "";
  for (let i = 0; i < names.length; i++) {
    text += `${i === 0 ? "" : ","}${names[i]}="${escapeLabel(values[i] ?? "")}"`;
  }
  return text;
}

function escapeLabel(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
