// `schelly man`: the manual page, made from the command tree.

import type { Command } from "commander";
import { commandTree, type ShownCommand } from "./command_tree.ts";
import { EXIT } from "./terminal/exit.ts";
import { type Context, example } from "./terminal/options.ts";

/** Declares the command. */
export function addMan(program: Command, { host, finish }: Context): void {
  const man = program.command("man").description("print the manual page");
  example(man, "schelly man | man -l -", "schelly man > /usr/local/share/man/man1/schelly.1");
  man.action(() => {
    host.terminal.out(manPage(commandTree(program), host.version.version));
    finish(EXIT.ok);
  });
}

/** The page in the language of man(7). */
function manPage(tree: readonly ShownCommand[], version: string): string {
  const [program, ...commands] = tree;
  const lines = [
    `.TH SCHELLY 1 "" "schelly ${version}" "Schelly"`,
    ".SH NAME",
    "schelly \\- a backup scheduler",
    ".SH SYNOPSIS",
    ".B schelly",
    ".I command",
    "[options]",
    ".SH DESCRIPTION",
    roff(program!.description),
    ".SH COMMANDS",
    ...commands.filter(({ children }) => children.length === 0).flatMap(commandLines),
    ".SH FILES",
    ...definitions([
      ["./schelly.yaml, /etc/schelly/schelly.yaml", "The configuration, where none is named."],
      ["/var/lib/schelly/schelly.db", "The state, where the configuration names no other place."],
      ["/run/schelly/schelly.sock", "The socket of the server; who may open it is admin."],
    ]),
    ".SH ENVIRONMENT",
    ...definitions([
      ["SCHELLY_CONFIG, SCHELLY_CONFIG_YAML", "Path of the configuration, or the configuration itself."],
      ["SCHELLY_SERVER, SCHELLY_TOKEN", "The server that commands ask, and the token they send."],
      ["NO_COLOR", "No colours."],
    ]),
    ".SH EXIT STATUS",
    ...definitions([
      ["0", "All went well."],
      ["1", "It failed."],
      ["2", "Wrong usage."],
      ["3", "The configuration is invalid."],
      ["4", "No server was reached."],
      ["5", "Not found."],
      ["6", "Over budget, or a promise is broken."],
      ["73", "The state cannot be written."],
      ["75", "The state is in use by another process, or was taken over by one."],
      ["130, 143", "Ended by SIGINT, by SIGTERM."],
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function commandLines({ path, usage, description, options }: ShownCommand): string[] {
  return [
    `.SS schelly ${roff(path.join(" "))} ${roff(usage)}`,
    roff(description),
    ...definitions(options.map(({ flags, description }) => [flags, description])),
  ];
}

function definitions(entries: [term: string, text: string][]): string[] {
  return entries.flatMap(([term, text]) => [".TP", `.B ${roff(term)}`, roff(text)]);
}

/** Text that roff takes literally. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("\n", " ").replace(
    /^([.'])/,
    "\\&$1",
  );
}
