// What each exit code means, and the one place where a failure becomes a line on stderr and a code.

import { counted } from "../../domain/count_text.ts";
import { ConfigError, type ConfigIssue, formatIssue, StoreError } from "../../domain/errors.ts";
import type { Host } from "../../ports/host.ts";
import { clean } from "../../domain/steering.ts";
import { helpAfter, otherDoor } from "./advice.ts";

/** Exit codes of every command; published, so they never change their meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  unreachable: 4,
  notFound: 5,
  overBudget: 6,
  notWritable: 73,
  inUse: 75,
  interrupted: 130,
  terminated: 143,
} as const;

/** What each says, for help and manual. */
export const EXIT_WORDS: readonly (readonly [code: number, says: string])[] = [
  [EXIT.ok, "ok"],
  [EXIT.failed, "failed"],
  [EXIT.usage, "wrong usage"],
  [EXIT.config, "configuration invalid"],
  [EXIT.unreachable, "server unreachable"],
  [EXIT.notFound, "not found"],
  [EXIT.overBudget, "over budget or promise broken"],
  [EXIT.notWritable, "state not writable"],
  [EXIT.inUse, "state in use"],
  [EXIT.interrupted, "ended by SIGINT, such as Ctrl-C"],
  [EXIT.terminated, "ended by SIGTERM"],
];

/** A failure the user can do something about: its message is printed as it is, its code is the exit code. */
export class Failure extends Error {
  /** HTTP status, when a server's answer is what failed. */
  readonly status?: number;
  /** The machine word of that answer, where it has one. */
  readonly reason?: string;
  constructor(
    readonly code: number,
    message: string,
    status?: number,
    reason?: string,
    /** Each thing that an answer names, by itself; the message holds them all. */
    readonly details?: readonly string[],
  ) {
    super(message);
    this.name = "Failure";
    this.status = status;
    this.reason = reason;
  }
}

/** Names of errors of the operating system: they say what failed and need no stack. */
const EXPECTED_NAMES: ReadonlySet<string> = new Set([
  "AddressInUse",
  "AddressNotAvailable",
  "AlreadyExists",
  "ConnectionRefused",
  "FilesystemLoop",
  "InvalidCertificate",
  "IsADirectory",
  "NotADirectory",
  "NotFound",
  "PermissionDenied",
  "ProviderError",
  "ReadOnlyFilesystem",
  "StorageFull",
]);

/** Prints why a command failed on stderr and answers its exit code; `path` are the words of the command. */
export function report(error: unknown, host: Host, path: readonly string[] = []): number {
  const { terminal } = host;
  if (error instanceof ConfigError) {
    terminal.err(configFailure(error));
    return EXIT.config;
  }
  if (error instanceof Failure) {
    terminal.err(`schelly: ${clean(error.message)}${helpOf(error, path)}\n`);
    return error.code;
  }
  if (error instanceof StoreError) {
    terminal.err(`schelly: ${clean(error.message)}\n`);
    return storeExit(error);
  }
  if (!(error instanceof Error)) {
    terminal.err(`schelly: unexpected failure: ${clean(String(error))}\n`);
    return EXIT.failed;
  }
  // The reader of our output has gone (`schelly … | head`): nobody is left to tell.
  if (error.name === "BrokenPipe") return EXIT.ok;
  if (EXPECTED_NAMES.has(error.name)) {
    const help = error.name === "AddressInUse" ? otherDoor(error.message, path) : "";
    terminal.err(`schelly: ${clean(error.message)}${help}\n`);
    return EXIT.failed;
  }
  terminal.err(
    `schelly: unexpected failure: ${
      clean(`${error.name}: ${error.message}`)
    }: this is a defect of Schelly, ` +
      `please report it (SCHELLY_LOG_LEVEL=debug shows where it happened)\n`,
  );
  if (host.env.SCHELLY_LOG_LEVEL === "debug") terminal.err(`${error.stack ?? ""}\n`);
  return EXIT.failed;
}

/** The command that helps on, where there is one for every failure of this kind. */
function helpOf({ code, message }: Failure, path: readonly string[]): string {
  if (code === EXIT.usage) return helpAfter("usage", message, path);
  return code === EXIT.notFound ? helpAfter("not found", message, path) : "";
}

/** Most errors, and most of what is only said, that are printed: nobody reads more before they fix the first. */
const MOST_PRINTED = 20;

/** What is wrong with a refused configuration, one a line, under a line that counts the errors. */
function configFailure(error: ConfigError): string {
  const errors = error.issues.filter(({ severity }) => severity === "error");
  // What has to be fixed stands together; what is only said comes after it.
  const others = error.issues.filter(({ severity }) => severity !== "error");
  const lines = [...linesOf(errors, "error"), ...linesOf(others, "warning or note", "warnings and notes")];
  return `schelly: the configuration cannot be used: ${counted(countOf(errors), "error")}\n${lines.join("")}`;
}

function linesOf(issues: readonly ConfigIssue[], one: string, several?: string): string[] {
  const [shown, rest] = [issues.slice(0, MOST_PRINTED), issues.slice(MOST_PRINTED)];
  const lines = shown.map((issue) => {
    const mark = issue.severity === "error" ? "" : `${issue.severity}: `;
    const sentence = clean(formatIssue(issue), { lines: true }).replaceAll("\n", "\n  ");
    return `  ${mark}${sentence}\n${excerptLines(issue).map((line) => `${line}\n`).join("")}`;
  });
  if (rest.length === 0) return lines;
  const files = new Set(rest.map(({ file }) => file)).size;
  const more = countOf(rest);
  const what = more === 1 ? one : several ?? `${one}s`;
  return [...lines, `  … and ${more} more ${what} in ${counted(files, "file")}\n`];
}

/** One entry may stand for many. */
function countOf(issues: readonly ConfigIssue[]): number {
  return issues.reduce((sum, { more = 1 }) => sum + more, 0);
}

/** The line that an issue is about, with a caret below its place. */
function excerptLines({ line, excerpt }: ConfigIssue): string[] {
  if (line === undefined || excerpt === undefined) return [];
  const margin = " ".repeat(String(line).length);
  return [
    `      ${line} | ${clean(excerpt.text)}`,
    `      ${margin} | ${" ".repeat(excerpt.column - 1)}^`,
  ];
}

function storeExit(error: StoreError): number {
  if (error.kind === "in_use" || error.kind === "fenced") return EXIT.inUse;
  if (error.kind === "not_writable") return EXIT.notWritable;
  return EXIT.failed;
}
