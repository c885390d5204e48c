// Colours follow the terminal and the variables that people know from other programs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hasColour } from "../../src/observe/colour.ts";

test("hasColour(): NO_COLOR above all, then what forces, then the terminal", () => {
  const cases: [tty: boolean, env: Record<string, string>, colour: boolean][] = [
    [true, {}, true],
    [true, { TERM: "xterm-256color" }, true],
    [true, { TERM: "dumb" }, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { CLICOLOR: "0" }, false],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { CLICOLOR_FORCE: "0" }, true],
    [false, {}, false],
    [false, { CLICOLOR: "1" }, false],
    [false, { FORCE_COLOR: "1" }, true],
    [false, { FORCE_COLOR: "3", TERM: "dumb" }, true],
    [false, { CLICOLOR_FORCE: "1" }, true],
    [false, { CLICOLOR_FORCE: "0" }, false],
    [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    [true, { CLICOLOR_FORCE: "1", NO_COLOR: "1" }, false],
  ];
  for (const [tty, env, colour] of cases) {
    assert.equal(hasColour(tty, env), colour, JSON.stringify({ tty, env }));
  }
});
