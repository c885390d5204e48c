// A command that is declared alone is the same as among all the others, and so is the help of the program without them.
// Also tests root_help.ts, jobs_group.ts and backups_group.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "commander";
import { ALONE } from "../../src/cli/one_command.ts";
import { buildProgram, main } from "../../src/cli/program.ts";
import { ROOTS } from "../../src/cli/terminal/roots.ts";
import { fakeHost } from "../support/fake_host.ts";

function program(...args: string[]): Promise<Command> {
  return buildProgram({ host: fakeHost(), roots: ROOTS, finish: () => {} }, args);
}

/** All that a command says of itself and of those below it. */
function told(command: Command): unknown {
  return { help: command.helpInformation(), below: command.commands.map(told) };
}

test("each command that is declared alone says what it says among all the others", async () => {
  const whole = await program();
  for (const name of ALONE) {
    const alone = await program(name);
    const one = alone.commands.find((command) => command.name() === name);
    const among = whole.commands.find((command) => command.name() === name);
    assert.ok(one !== undefined && among !== undefined, name);
    assert.deepEqual(told(one), told(among), name);
    assert.ok(alone.commands.length < 3, `${name}: declared ${alone.commands.length} commands`);
  }
});

test("what is no such name is looked up among all commands", async () => {
  for (
    const args of [[], ["retention", "show"], ["help"], ["--help", "x"], ["constructor"], ["runn"], [
      "--config",
      "x",
      "run",
    ]]
  ) {
    assert.ok((await program(...args)).commands.length > 20, args.join(" "));
  }
  const host = fakeHost();
  assert.equal(await main(["runn"], host), 2);
});

test("the help of the program is the same whether its commands are loaded for it or not", async () => {
  const whole = await program();
  for (const args of ["--help", "-h"]) {
    const quick = await program(args);
    assert.equal(
      quick.helpInformation(),
      whole.helpInformation(),
      "a change of a command's words goes into root_help.ts too",
    );
    assert.ok(quick.commands.every((command) => command.options.length === 0), "nothing was loaded");
    const host = fakeHost();
    assert.equal(await main([args], host), 0);
    assert.match(host.out(), /Smallest use:/);
  }
});
