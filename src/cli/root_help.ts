// The help of the program itself, without its commands: what it says of each stands here a second time, so that none has
// to be loaded for it.

import { Command } from "commander";

/** By group: each command as it is used, and what it does. */
const COMMANDS: Readonly<Record<string, readonly (readonly [use: string, does: string])[]>> = {
  "The server:": [
    ["run [options]", "start the server: it schedules, runs and thins out backups"],
    ["init [options]", "write a first configuration: asks four questions, or takes flags"],
    ["import-config [options] <file>", "read a configuration of borgmatic or resticprofile, and write ours"],
    ["config", "check and show the configuration"],
    ["validate", "check the configuration: the same as `config validate`"],
    ["reload [options]", "make the server read its configuration again"],
    [
      "healthcheck [options]",
      "ask whether the server is ready or on standby: exit 0 when it is, 1 when it is not",
    ],
    ["clock", "say that the machine's clock is right"],
    ["state", "copy, restore and compact the file that remembers every run and backup"],
    ["callers", "list the tokens and users that the server lets in"],
    ["audit", "list what was done by whom, and verify that record"],
    ["notify", "list and test the channels that report a change in a job's health"],
    ["recovery-sheet [options]", "print what restores each job's backups without Schelly, for the worst day"],
    ["report [options]", "print what was made, missed and deleted, and who changed what, for an auditor"],
    ["ui [options]", "print a link to the page that logs in once, within five minutes"],
    ["password", "hash passwords of people who log in with a browser"],
    ["systemd", "run Schelly as a service of systemd"],
    [
      "migrate [options]",
      "take over the backups that the original has on record, and their provider still has",
    ],
  ],
  "Backups:": [
    ["status [options]", "show what is wrong and what to do, on one screen; exit 1 when something is"],
    ["jobs", "show, start, pause and check jobs"],
    ["runs", "list, show and cancel runs: every decision, and why"],
    ["backups", "list, explain, hold, restore and delete backups"],
    ["retention", "show, run and approve what is kept and what is deleted"],
    ["freeze [options]", "stop all deletions of all jobs; backups go on"],
    ["unfreeze [options]", "let deletions go on"],
    [
      "forecast [options] [job]",
      "foresee which backups a job will have at times to come, or which of all jobs go next",
    ],
    [
      "plan [options]",
      "show what an edited configuration would change and delete, before it is in force",
    ],
    ["coverage [options] [job]", "compare what the retention policy asks for with what exists"],
    ["events [options]", "list what happened; with --follow also what happens"],
  ],
  "Besides:": [
    ["schedule", "try schedules out; needs no server"],
    ["provider", "serve, test and mock providers"],
    ["completion", "print completions for a shell"],
    ["man [options] [command...]", "print the manual page of the program, or of one command"],
    ["version [options]", "print which build this is"],
  ],
};

/** True where nothing else is asked for than the help of the program. */
export function isRootHelp(args: readonly string[]): boolean {
  return args.length === 1 && ["--help", "-h"].includes(args[0]!);
}

/** Declares the commands for the help alone: they take nothing and do nothing. */
export function declareForHelp(program: Command): void {
  const uses = new Map<string, string>();
  for (const [group, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(group);
    for (const [use, does] of commands) {
      const name = use.split(" ")[0]!;
      uses.set(name, use);
      program.command(name).description(does);
    }
  }
  const help = new Command("help").description("show help for a command").helpGroup("Besides:");
  uses.set("help", "help [command]");
  program.addHelpCommand(help);
  program.configureHelp({
    showGlobalOptions: false,
    subcommandTerm: (command) => uses.get(command.name()) ?? command.name(),
  });
}
