// Families that have series for each job or provider, and their Prometheus text: written here, since a library takes
// ten times as long. Series keep their labels as finished text, so that 100,000 of them are written in tens of
// milliseconds.

import { SLICE } from "../domain/slices.ts";
import { cumulative, type Distribution, emptyDistribution, observe } from "./distribution.ts";

/** A family of series under one name. */
interface Family {
  /** Its text in pieces, header lines included; nothing while it has no series. */
  pieces(): Generator<string>;
}

/** Only goes up. */
interface Counter extends Family {
  /** `values` in the order of the label names. */
  add(values: readonly string[], by: number): void;
  /** Drops the series whose first label is not kept; yields now and then. */
  prune(isKept: (firstLabel: string) => boolean): Generator<void>;
  /**
   * Its text with those series alone whose first label is `shown`, and with the sums of all that ever were, whose first
   * label is empty.
   */
  bounded(shown: ReadonlySet<string>): Generator<string>;
}

/** Observations in buckets. */
interface Histogram extends Family {
  /** `values` in the order of the label names. */
  observe(values: readonly string[], value: number): void;
}

/** So many lines of a counter are one piece of text. */
const PIECE = 512;
const PIECE_LENGTH = 65_536;

interface Series {
  first: string;
  /** Its line up to the value. */
  before: string;
  /** The same of the sum that it belongs to. */
  beforeSum: string;
  value: number;
}

/** A counter; `name` ends in `_total` by convention. */
export function counter(name: string, help: string, labelNames: readonly string[]): Counter {
  const series = new Map<string, Series>();
  /** What dropped series had counted: a sum never falls. */
  const dropped = new Map<string, number>();
  return {
    add(values, by) {
      const labels = labelText(labelNames, values);
      const known = series.get(labels);
      if (known !== undefined) {
        known.value += by;
        return;
      }
      const first = values[0] ?? "";
      const beforeSum = beforeValue(name, labelText(labelNames, ["", ...values.slice(1)]));
      series.set(labels, { first, before: beforeValue(name, labels), beforeSum, value: by });
    },
    *pieces() {
      yield* inPieces(series.values());
    },
    *bounded(shown) {
      const sums = new Map(dropped);
      const some: Series[] = [];
      let count = 0;
      for (const one of series.values()) {
        sums.set(one.beforeSum, (sums.get(one.beforeSum) ?? 0) + one.value);
        if (one.first !== "" && shown.has(one.first)) some.push(one);
        if (++count % SLICE === 0) yield "";
      }
      yield* inPieces([...some, ...Array.from(sums, ([before, value]) => ({ before, value }))]);
    },
    *prune(isKept) {
      let count = 0;
      for (const [key, { first, beforeSum, value }] of series) {
        if (!isKept(first)) {
          series.delete(key);
          dropped.set(beforeSum, (dropped.get(beforeSum) ?? 0) + value);
        }
        if (++count % SLICE === 0) yield;
      }
    },
  };

  function* inPieces(all: Iterable<Pick<Series, "before" | "value">>): Generator<string> {
    let lines: string[] = [];
    let text = header(name, help, "counter");
    for (const { before, value } of all) {
      lines.push(`${before}${numberText(value)}\n`);
      if (lines.length < PIECE) continue;
      yield text + lines.join("");
      text = "";
      lines = [];
    }
    if (lines.length > 0) yield text + lines.join("");
  }
}

/** Takes a value under finished labels (see `labelText`); null for none. */
export type WriteValue = (labels: string, value: number | null) => void;

/** A gauge that is written row by row. */
export interface RowGauge<Row> {
  name: string;
  help: string;
  /** Adding up what it shows of all jobs says something. */
  sums?: true;
  /** It also shows jobs that are not in the configuration. */
  ofUnmanaged?: true;
  /** It also shows those that are not and that somebody has to look at. */
  ofDoubts?: true;
  /** Hands over what it shows of a row. */
  each(row: Row, write: WriteValue): void;
}

/** The lines of such a gauge for some rows, without its header; empty without any value. */
export function linesOf<Row>({ name, each }: RowGauge<Row>, rows: readonly Row[]): string {
  // Joined at once: a text that grows piece by piece holds on to each of them.
  const lines: string[] = [];
  const write: WriteValue = (labels, value) => {
    if (value !== null) lines.push(line(name, labels, value));
  };
  for (const row of rows) each(row, write);
  return lines.join("");
}

/** The header lines of such a gauge. */
export function headerOf({ name, help }: { name: string; help: string }): string {
  return header(name, help, "gauge");
}

/** The whole text of such a gauge; empty without any value. */
export function gaugeText<Row>(gauge: RowGauge<Row>, rows: readonly Row[]): string {
  const lines = linesOf(gauge, rows);
  return lines === "" ? "" : headerOf(gauge) + lines;
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
    *pieces() {
      if (series.size === 0) return;
      let piece = header(name, help, "histogram");
      for (const [labels, one] of series) {
        const before = labels === "" ? "" : `${labels},`;
        const buckets = cumulative(one, bounds);
        for (const { le, count } of buckets) piece += line(`${name}_bucket`, `${before}le="${le}"`, count);
        piece += line(`${name}_sum`, labels, one.sum) + line(`${name}_count`, labels, buckets.at(-1)!.count);
        if (piece.length < PIECE_LENGTH) continue;
        yield piece;
        piece = "";
      }
      if (piece !== "") yield piece;
    },
  };
}

function header(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: string, value: number): string {
  return `${beforeValue(name, labels)}${numberText(value)}\n`;
}

function beforeValue(name: string, labels: string): string {
  return labels === "" ? `${name} ` : `${name}{${labels}} `;
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
