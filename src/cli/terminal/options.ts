// Options that several commands share, each defined once.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { countReader, pastReader, TIME_FORMS } from "./readers.ts";
import type { Roots } from "./roots.ts";

/** What a command's action gets besides its arguments. */
export interface Context {
  host: Host;
  roots: Roots;
  /** Sets the exit code. */
  finish(code: number): void;
}

/** `--server`, `--socket`, `--token-file`, `--ca-file`, `--config`: where the running server is. */
export function serverOptions(command: Command): Command {
  return command.optionsGroup("Which server:")
    .option("--server <url>", "http://host:port, https://… or unix:/path (SCHELLY_SERVER)")
    .option("--socket <path>", "unix socket of the server")
    .option("--token-file <path>", "file with the token to send (or SCHELLY_TOKEN holds it)")
    .option("--ca-file <path>", "PEM file of the authority that signed the server's certificate")
    .option("-c, --config <path>", "file or folder that says where the server listens (SCHELLY_CONFIG)")
    .optionsGroup("Options:");
}

/** `--config`: where the configuration is. */
export function configOption(command: Command): Command {
  return command.option("-c, --config <path>", "YAML file, or folder of them (SCHELLY_CONFIG)");
}

/** `--json`: data for programs. */
export function jsonOption(command: Command): Command {
  return command.option("--json", "print JSON on standard output");
}

/** `--utc`: for those who compare with logs. */
export function utcOption(command: Command): Command {
  return command.option("--utc", "show times in UTC instead of this terminal's zone");
}

/** `--yes`: what would be asked is answered beforehand. */
export function yesOption(command: Command): Command {
  return command.option("--yes", "do not ask; needed where no terminal can be asked on");
}

/** `--job` for an id that several jobs know. */
export function jobOption(command: Command, text: string): Command {
  return command.option("--job <name>", text);
}

/** `--since`, `--until`, `--limit`, `--all` of lists. */
export function listOptions(command: Command, host: Host): Command {
  return command
    .option("--since <time>", `not before this time: ${TIME_FORMS}, or an age such as 7d`, pastReader(host))
    .option("--until <time>", "before this time; same forms", pastReader(host))
    .option("--limit <n>", "show at most this many (default 100)", countReader(1, 1_000_000))
    .option("--all", "show all of them");
}

/** What `--limit` and `--all` ask for. */
export function limitOf(options: { limit?: number; all?: boolean }): number {
  return options.all ? Infinity : options.limit ?? 100;
}

const EXAMPLES = new WeakMap<Command, readonly string[]>();

/** The examples of a command, for its manual page. */
export function examplesOf(command: Command): readonly string[] {
  return EXAMPLES.get(command) ?? [];
}

/** Adds an example to the end of a command's help. */
export function example(command: Command, ...lines: string[]): Command {
  EXAMPLES.set(command, lines);
  const title = lines.length === 1 ? "Example:" : "Examples:";
  return command.addHelpText("after", `\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}
