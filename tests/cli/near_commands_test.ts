// A word that is no command names the commands that were meant, of the whole program.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commandTree } from "../../src/cli/command_tree.ts";
import { commandsMeant, meantText } from "../../src/cli/near_commands.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { ROOTS } from "../../src/cli/terminal/roots.ts";
import { fakeHost } from "../support/fake_host.ts";

const program = await buildProgram({ host: fakeHost(), roots: ROOTS, finish() {} });
const all = commandTree(program).filter(({ children }) => children.length === 0).map(({ path }) => path);

const MEANT: [typed: string, commands: string[]][] = [
  ["restore", ["backups restore", "state restore"]],
  ["list", ["jobs list", "backups list", "runs list"]],
  ["trigger", ["jobs trigger"]],
  ["snapshots", ["backups list"]],
  ["hold", ["backups hold"]],
  ["logs", ["jobs logs", "events"]],
  ["verify", ["backups verify", "audit verify"]],
  ["jobs run", ["jobs trigger"]],
  ["jobs start", ["jobs trigger"]],
  ["jobs restore", ["backups restore", "state restore"]],
  ["rm", ["backups delete"]],
  ["runs stop", ["runs cancel"]],
  ["triggers", ["jobs trigger"]],
  ["backups lst", ["backups list"]],
  ["__proto__", []],
  ["elephant", []],
];

for (const [typed, commands] of MEANT) {
  test(`commandsMeant() of: schelly ${typed}`, () => {
    const words = typed.split(" ");
    assert.deepEqual(commandsMeant(words.at(-1)!, words.slice(0, -1), all), commands);
  });
}

test("every command that another word stands for is one", () => {
  const known = new Set(all.map((path) => path.join(" ")));
  const others =
    "snapshots snapshot archives backup ls start run exec rm del remove prune logs log journal history files"
      .concat(" mount extract keep pin enable disable stop next health login").split(" ");
  for (const word of others) {
    const meant = commandsMeant(word, [], all);
    assert.ok(meant.length > 0, word);
    assert.deepEqual(meant.filter((one) => !known.has(one)), [], word);
  }
});

test("meantText() joins the commands as people do", () => {
  assert.equal(meantText(["a"]), "did you mean 'schelly a'?");
  assert.equal(meantText(["a", "b c", "d"]), "did you mean 'schelly a', 'schelly b c' or 'schelly d'?");
});
