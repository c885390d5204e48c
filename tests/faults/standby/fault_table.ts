// The table of a run: each kind of fault, what happened on it, and the times.

import type { Exit } from "./instance.ts";
import type { Takeover } from "./standby_checks.ts";
import type { Played } from "./standby_world.ts";

interface Row {
  faults: number;
  onActive: number;
  /** From the fault to the takeover, and from the last renewal to it (ms). */
  tookMs: number[];
  stoodMs: number[];
  exits: Map<number, number>;
}

/** The fault that a takeover follows: the first on its holder, the server or all that was not over when it last renewed. */
export function causeOf(takeover: Takeover, played: readonly Played[]): Played | undefined {
  const renewedAt = takeover.at - takeover.stoodMost;
  const near = played.filter(({ from, until }) => from <= takeover.at && until >= renewedAt);
  return near.find(({ target }) => target === takeover.from) ??
    near.find(({ target }) => target === "server" || target === "configuration") ??
    near.find(({ onActive }) => onActive);
}

/** Lines of text, the head first. */
export function faultTable(
  played: readonly Played[],
  takeovers: readonly Takeover[],
  exits: readonly Exit[],
): string[] {
  const rows = new Map<string, Row>();
  const rowOf = (name: string): Row => {
    const row: Row = rows.get(name) ?? { faults: 0, onActive: 0, tookMs: [], stoodMs: [], exits: new Map() };
    rows.set(name, row);
    return row;
  };
  for (const { name, onActive } of played) {
    const row = rowOf(name);
    row.faults++;
    if (onActive) row.onActive++;
  }
  for (const takeover of takeovers) {
    const cause = causeOf(takeover, played);
    const row = rowOf(cause?.name ?? "(after what came before)");
    if (cause !== undefined) row.tookMs.push(takeover.at - cause.from);
    row.stoodMs.push(takeover.stoodMost);
  }
  for (const { at, name, code } of exits) {
    const cause = played.findLast(({ from, target }) => from <= at && target === name) ??
      played.findLast(({ from, target }) =>
        from <= at && (target === "server" || target === "configuration")
      );
    const row = rowOf(cause?.name ?? "(after what came before)");
    row.exits.set(code, (row.exits.get(code) ?? 0) + 1);
  }
  const cells = [[
    "fault",
    "times",
    "on active",
    "takeovers",
    "since the fault",
    "since the last renewal",
    "exits",
  ]];
  for (const [name, { faults, onActive, tookMs, stoodMs, exits }] of rows) {
    const ended = [...exits].sort(([a], [b]) => a - b).map(([code, n]) => `${n} x ${code}`).join(", ");
    const row = [name, faults, onActive, stoodMs.length, spread(tookMs), spread(stoodMs), ended || "none"];
    cells.push(row.map(String));
  }
  const widths = cells[0]!.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
  return cells.map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join("  ").trimEnd());
}

/** One line for each takeover: who, when, after what, and what else went on. */
export function takeoverLines(played: readonly Played[], takeovers: readonly Takeover[]): string[] {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return takeovers.map((takeover) => {
    const { epoch, from, to, at, stoodMost, wasReleased } = takeover;
    const began = at - stoodMost;
    const what = played.filter((one) => one.from <= at && one.until >= began)
      .map(({ name, target, from, until }) =>
        `${name} of ${target} from ${seconds(from - began)} to ${
          until === Infinity ? "now" : seconds(until - began)
        }`
      );
    const how = wasReleased ? "given back" : `${seconds(stoodMost)} after it was last renewed`;
    return `takeover: epoch ${epoch}, ${from ?? "nobody"} -> ${to}, ${how}; ${what.join(", ")}`;
  });
}

/** Median and most, in seconds. */
function spread(times: number[]): string {
  if (times.length === 0) return "-";
  const sorted = times.toSorted((a, b) => a - b);
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  return `${seconds(sorted[sorted.length >> 1]!)} s, most ${seconds(sorted.at(-1)!)} s`;
}
