// `schelly man`: the manual pages, one for the program and one for each command, made from the command tree.

import type { Command } from "commander";
import type { Host } from "../ports/host.ts";
import { commandTree, type ShownCommand } from "./command_tree.ts";
import { EXIT, EXIT_WORDS, Failure } from "./terminal/exit.ts";
import { commandsMeant, meantText } from "./near_commands.ts";
import { type Context, example } from "./terminal/options.ts";
import { displayOf } from "./terminal/render.ts";
import { counted } from "../domain/count_text.ts";

/** Declares the command. */
export function addMan(program: Command, { host, finish }: Context): void {
  const man = program.command("man").description("print the manual page of the program, or of one command")
    .argument("[command...]", "words of a command, such as jobs list")
    .option("--to <folder>", "write the pages of the program and of every command into this folder");
  example(
    man,
    "schelly man | man -l -",
    "schelly man jobs trigger | man -l -",
    "schelly man --to /usr/local/share/man/man1",
  );
  man.action(async (words: string[], options: { to?: string }) =>
    finish(await printManual(commandTree(program), words, options.to, host))
  );
}

async function printManual(
  tree: readonly ShownCommand[],
  words: readonly string[],
  to: string | undefined,
  host: Host,
): Promise<number> {
  if (to !== undefined) return await writeAll(tree, words, to, host);
  const wanted = words.join(" ");
  const found = tree.find(({ path }) => path.join(" ") === wanted);
  if (found === undefined) {
    const commands = tree.map(({ path }) => path).filter((path) => path.length > 0);
    const meant = words.length === 0 ? [] : commandsMeant(words.at(-1)!, words.slice(0, -1), commands);
    const help = meant.length === 0 ? "see `schelly --help` for those there are" : meantText(meant);
    throw new Failure(EXIT.usage, `There is no command '${wanted}': ${help}`);
  }
  host.terminal.out(pageOf(found, tree, host));
  // What a pager needs, a terminal as its own input and output, no process that is started here has.
  if (host.terminal.outIsTty) {
    const command = ["schelly man", ...words].join(" ");
    displayOf(host).note(`This is the source of the page; to read it: ${command} | man -l -`);
  }
  return EXIT.ok;
}

async function writeAll(
  tree: readonly ShownCommand[],
  words: readonly string[],
  folder: string,
  host: Host,
): Promise<number> {
  if (words.length > 0) {
    throw new Failure(EXIT.usage, "Cannot write one page with --to, which writes all: leave out the command");
  }
  await host.files.makeFolder(folder, 0o755);
  for (const command of tree) {
    await host.files.writeText(`${folder}/${nameOf(command)}.1`, pageOf(command, tree, host), 0o644);
  }
  displayOf(host).note(`${counted(tree.length, "page")} in ${folder}.`);
  return EXIT.ok;
}

/** The page in the language of man(7). */
function pageOf(command: ShownCommand, tree: readonly ShownCommand[], { version }: Host): string {
  const isProgram = command.path.length === 0;
  const name = nameOf(command);
  const lines = [
    `.TH ${roff(name.toUpperCase())} 1 "" "schelly ${version.version}" "Schelly"`,
    ".SH NAME",
    `${roff(name)} \\- ${isProgram ? "a backup scheduler" : roff(command.description)}`,
    ".SH SYNOPSIS",
    `.B ${roff(["schelly", ...command.path].join(" "))}`,
    roff(isProgram ? "command [options]" : command.usage),
    ...(isProgram ? [".SH DESCRIPTION", roff(command.description)] : []),
    ...section("ARGUMENTS", command.arguments.map(({ term, description }) => [term, description])),
    ...section("COMMANDS", commandsBelow(command, tree)),
    ...section("OPTIONS", command.options.map(({ flags, description }) => [flags, description])),
    ...examples(command),
    ...(isProgram ? ABOUT : []),
    ...section("EXIT STATUS", EXIT_WORDS.map(([code, says]) => [String(code), says])),
    ".SH SEE ALSO",
    neighbours(command, tree).map((one) => `.BR ${roff(one)} (1)`).join(",\n"),
  ];
  return `${lines.join("\n")}\n`;
}

/** Those that do something; of the program all of them. */
function commandsBelow({ path }: ShownCommand, tree: readonly ShownCommand[]): [string, string][] {
  return tree.filter((one) =>
    one.children.length === 0 && one.path.length > path.length &&
    path.every((word, at) => one.path[at] === word)
  ).map((one) => [`schelly ${one.path.join(" ")} ${one.usage}`, one.description]);
}

/** The group that a command belongs to, and the others of it. */
function neighbours(command: ShownCommand, tree: readonly ShownCommand[]): string[] {
  const above = command.path.slice(0, -1).join(" ");
  const near = tree.filter((one) =>
    one !== command &&
    (one.path.join(" ") === above || (one.path.length > 0 && one.path.slice(0, -1).join(" ") === above))
  );
  const below = tree.filter(({ path }) => path.length === 1);
  const isTop = command.path.length < 2;
  return isTop && command.path.length > 0
    ? ["schelly"]
    : (command.path.length === 0 ? below : near).map(nameOf);
}

const ABOUT: readonly string[] = [
  ...section("FILES", [
    ["./schelly.yaml, /etc/schelly/schelly.yaml", "The configuration, where none is named."],
    ["/var/lib/schelly/schelly.db", "The state, where the configuration names no other place."],
    ["/run/schelly/schelly.sock", "The socket of the server; who may open it is admin."],
  ]),
  ...section("ENVIRONMENT", [
    ["SCHELLY_CONFIG, SCHELLY_CONFIG_YAML", "Path of the configuration, or the configuration itself."],
    ["SCHELLY_SERVER, SCHELLY_TOKEN", "The server that commands ask, and the token they send."],
    ["NO_COLOR, CLICOLOR=0, FORCE_COLOR=0", "No colours, also on a terminal."],
    ["FORCE_COLOR=1, CLICOLOR_FORCE=1", "Colours, also where no terminal is; NO_COLOR wins over them."],
  ]),
];

function examples({ examples }: ShownCommand): string[] {
  return examples.length === 0 ? [] : [".SH EXAMPLES", ".nf", ...examples.map(roff), ".fi"];
}

/** `schelly-jobs-list`. */
function nameOf({ path }: ShownCommand): string {
  return ["schelly", ...path].join("-");
}

function section(title: string, entries: readonly (readonly [term: string, text: string])[]): string[] {
  if (entries.length === 0) return [];
  return [`.SH ${title}`, ...entries.flatMap(([term, text]) => [".TP", `.B ${roff(term)}`, roff(text)])];
}

/** Text that roff takes literally. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("\n", " ").replace(
    /^([.'])/,
    "\\&$1",
  );
}
