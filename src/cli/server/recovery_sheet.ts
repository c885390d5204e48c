// `schelly recovery-sheet`: by the running server or, where none answers, from the configuration and the state as far as
// they can be read: the day on which it is needed is a bad one.

import type { Command } from "commander";
import { ConfigError, formatIssue, StoreError } from "../../domain/errors.ts";
import type { Config } from "../../config/values/config.ts";
import type { Host } from "../../ports/host.ts";
import type { Client } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { stateUrl } from "../config/plan_sources.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, serverOptions } from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";
import { serverOrNone } from "./server_or_none.ts";

interface SheetArgs extends ServerArgs {
  html?: boolean;
  output?: string;
  state?: string;
}

const HELP = `
Keep it where the machine's end does not take it along: printed, or on another machine. A schedule for that is the key
\`recovery_sheet\` of the configuration. There are no passwords on it.
`;
const TIMEOUT_MS = 120_000;

/** Declares the command. */
export function addRecoverySheet(program: Command, { host, finish }: Context): void {
  const sheet = program.command("recovery-sheet")
    .description("print what restores each job's backups without Schelly, for the worst day")
    .option("--html", "as one HTML file, not as Markdown")
    .option("-o, --output <file>", "write it to this file, and not to standard output")
    .option("--state <path>", "ask no server: by this state file or snapshot, and the configuration")
    .addHelpText("after", HELP);
  example(
    serverOptions(sheet),
    "schelly recovery-sheet --html --output /mnt/elsewhere/sheet.html",
    "schelly recovery-sheet --config schelly.yaml --state /mnt/elsewhere/schelly-2026-11-28.db",
  );
  sheet.action(async (options) => finish(await printSheet(options, host)));
}

async function printSheet(args: SheetArgs, host: Host): Promise<number> {
  const format = args.html ? "html" : "markdown";
  const client = args.state === undefined ? await serverOrNone(args, host) : undefined;
  const asked = client === undefined ? { text: undefined, trouble: undefined } : await ask(client, format);
  const display = displayOf(host);
  if (asked.trouble !== undefined) display.note(`${asked.trouble}; made without it.`);
  const text = asked.text ?? await withoutServer(args, host, format, asked.trouble);
  if (args.output === undefined) host.terminal.out(text);
  else {
    await host.files.writeText(args.output, text, 0o600);
    display.note(`Written to ${args.output}.`);
  }
  return EXIT.ok;
}

/** A server that may not be asked is a failure; one that cannot answer, as when its state is lost, is done without. */
async function ask(client: Client, format: string): Promise<{ text?: string; trouble?: string }> {
  const response = await client.open("/recovery-sheet", { query: { format }, timeoutMs: TIMEOUT_MS });
  const text = await response.text();
  if (response.ok) return { text };
  const detail = /"detail":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? `it answered ${response.status}`;
  const trouble = `The server at ${client.name} gave no sheet: ${detail}`;
  if (response.status === 401 || response.status === 403) throw new Failure(EXIT.failed, trouble);
  return { trouble };
}

async function withoutServer(
  args: SheetArgs,
  host: Host,
  format: "markdown" | "html",
  trouble: string | undefined,
): Promise<string> {
  const troubles = trouble === undefined ? [] : [trouble];
  const config = await configOf(args, host, troubles);
  const url = args.state === undefined ? config?.state.url : stateUrl(args.state);
  const reads = url === undefined ? undefined : await readsOf(
    { url, token: args.state === undefined ? config?.state.token ?? null : null },
    host,
    troubles,
  );
  if (config === undefined && reads === undefined) {
    throw new Failure(
      EXIT.failed,
      `Cannot make a recovery sheet of nothing: ${
        troubles.join("; ")
      }: expected a configuration (--config), or a state ` +
        "file or snapshot (--state)",
    );
  }
  try {
    const { sheetText } = await import("../../app/operations/recovery.ts");
    return await sheetText({
      config: config === undefined ? undefined : { config, values: config.effective },
      reads,
      stateUrl: url ?? "not known",
      files: host.files,
      host: host.machine().name,
      now: host.clock.now(),
      troubles,
    }, format);
  } finally {
    await reads?.[Symbol.asyncDispose]();
  }
}

async function configOf(args: SheetArgs, host: Host, troubles: string[]): Promise<Config | undefined> {
  try {
    return await loadConfiguration({ config: args.config }, host, "optional");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first] = error.issues.filter(({ severity }) => severity === "error");
    troubles.push(
      `The configuration cannot be read: ${first === undefined ? error.message : formatIssue(first)}`,
    );
    return undefined;
  }
}

async function readsOf(state: { url: string; token: string | null }, host: Host, troubles: string[]) {
  const { readState } = await import("../../store/read/read_state.ts");
  try {
    return await readState({ ...state, files: host.files, clock: host.clock, http: host.http });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    troubles.push(
      `${error.message}. So which backups there are is not said here: ask where they are, by the commands below`,
    );
    return undefined;
  }
}
