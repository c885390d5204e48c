// Draws what a terminal showed as an SVG that types the commands once and then stands still.

/** One command line and everything that appeared below it, with the colours of the terminal in it. */
export interface Step {
  command: string;
  seen: string;
}

/** A run of characters of one style, by its column. */
interface Run {
  column: number;
  text: string;
  style: string;
}

const FONT_SIZE = 13;
const COLUMN = 7.8;
const LINE = 18;
const MARGIN = 16;
const BAR = 30;
const KEY_SECONDS = 0.035;
/** From the last key to the answer, and from the answer to the next command. */
const ANSWER_SECONDS = 0.4;
const READ_SECONDS = 2.2;
const STYLES: Readonly<Record<string, string>> = { 1: "strong", 31: "red", 32: "green", 33: "yellow" };

/**
 * The picture, always the same for the same steps. Lines longer than `columns` go on in the next one, as in a terminal.
 * Where nothing moves, because it is not wanted or not known how, all of it is there at once.
 */
export function terminalSvg(title: string, steps: readonly Step[], columns: number): string {
  const width = Math.ceil(columns * COLUMN + 2 * MARGIN);
  const groups: string[] = [];
  let row = 0;
  let at = 0;
  const draw = (...runs: Run[]) => {
    const y = BAR + MARGIN + row * LINE + FONT_SIZE;
    return runs.map((run) => textOf(run, y)).join("");
  };
  for (const [index, { command, seen }] of steps.entries()) {
    // The first step is there from the beginning: nobody is to look at an empty screen.
    const group = (inside: string) =>
      index === 0 ? inside : `<g class="later" style="animation-delay:${round(at)}s">${inside}</g>`;
    const words = draw({ column: 2, text: command, style: "strong" });
    const seconds = command.length * KEY_SECONDS;
    const typing = `animation:type ${round(seconds)}s steps(${command.length}) ${round(at)}s backwards`;
    const typed = index === 0 ? words : `<g class="typed" style="${typing}">${words}</g>`;
    groups.push(group(draw({ column: 0, text: "$", style: "prompt" }) + typed));
    row++;
    if (index > 0) at += seconds + ANSWER_SECONDS;
    const lines: string[] = [];
    for (const runs of linesOf(seen, columns)) {
      lines.push(draw(...runs));
      row++;
    }
    groups.push(group(lines.filter((line) => line !== "").join("\n")));
    at += READ_SECONDS;
    row++;
  }
  const height = BAR + 2 * MARGIN + (row - 1) * LINE;
  const lights = ["#ff5f57", "#febc2e", "#28c840"].map((fill, i) =>
    `<circle cx="${20 + i * 18}" cy="${BAR / 2}" r="5" fill="${fill}"/>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
text { font: ${FONT_SIZE}px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #d6dae2; white-space: pre }
.strong { font-weight: bold; fill: #ffffff }
.prompt { fill: #8a93a5 }
.red { fill: #ff7b72 }
.green { fill: #6fdd8b }
.yellow { fill: #f2cc60 }
.later { animation: appear 1ms backwards }
@keyframes appear { from { opacity: 0 } }
@keyframes type { from { clip-path: inset(0 100% 0 0) } to { clip-path: inset(0 0 0 0) } }
@media (prefers-reduced-motion: reduce) { .later, .typed { animation: none !important } }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#16191f"/>
${lights.join("")}
${groups.join("\n")}
</svg>
`;
}

/** Styled runs line by line; runs of spaces only move the column. */
function linesOf(seen: string, columns: number): Run[][] {
  const lines: Run[][] = [[]];
  let style = "";
  let column = 0;
  const next = () => {
    lines.push([]);
    column = 0;
  };
  for (const [, code, newline, gap, word] of seen.matchAll(TOKENS)) {
    if (code !== undefined) style = STYLES[code] ?? "";
    else if (newline !== undefined) next();
    else if (gap !== undefined) column += gap.length;
    else {
      let rest = [...word!];
      while (rest.length > 0) {
        if (column >= columns) next();
        const fits = rest.slice(0, columns - column);
        rest = rest.slice(fits.length);
        lines.at(-1)!.push({ column, text: fits.join(""), style });
        column += fits.length;
      }
    }
  }
  if (lines.at(-1)!.length === 0) lines.pop();
  return lines;
}

/** A change of style, the end of a line, spaces between words of different columns or styles, other text. */
// deno-lint-ignore no-control-regex -- colours begin with one.
const TOKENS = /\x1b\[(\d+)m|(\n)|( +)|((?:[^\x1b\n ]| (?! |\x1b|\n|$))+)/g;

function textOf({ column, text, style }: Run, y: number): string {
  const x = round(MARGIN + column * COLUMN);
  const kind = style === "" ? "" : ` class="${style}"`;
  // The width is given, so that columns stand below each other whatever font there is.
  const width = round([...text].length * COLUMN);
  return `<text x="${x}" y="${y}" textLength="${width}" lengthAdjust="spacingAndGlyphs"${kind}>${
    escaped(text)
  }</text>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
