// The picture of a terminal: every word in its column and colour, and all of it there where nothing moves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { terminalSvg } from "../../scripts/terminal_svg.ts";

/** Column, line and class of each text in a picture. */
function textsOf(svg: string): [column: number, line: number, kind: string, text: string][] {
  const found = [...svg.matchAll(/<text x="([\d.]+)" y="(\d+)"[^>]*?(?: class="(\w+)")?>([^<]*)<\/text>/g)];
  const [left, top] = [Number(found[0]![1]), Number(found[0]![2])];
  return found.map(([, x, y, kind, text]) => [
    Math.round((Number(x) - left) / 7.8),
    (Number(y) - top) / 18,
    kind ?? "",
    text!,
  ]);
}

test("terminalSvg() puts words into their columns, in the colours of the terminal", () => {
  const svg = terminalSvg("t", [
    { command: "a b", seen: "\x1b[1mJOB\x1b[0m    STATE\nx y  \x1b[31mfailed\x1b[0m <&>\n" },
    { command: "c", seen: "" },
  ], 40);
  assert.deepEqual(textsOf(svg), [
    [0, 0, "prompt", "$"],
    [2, 0, "strong", "a b"],
    [0, 1, "strong", "JOB"],
    [7, 1, "", "STATE"],
    [0, 2, "", "x y"],
    [5, 2, "red", "failed"],
    [12, 2, "", "&lt;&amp;&gt;"],
    [0, 4, "prompt", "$"],
    [2, 4, "strong", "c"],
  ]);
  assert.equal(terminalSvg("t", [], 40), terminalSvg("t", [], 40));
});

test("terminalSvg() goes on in the next line where a terminal would", () => {
  const svg = terminalSvg("t", [{ command: "a", seen: "0123456789ab cd\n  \x1b[33mw\x1b[0m\n" }], 10);
  assert.deepEqual(textsOf(svg).slice(2), [
    [0, 1, "", "0123456789"],
    [0, 2, "", "ab cd"],
    [2, 3, "yellow", "w"],
  ]);
});

test("terminalSvg() hides nothing but by an animation that may be switched off", () => {
  const svg = terminalSvg("t", [{ command: "a", seen: "b\n" }], 10);
  assert.doesNotMatch(svg.replaceAll(/@keyframes .*/g, ""), /opacity|visibility|display|clip-path/);
  assert.match(svg, /prefers-reduced-motion: reduce\) \{ \.later, \.typed \{ animation: none/);
});
