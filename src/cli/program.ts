// Runs one command line: the program's frame, its help, and how wrong usage ends. The commands stand in commands.ts.

import { Command, CommanderError } from "commander";
import type { Host } from "../ports/host.ts";
import { EXIT, EXIT_WORDS, report } from "./terminal/exit.ts";
import type { Context } from "./terminal/options.ts";
import { ROOTS, type Roots } from "./terminal/roots.ts";
import { declareOne } from "./one_command.ts";
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
    // Help and version are no failure; everything else that the parser refuses is wrong usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error, host, path);
  }
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
      outputError: (text, write) => write(text.replace(/^error: /, "schelly: ")),
    });
  program.addHelpText("after", SMALLEST_USE);

  if (isRootHelp(args)) declareForHelp(program);
  else if (!await declareOne(args[0], program, context)) {
    (await import("./commands.ts")).addCommands(program, context);
  }
  return program;
}
