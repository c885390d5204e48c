// How answers look on a terminal: aligned tables, relative times, colour only where a person reads.

import { hasColour } from "../../observe/colour.ts";
import { type Tone, toneOf } from "./tones.ts";
import { clean, STEERING } from "../../domain/steering.ts";
import type { Host } from "../../ports/host.ts";
import { type Ruler, rulerFor, startOf } from "./columns.ts";

type Paint = (text: string) => string;

/** A cell of a table: plain text, or text with a colour that does not count for its width. */
export type Cell = string | { text: string; paint: Paint };

/** Writes a command's results: data to stdout, everything else to stderr. */
export interface Display {
  /** One line of data. */
  print(line: string): void;
  /** The same of parts, some of them in colour, with nothing between them. */
  say(...parts: readonly Cell[]): void;
  /** One line beside the data. */
  note(line: string): void;
  json(value: unknown): void;
  /** A table under its titles, or `empty` on stderr when there are no rows. */
  table(titles: readonly string[], rows: readonly (readonly Cell[])[], empty: string): Promise<void>;
  /** `name  value` lines; absent values show as `-`. */
  fields(pairs: readonly (readonly [string, Cell | null | undefined])[]): Promise<void>;
  /** Relative on a terminal, as it came elsewhere; `-` for none. */
  time(iso: string | null | undefined): string;
  /** The instant with its distance from now; on a terminal by the reader's own clock, to the second. */
  longTime(iso: string | null | undefined): string;
  /** A status word in its colour. */
  status(word: string): Cell;
  /** A text in the colour of what it tells. */
  toned(tone: Tone, text: string): Cell;
  strong: Paint;
}

/**
 * The display for this host's terminal, in colours where `hasColour` says so.
 * `utc`: instants are shown in UTC.
 */
export function displayOf(
  host: Pick<Host, "terminal" | "env" | "clock">,
  { utc = false }: { utc?: boolean } = {},
): Display {
  const { terminal, env, clock } = host;
  const colour = hasColour(terminal.outIsTty, env);
  const paint = (code: number): Paint => (text) => colour ? `\x1b[${code}m${text}\x1b[0m` : text;
  const strong = paint(1);
  const paints: Record<Tone, Paint> = {
    good: paint(32),
    bad: paint(31),
    care: paint(33),
    plain: (text) => text,
  };
  const toned = (tone: Tone, text: string): Cell => tone === "plain" ? text : { text, paint: paints[tone] };
  const print = (line: string) => terminal.out(`${line}\n`);
  const note = (line: string) => terminal.err(`${clean(line)}\n`);
  const width = terminal.outIsTty ? terminal.columns : Infinity;
  return {
    print: (line) => print(clean(line)),
    say: (...parts) => print(parts.map((part) => painted(part, textOf(part))).join("")),
    note,
    json: (value) => terminal.out(`${jsonText(value, 2)}\n`),
    async table(titles, rows, empty) {
      if (rows.length === 0) return note(empty);
      const head = titles.map((title) => ({ text: title, paint: strong }));
      for (const line of await layout([head, ...rows], width)) print(line);
    },
    async fields(pairs) {
      const rows = pairs.map(([name, value]) => [{ text: name, paint: strong }, value || "-"]);
      for (const line of await layout(rows, Infinity)) print(line);
    },
    time: (iso) => {
      if (!iso) return "-";
      return terminal.outIsTty && !Number.isNaN(Date.parse(iso))
        ? relative(Date.parse(iso), clock.now())
        : iso;
    },
    longTime: (iso) => {
      if (!iso) return "-";
      const at = Date.parse(iso);
      if (Number.isNaN(at)) return iso;
      const shown = terminal.outIsTty ? localTime(at, utc ? "UTC" : env.TZ) : iso;
      return `${shown} (${relative(at, clock.now())})`;
    },
    status: (word) => toned(toneOf(word), word),
    toned,
    strong,
  };
}

/**
 * Pads cells to columns two spaces apart, without spaces at the end of a line.
 * When a line is wider than `width`, its last cell is cut with `…`.
 */
export async function layout(rows: readonly (readonly Cell[])[], width: number): Promise<string[]> {
  const texts = rows.map((row) => row.map(textOf));
  const ruler = await rulerFor(texts.flat());
  const widths: number[] = [];
  for (const row of texts) {
    row.forEach((text, column) => widths[column] = Math.max(widths[column] ?? 0, ruler.widthOf(text)));
  }
  return texts.map((row, y) => {
    let line = "";
    let used = 0;
    row.forEach((text, x) => {
      const last = x === row.length - 1;
      line += painted(rows[y]![x]!, last ? cut(text, width - used, ruler) : text);
      if (!last) line += " ".repeat(widths[x]! - ruler.widthOf(text) + 2);
      used += widths[x]! + 2;
    });
    return line.trimEnd();
  });
}

/** A line that stands alone: its cells two spaces apart. */
export function lineOf(cells: readonly Cell[]): string {
  return cells.map((cell) => painted(cell, textOf(cell))).join("  ").trimEnd();
}

function textOf(cell: Cell): string {
  return clean(typeof cell === "string" ? cell : cell.text);
}

function painted(cell: Cell, shown: string): string {
  return typeof cell === "string" || shown === "" ? shown : cell.paint(shown);
}

/** `Fri 27 Nov 2026, 22:22:16 CET`; by the machine's own zone where `timezone` names none that is known. */
export function localTime(at: number, timezone: string | undefined): string {
  const zone = timezone?.replace(/^:/, "");
  const format = (timeZone: string | undefined) =>
    new Intl.DateTimeFormat("en-GB", {
      timeZone,
      ...{ weekday: "short", day: "numeric", month: "short", year: "numeric" },
      ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
    }).format(at).replace(/^(\w+), /, "$1 ");
  try {
    return format(zone || undefined);
  } catch {
    return format(undefined);
  }
}

/** `12s ago`, `in 3h`, `5d ago`: the largest whole unit. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < 1000) return "now";
  const text = span(distance);
  return at > now ? `in ${text}` : `${text} ago`;
}

/** A length of time in its largest unit; two units where the second one says much. */
export function span(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 10 && minutes % 60 > 0) return `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 730 ? `${days}d` : `${Math.floor(days / 365)}y`;
}

/** JSON that means the same and is safe for a terminal: what could steer it is written `\uXXXX`. */
export function jsonText(value: unknown, indent = 0): string {
  // Line ends stand between values only, never bare within one.
  return JSON.stringify(value, null, indent).replace(
    STEERING,
    (found) => found === "\n" ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function cut(text: string, room: number, ruler: Ruler): string {
  if (ruler.widthOf(text) <= room) return text;
  // A column too narrow to say anything is shown whole: wrapping is better than hiding.
  return room < 8 ? text : `${startOf(text, room - 1, ruler)}…`;
}
