// Every command that a message, a page or an alert advises is one that the program understands.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Command, CommanderError } from "commander";
import { buildProgram } from "../../src/cli/program.ts";
import { ROOTS } from "../../src/cli/terminal/roots.ts";
import { fakeHost } from "../support/fake_host.ts";

const PROJECT = `${import.meta.dirname}/../..`;
/** What is advised stands between backticks or single quotes. */
const ADVICE = /(?:`|'|\\`)schelly ([a-z][^`'\n\\]*)/g;

test("every command that is advised anywhere is one, with arguments and options that it takes", async () => {
  const program = await buildProgram({ host: fakeHost(), roots: ROOTS, finish: () => {} });
  onlyParse(program);
  const wrong: string[] = [];
  let seen = 0;
  for (const file of texts()) {
    for (const [, words] of readFileSync(`${PROJECT}/${file}`, "utf8").matchAll(ADVICE)) {
      seen++;
      const args = argsOf(words!);
      const why = await whyNot(program, args);
      if (why !== null) wrong.push(`${file}: schelly ${args.join(" ")}: ${why}`);
    }
  }
  assert.ok(seen > 300, `${seen} were looked at`);
  assert.deepEqual(wrong, []);
});

function texts(): string[] {
  const below = (folder: string, end: RegExp) =>
    readdirSync(`${PROJECT}/${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => end.test(name)).map((name) => `${folder}/${name}`);
  return [
    "README.md",
    ...below("src", /\.ts$/),
    ...below("docs", /\.md$/),
    ...below("deploy", /\.(md|ya?ml|service|sh)$/),
  ];
}

/** The words as a shell would part them, with something in the place of what is filled in. */
function argsOf(words: string): string[] {
  const filled = words.replaceAll(/(?<=\S)\$\{[^}]*\}?/g, "").replaceAll(/\$\{[^}]*\}?|\{\{[^}]*\}\}/g, "x");
  const [command] = filled.split(/\s(?:[|&>#(]|2>)|[;,:]\s|…/);
  return [...command!.matchAll(/"([^"]*)"?|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

function onlyParse(command: Command): void {
  command.exitOverride().configureOutput({ writeOut() {}, writeErr() {}, outputError() {} });
  if (command.commands.length === 0) command.action(() => {});
  command.commands.forEach(onlyParse);
}

/** What only a part of a command leaves out is not wrong, and what stands for a value need not be one. */
async function whyNot(program: Command, args: string[]): Promise<string | null> {
  try {
    await program.parseAsync(args, { from: "user" });
    return null;
  } catch (error) {
    const { code, message } = error as CommanderError;
    const isPart = [
      "commander.missingArgument",
      "commander.helpDisplayed",
      "commander.optionMissingArgument",
    ];
    if (isPart.includes(code) || code === "commander.help") return null;
    if (/argument '[A-Zx]|unknown command 'x'/.test(message)) return null;
    // The name of a command alone, without anything that it is to do.
    const isName = args.every((word) => /^[a-z]+$/.test(word));
    if (isName && code === "commander.missingMandatoryOptionValue") return null;
    return message;
  }
}
