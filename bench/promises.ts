// What benches found of the design's promises, for the one table that is printed when all have run. Each runs in a process
// of its own: what it found goes through a file.

/** One promise, and what became of it in this run. */
export interface Promised {
  what: string;
  promised: string;
  /** With the ratio to what was measured beside it. */
  measured: string;
  /** Null where only part of it was measured, and that part was kept. */
  isMet: boolean | null;
}

/** Where they go; a bench that runs alone has no table. */
const FILE = Deno.env.get("SCHELLY_BENCH_TABLE");

/** Adds a row to the table. */
export function found(row: Promised): void {
  if (FILE === undefined) return;
  Deno.writeTextFileSync(FILE, `${JSON.stringify(row)}\n`, { append: true });
}

/** The rows that a file holds. */
export function readFound(path: string): Promised[] {
  const text = Deno.readTextFileSync(path);
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The table, with a line for each row. */
export function tableOf(rows: readonly Promised[]): string {
  const cells = [["what", "promised", "measured", ""]].concat(
    rows.map(({ what, promised, measured, isMet }) => [
      what,
      promised,
      measured,
      isMet === null ? "met in part" : isMet ? "met" : "MISSED",
    ]),
  );
  const widths = [0, 1, 2].map((at) => Math.max(...cells.map((row) => row[at]!.length)));
  return cells.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ").trimEnd()).join(
    "\n",
  );
}
