// Counters, gauges and histograms, and their Prometheus text.
// Series keep their labels as finished text, so that 100,000 of them are written in tens of milliseconds.

/** A family of series under one name. */
export interface Family {
  /** Appends its text, header lines included; nothing while it has no series. */
  write(out: string[]): void;
  /** Drops the series whose first label is not kept: for families that begin with `job`. */
  prune(isKept: (firstLabel: string) => boolean): void;
}

/** Only goes up. */
export interface Counter extends Family {
  /** `values` in the order of the label names. */
  add(values: readonly string[], by: number): void;
}

/** Observations in buckets. */
export interface Histogram extends Family {
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
    prune: (isKept) => drop(series, isKept),
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
  const series = new Map<string, Series & { counts: number[] }>();
  return {
    observe(values, value) {
      const labels = labelText(labelNames, values);
      let known = series.get(labels);
      if (known === undefined) {
        known = { first: values[0] ?? "", labels, value: 0, counts: new Array(bounds.length + 1).fill(0) };
        series.set(labels, known);
      }
      known.value += value;
      const index = bounds.findIndex((bound) => value <= bound);
      known.counts[index < 0 ? bounds.length : index]!++;
    },
    write(out) {
      if (series.size === 0) return;
      out.push(header(name, help, "histogram"));
      for (const { labels, value, counts } of series.values()) {
        const before = labels === "" ? "" : `${labels},`;
        let total = 0;
        counts.forEach((count, i) => {
          total += count;
          out.push(line(`${name}_bucket`, `${before}le="${i < bounds.length ? bounds[i] : "+Inf"}"`, total));
        });
        out.push(line(`${name}_sum`, labels, value), line(`${name}_count`, labels, total));
      }
    },
    prune: (isKept) => drop(series, isKept),
  };
}

function drop(series: Map<string, Series>, isKept: (firstLabel: string) => boolean): void {
  for (const [key, { first }] of series) {
    if (!isKept(first)) series.delete(key);
  }
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
