// The commands as completions and the manual page show them: a flat list, read from what the parser knows.

import type { Command, Option } from "commander";
import { examplesOf } from "./terminal/options.ts";
import { choicesOf } from "./terminal/readers.ts";

/** What a running server can list, so that a shell completes it. */
export const VALUE_KINDS = ["jobs", "runs", "backups", "providers", "channels"] as const;
export type ValueKind = typeof VALUE_KINDS[number];

/** One option of a command. */
interface ShownOption {
  /** `--limit` or `-V`: every form. */
  names: string[];
  /** As the help writes it: `--limit <n>`. */
  flags: string;
  description: string;
  /** What its value is; null where it takes none. */
  value: ValueKind | "path" | "other" | null;
  /** The words that its value is one of; empty where it may be any. */
  choices: readonly string[];
}

/** One command. */
export interface ShownCommand {
  /** Below the program: `["backups", "list"]`; empty for the program itself. */
  path: string[];
  /** `[options] <id>`. */
  usage: string;
  description: string;
  options: ShownOption[];
  /** As the help writes each: `<id>`, and what it is. */
  arguments: { term: string; description: string }[];
  examples: readonly string[];
  /** Names of the commands below it, with what they do. */
  children: { name: string; description: string }[];
  /** Whether it takes a path as an argument. */
  takesPath: boolean;
  /** What its arguments name that the server knows. */
  names: ValueKind | null;
}

/** The program and everything below it, parents first, in the order of the help. */
export function commandTree(program: Command): ShownCommand[] {
  const shown: ShownCommand[] = [];
  const add = (command: Command, path: string[]) => {
    const help = command.createHelp();
    const children = help.visibleCommands(command);
    shown.push({
      path,
      usage: command.usage(),
      description: command.description(),
      options: help.visibleOptions(command).map(shownOption),
      arguments: command.registeredArguments.map((argument) => ({
        term: help.argumentTerm(argument),
        description: argument.description,
      })),
      examples: examplesOf(command),
      children: children.map((child) => ({ name: child.name(), description: child.description() })),
      takesPath: command.registeredArguments.some((argument) => isPath(argument.name())),
      names: command.registeredArguments.map((argument) => kindOf(argument.name(), path)).find(Boolean) ??
        null,
    });
    for (const child of children) if (child.name() !== "help") add(child, [...path, child.name()]);
  };
  add(program, []);
  return shown;
}

function shownOption(option: Option): ShownOption {
  const value = /[<[](.*?)(?:\.\.\.)?[>\]]/.exec(option.flags)?.[1];
  return {
    names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
    flags: option.flags,
    description: option.description,
    value: value === undefined ? null : isPath(value) ? "path" : OPTIONS[option.long ?? ""] ?? "other",
    choices: choicesOf(option),
  };
}

/** The same in every command. */
const OPTIONS: Readonly<Record<string, ValueKind>> = { "--job": "jobs", "--run": "runs" };

function kindOf(argument: string, path: readonly string[]): ValueKind | undefined {
  if (argument === "id") return path[0] === "backups" ? "backups" : undefined;
  const kinds: Readonly<Record<string, ValueKind>> = {
    job: "jobs",
    run_id: "runs",
    channel: "channels",
    provider: "providers",
  };
  return kinds[argument];
}

function isPath(name: string): boolean {
  return /^(path|file|folder)$/.test(name);
}
