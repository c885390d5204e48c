// The words of the command line: every command is a noun and a verb, says what it does, shows an example, and calls an option
// what every other command calls it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command, Option } from "commander";
import { buildProgram } from "../../src/cli/program.ts";
import { ROOTS } from "../../src/cli/terminal/roots.ts";
import { fakeHost } from "../support/fake_host.ts";

/** What is done with a noun. */
const VERBS = words(
  "show list check diff validate test verify explain browse hold release delete accept reject import restore unlock",
  "trigger pause resume put remove forget cancel run approve eval derive lint next snapshot compact serve mock hash trust",
);
/** Each prints the one thing of that name. */
const THINGS = words("days logs file head schema unit");
/** Of one word each, since the whole installation is meant, or because everybody looks for them there. */
const WHOLE = words(
  "run init reload healthcheck status report recovery-sheet ui migrate import-config freeze unfreeze forecast plan coverage events man",
  "version",
);
/** A verb before its noun, as published; it stays beside the other order. */
const PUBLISHED = ["validate config"];
/** Their last word is a kind. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  completion: words("bash zsh fish"),
  "provider serve": words("restic command backy2 conductor"),
};
/** First words of what a command says that it does. */
const IMPERATIVES = new Set(words(
  "ask back check compare copy create delete derive end explain foresee freeze get give hash keep let list make point print",
  "prove put read run say send serve show start stop take try verify work write",
));
/** What a command is given to do, not asked to tell. */
const CHANGES = new Set([
  ...words("delete import restore unlock put remove serve mock hash trust test run forget snapshot compact"),
]);
/** Each prints one text in a language of its own. */
const TEXTS = new Set(
  words("man ui recovery-sheet import-config", "init").concat(
    [
      "jobs file",
      "config schema",
      "systemd unit",
      "completion bash",
      "completion zsh",
      "completion fish",
      "state forget",
    ],
  ),
);
/** Options whose name has another value somewhere, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "run --state <url>":
    "SCHELLY_STATE_URL: where the state is to be, also on a server; elsewhere it is a file to read",
  "backups browse --after <name>": "entries of a folder have names and no numbers",
  "provider test --only <check...>": "beside --skip: names of checks",
  "provider test --skip <check...>": "beside --only: names of checks",
  "provider serve command --list <command>": "the protocol's word for what the program does",
};

function words(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(" "));
}

interface Leaf {
  path: string;
  command: Command;
}

async function tree(): Promise<{ groups: Leaf[]; leaves: Leaf[] }> {
  const program = await buildProgram({ host: fakeHost(), roots: ROOTS, finish() {} });
  const found = { groups: [] as Leaf[], leaves: [] as Leaf[] };
  const walk = (command: Command, names: string[]) => {
    // What only shells call stands in no help.
    for (const child of command.createHelp().visibleCommands(command)) {
      if (child.name() === "help") continue;
      const path = [...names, child.name()];
      found[child.commands.length > 0 ? "groups" : "leaves"].push({ path: path.join(" "), command: child });
      walk(child, path);
    }
  };
  walk(program, []);
  assert.ok(found.leaves.length > 70, `${found.leaves.length}`);
  return found;
}

test("every command is a noun and a verb, or one of the words for the whole", async () => {
  const { leaves } = await tree();
  const odd = leaves.map(({ path }) => path).filter((path) => {
    const names = path.split(" ");
    if (names.length === 1) return !WHOLE.includes(path);
    const [last, before] = [names.at(-1)!, names.slice(0, -1).join(" ")];
    if (PUBLISHED.includes(path) || KINDS[before]?.includes(last)) return false;
    return names.length > 2 || !(VERBS.includes(last) || THINGS.includes(last));
  });
  assert.deepEqual(odd, []);
  const used = new Set(leaves.flatMap(({ path }) => path.split(" ")));
  assert.deepEqual(
    [...VERBS, ...THINGS, ...WHOLE].filter((word) => !used.has(word)),
    [],
    "a verb that nobody uses",
  );
});

test("every command says in the imperative what it does, in one line without a full stop", async () => {
  const { groups, leaves } = await tree();
  const odd = [...groups, ...leaves].filter(({ command }) => {
    const says = command.description();
    const first = /^[a-z]+/.exec(says)?.[0] ?? "";
    return !IMPERATIVES.has(first) || says.includes("\n") || says.endsWith(".") || says.length > 110;
  });
  assert.deepEqual(odd.map(({ path, command }) => `${path}: ${command.description()}`), []);
});

test("every command shows an example, which begins with the command", async () => {
  const { leaves } = await tree();
  for (const { path, command } of leaves) {
    let help = "";
    command.configureOutput({ writeOut: (text) => help += text });
    command.outputHelp();
    assert.match(help, /\nExamples?:\n {2}/, path);
    assert.ok(help.slice(help.lastIndexOf("\nExample")).includes(path), `${path}: ${help}`);
  }
});

test("every argument and option says what it is, and an option is the same everywhere", async () => {
  const { leaves } = await tree();
  const forms = new Map<string, Map<string, string[]>>();
  for (const { path, command } of leaves) {
    for (const argument of command.registeredArguments) {
      assert.notEqual(argument.description, "", `${path} ${argument.name()}`);
    }
    for (const option of visible(command)) {
      assert.notEqual(option.description, "", `${path} ${option.flags}`);
      assert.match(option.long ?? "", /^--[a-z][a-z0-9-]*$/, `${path} ${option.flags}`);
      if (Object.hasOwn(OTHERWISE, `${path} ${option.flags}`)) continue;
      const found = forms.get(option.long!) ?? new Map<string, string[]>();
      found.set(option.flags, [...found.get(option.flags) ?? [], path]);
      forms.set(option.long!, found);
    }
  }
  const odd = [...forms].filter(([, found]) => found.size > 1)
    .map(([name, found]) =>
      `${name}: ${[...found].map(([flags, paths]) => `${flags} in ${paths}`).join("; ")}`
    );
  assert.deepEqual(odd, []);
  const shorts = new Map(
    [...forms].flatMap(([name, found]) =>
      [...found.keys()].flatMap((flags) => /^-\w\b/.exec(flags)?.[0] ?? []).map((short) =>
        [short, name] as const
      )
    ),
  );
  assert.equal(new Set(shorts.values()).size, shorts.size, "a short option is one option everywhere");
  const gone = Object.keys(OTHERWISE).filter((words) =>
    !leaves.some(({ path, command }) => visible(command).some(({ flags }) => words === `${path} ${flags}`))
  );
  assert.deepEqual(gone, [], "an exception that is none any more");
});

test("the options that commands share say the same in each", async () => {
  const { leaves } = await tree();
  for (
    const name of [
      "--json",
      "--yes",
      "--utc",
      "--server",
      "--socket",
      "--no-secrets",
    ]
  ) {
    // The server itself says where its own door is.
    const said = new Set(
      leaves.filter(({ path }) => path !== "run").flatMap(({ command }) =>
        visible(command).filter(({ long }) => long === name).map(({ description }) => description)
      ),
    );
    assert.equal(said.size, 1, `${name}: ${[...said].join(" | ")}`);
  }
});

test("every command that tells something takes --json", async () => {
  const { leaves } = await tree();
  const without = leaves.filter(({ path, command }) => {
    const last = path.split(" ").at(-1)!;
    const isAsked = !CHANGES.has(last) && !TEXTS.has(path) && !path.startsWith("provider ");
    return isAsked && !command.options.some(({ long }) => long === "--json");
  });
  assert.deepEqual(without.map(({ path }) => path), []);
});

/** Old names of options are understood, and shown nowhere. */
function visible(command: Command): Option[] {
  return command.options.filter(({ hidden }) => !hidden);
}
