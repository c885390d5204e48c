// Runs one command line: the program's frame, its help, and how wrong usage ends. The commands stand in commands.ts.

import { Command, CommanderError } from "commander";
import type { Host } from "../ports/host.ts";
import { EXIT, EXIT_WORDS, report } from "./terminal/exit.ts";
import type { Context } from "./terminal/options.ts";
import { ROOTS, type Roots } from "./terminal/roots.ts";
import { clean } from "../domain/steering.ts";
import { declareOne } from "./one_command.ts";
import { commandsMeant, meantText } from "./near_commands.ts";
import { declareForHelp, isRootHelp } from "./root_help.ts";
import { versionLine } from "./version.ts";

const SMALLEST_USE = `
Smallest use:
  schelly validate config schelly.yaml   check what you wrote
  schelly run --config schelly.yaml      start the server
  schelly jobs list                      ask it how the jobs do

Exit codes:
${EXIT_WORDS.map(([code, says]) => `${String(code).padStart(5)}  ${says}\n`).join("")}`;

/** Runs one command line (without the program's name) and answers its exit code; never rejects. */
export async function main(args: readonly string[], host: Host, roots: Roots = ROOTS): Promise<number> {
  let code: number = EXIT.ok;
  let path: readonly string[] = [];
  try {
    const program = await buildProgram({ host, roots, finish: (value) => code = value }, args);
    helpNamed(program, [], (words) => path = words);
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof UnknownCommand) {
      host.terminal.err(await unknownText(error, { host, roots, finish() {} }));
      return EXIT.usage;
    }
    // Help and version are no failure; everything else that the parser refuses is wrong usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error, host, path);
  }
}

/** A word that is no command of the group of `path`; the parser knows of that group alone. */
class UnknownCommand extends Error {
  constructor(readonly word: string, readonly path: readonly string[]) {
    super(`unknown command '${word}'`);
  }
}

/** What the parser says of it, and which commands of the whole program may have been meant. */
async function unknownText({ message, word, path }: UnknownCommand, context: Context): Promise<string> {
  const { commandTree } = await import("./command_tree.ts");
  const tree = commandTree(await buildProgram(context)).filter((one) => one.path.length > 0);
  // A group alone does nothing; but whoever mistypes its name means one of its commands.
  const does = tree.filter(({ children }) => children.length === 0);
  const all = (tree.some((one) => one.path.at(-1) === word) ? does : tree).map((one) => one.path);
  const meant = commandsMeant(word, path, all);
  const help = meant.length === 0 ? "" : `: ${meantText(meant)}`;
  return `schelly: ${clean(message)}${help}\nSee '${["schelly", ...path, "--help"].join(" ")}'.\n`;
}

/** An error ends with the help of the command that it is of; answers the words of the one that is run. */
function helpNamed(
  command: Command,
  path: readonly string[],
  begun: (path: readonly string[]) => void,
): void {
  const words = ["schelly", ...path, "--help"].join(" ");
  command.showHelpAfterError(`See '${words}'.`).hook("preAction", (_, action) => {
    if (action === command) begun(path);
  }).configureOutput({
    outputError(text, write) {
      const word = /^error: unknown command '(.*?)'\n/s.exec(text)?.[1];
      if (word !== undefined) throw new UnknownCommand(word, path);
      write(text.replace(/^error: /, "schelly: "));
    },
  });
  for (const child of command.commands) helpNamed(child, [...path, child.name()], begun);
}

/** The command tree; of it what `args` ask for, where that can be told at once. */
export async function buildProgram(context: Context, args: readonly string[] = []): Promise<Command> {
  const { host } = context;
  const program = new Command("schelly")
    .description("Starts backups on a schedule, keeps what the retention policy wants, deletes the rest.")
    .version(versionLine(host), "-V, --version", "print the version")
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => host.terminal.out(text),
      writeErr: (text) => host.terminal.err(text),
      getOutHelpWidth: () => host.terminal.columns,
      getErrHelpWidth: () => host.terminal.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  program.addHelpText("after", SMALLEST_USE);

  if (isRootHelp(args)) declareForHelp(program);
  else if (!await declareOne(args[0], program, context)) {
    (await import("./commands.ts")).addCommands(program, context);
  }
  return program;
}
