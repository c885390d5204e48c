// `schelly version`: which build this is.

import type { Command } from "commander";
import type { Host } from "../ports/host.ts";
import { EXIT } from "./terminal/exit.ts";
import { type Context, example, jsonOption } from "./terminal/options.ts";
import { displayOf } from "./terminal/render.ts";

/** Declares the command. */
export function addVersion(program: Command, { host, finish }: Context): void {
  const version = program.command("version").description("print which build this is");
  example(jsonOption(version), "schelly version --json");
  version.action((options) => finish(showVersion(options, host)));
}

/** One line, or an object. */
function showVersion(args: { json?: boolean }, host: Host): number {
  const display = displayOf(host);
  const { version, commit, deno, target } = host.version;
  if (args.json) display.json({ version, commit, deno, target });
  else display.print(versionLine(host));
  return EXIT.ok;
}

/** `schelly 0.1.0 (commit …, deno 2.6.8, x86_64-unknown-linux-gnu)`. */
export function versionLine({ version }: Host): string {
  return `schelly ${version.version} (commit ${version.commit}, deno ${version.deno}, ${version.target})`;
}
