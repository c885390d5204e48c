// `schelly provider test`: whether a provider keeps the protocol, clause by clause, tried with real backups.

import type { Command } from "commander";
import { z } from "zod";
import { readProviderUrl } from "../../config/build/http_rules.ts";
import type { Json } from "../../domain/job.ts";
import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { Host } from "../../ports/host.ts";
import {
  type CheckOutcome,
  CHECKS,
  type ConformanceReport,
  makesBackups,
  testConformance,
} from "../../provider/conformance/conformance.ts";
import { toJunit } from "../../provider/conformance/junit.ts";
import { createProbe } from "../../provider/conformance/probe.ts";
import type { ConformanceOptions } from "../../provider/conformance/options.ts";
import { confirm } from "../terminal/confirm.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, yesOption } from "../terminal/options.ts";
import { hostWithTls, type TlsFlags } from "../client/client_tls.ts";
import { readToken } from "./token_file.ts";
import { spanReader } from "../terminal/readers.ts";
import { clean } from "../../domain/steering.ts";
import { type Display, displayOf, lineOf } from "../terminal/render.ts";
import { stopSignals } from "../terminal/stop_signals.ts";

interface ProviderTestArgs extends TlsFlags {
  url: string;
  tokenFile?: string;
  /** `Name: value`. */
  header?: string[];
  /** JSON, or `@FILE` with JSON in it. */
  createBody?: string;
  deleteBody?: string;
  failingBody?: string;
  /** Milliseconds, as all times here. */
  timeout?: number;
  backupTimeout?: number;
  pollInterval?: number;
  /** A folder on the provider's machine. */
  restoreTo?: string;
  /** For `sh -c`. */
  restartCommand?: string;
  /** Names of checks; one text may hold several with commas between. */
  only?: string[];
  skip?: string[];
  junit?: string;
  json?: boolean;
  yes?: boolean;
}

/** As a job's calls are limited when nothing else is said. */
const TIMEOUTS = { createMs: 60_000, getMs: 10_000, deleteMs: 600_000 };
const BACKUP_TIMEOUT_MS = 900_000;
const POLL_INTERVAL_MS = 1_000;
const RESTART_COMMAND_MS = 60_000;
const NAME_WIDTH = Math.max(...CHECKS.map(({ name }) => name.length));

/** Declares the command in the group `provider`. */
export function addProviderTest(provider: Command, { host, finish }: Context): void {
  const test = provider.command("test").description(
    "check that a provider keeps the protocol, with real backups",
  )
    .argument("<url>", "base URL, as in the configuration, e.g. http://host:7070/backups")
    .option("--token-file <path>", "send this file's token as `Authorization: Bearer …`")
    .option("--ca-file <path>", "certificates (PEM) that sign the provider's, trusted beside the usual ones")
    .option("--client-cert-file <path>", "certificate (PEM) that shows the provider who calls")
    .option("--client-key-file <path>", "its key (PEM)")
    .option("--header <line...>", "send this header too, as 'Name: value'")
    .option("--create-body <json>", "body of each start: JSON, or @FILE")
    .option("--delete-body <json>", "body of each DELETE: JSON, or @FILE")
    .option("--failing-body <json>", "body of a start whose backup fails; without it that is not tried")
    .option(
      "--timeout <time>",
      "longest time of one call (default 60s POST, 10s GET, 10m DELETE)",
      spanReader,
    )
    .option("--backup-timeout <time>", "longest time of one backup (default 15m)", spanReader)
    .option("--poll-interval <time>", "between two looks at a backup (default 1s)", spanReader)
    .option("--restore-to <folder>", "on the provider's machine: backups may be restored below it")
    .option("--restart-command <command>", "kills the provider and starts it again; run by sh -c")
    .option("--only <check...>", "only these checks")
    .option("--skip <check...>", "all checks but these")
    .option("--junit <path>", "also write the outcome to this file, as JUnit XML");
  example(
    yesOption(jsonOption(test)),
    "schelly provider test http://127.0.0.1:7070/backups --token-file token",
    "schelly provider test http://nas:7070/backups --yes --junit provider.xml --restart-command 'docker restart p'",
  );
  test.action(async (url, options) => finish(await testProvider({ ...options, url }, host)));
}

/** Prints each outcome; 0 when no check failed and nothing is left, 4 when nobody answers at the URL. */
async function testProvider(args: ProviderTestArgs, plainHost: Host): Promise<number> {
  const host = await hostWithTls(args, plainHost);
  const display = displayOf(host);
  const chosen = chosenChecks(args);
  const options = await optionsOf(args, host);
  const { spec } = options;
  const { shownUrl, send } = createProbe(spec, host);
  const first = await send({ method: "GET", id: "schelly-test-no-such-backup" });
  if (first.status === undefined) {
    throw new Failure(
      EXIT.unreachable,
      `No provider answers at ${shownUrl}: ${first.received}: check the URL and that the provider runs there`,
    );
  }
  if (makesBackups(chosen)) {
    const many = 5 + (options.restart === undefined ? 0 : 2) + (options.failingBody === undefined ? 0 : 1);
    const what =
      `This starts up to ${many} real backups at ${shownUrl}, cancels some of them and deletes them all`;
    if (args.yes) display.note(`${what}.`);
    await confirm(host, args.yes, `${what}. Go on?`);
  }
  const signals = stopSignals(host);
  const stop = new AbortController();
  const stopped = signals.asked.then((code) => {
    display.note("Interrupted: removing what was made; a second signal leaves it there.");
    stop.abort(new Error("interrupted"));
    return code;
  });
  const examine = async () => {
    const report = await testConformance({ ...options, signal: stop.signal }, host, {
      chosen,
      onOutcome: (outcome) => args.json ? undefined : printOutcome(outcome, display, host),
    });
    await removeRestored(report, host, display);
    await tell(report, args, host, display);
    if (stop.signal.aborted) return await stopped;
    return report.failed === 0 && report.left.length === 0 ? EXIT.ok : EXIT.failed;
  };
  try {
    return await Promise.race([examine(), signals.again]);
  } finally {
    signals.end();
  }
}

function printOutcome(outcome: CheckOutcome, display: Display, host: Host): void {
  const { status, name, detail, clause, sent, received, mend } = outcome;
  const word = display.status(status);
  const padded = typeof word === "string" ? status.padEnd(7) : { ...word, text: status.padEnd(7) };
  host.terminal.out(`${lineOf([padded, name.padEnd(NAME_WIDTH), detail])}\n`);
  if (status !== "fail") return;
  const more = { clause, sent, "came back": received, mend };
  for (const [title, text] of Object.entries(more)) {
    if (text !== undefined) display.print(`${" ".repeat(9)}${title.padEnd(9)}  ${text}`);
  }
}

/** Their names were made up here, so that whatever lies in them is the test's; elsewhere a person removes them. */
async function removeRestored(
  { restored_into, checks }: ConformanceReport,
  host: Host,
  display: Display,
): Promise<void> {
  let isSeen = false;
  for (const folder of restored_into) {
    if (await host.tree.look(folder).catch(() => undefined) === undefined) continue;
    isSeen = true;
    await host.tree.removeAll(folder).catch((error) => {
      display.note(`left behind: ${folder}, into which a backup was restored: ${(error as Error).message}`);
    });
  }
  const isDone = checks.some(({ name, status }) => name === "restore" && status === "pass");
  if (isSeen || !isDone) return;
  const parent = restored_into[0]!.slice(0, restored_into[0]!.lastIndexOf("/"));
  display.note(`left behind on the provider's machine: ${parent}/schelly-test-…, into which was restored.`);
}

async function tell(
  report: ConformanceReport,
  args: ProviderTestArgs,
  host: Host,
  display: Display,
): Promise<void> {
  if (args.json) display.json(report);
  const { passed, failed, skipped, made, left } = report;
  for (const { id, run_id, why } of left) {
    display.note(
      `left behind: ${id === null ? "no id" : `backup ${JSON.stringify(id)}`} of run ${run_id}: ${why}`,
    );
  }
  const removed = made === 0
    ? ""
    : left.length === 0
    ? `; all ${made} backups removed`
    : "; not all backups removed";
  display.note(`${passed} passed, ${failed} failed, ${skipped} skipped${removed}.`);
  if (args.junit === undefined) return;
  try {
    await host.files.writeText(args.junit, toJunit(report));
  } catch (error) {
    throw new Failure(EXIT.failed, `Cannot write --junit ${args.junit}: ${(error as Error).message}`);
  }
}

function chosenChecks(args: ProviderTestArgs): Set<string> {
  const known = new Set(CHECKS.map(({ name }) => name));
  const read = (flag: string, texts: string[] | undefined) => {
    const names = (texts ?? []).flatMap((text) => text.split(",")).map((name) => name.trim()).filter((name) =>
      name
    );
    const wrong = names.find((name) => !known.has(name));
    if (wrong === undefined) return new Set(names);
    const all = [...known].join(", ");
    throw new Failure(
      EXIT.usage,
      `Cannot use ${flag} ${clean(wrong)}: there is no such check: expected some of ${all}`,
    );
  };
  const only = args.only === undefined ? known : read("--only", args.only);
  const skip = read("--skip", args.skip);
  const chosen = new Set([...only].filter((name) => !skip.has(name)));
  if (chosen.size === 0) throw new Failure(EXIT.usage, "--only and --skip leave no check to be done");
  return chosen;
}

async function optionsOf(args: ProviderTestArgs, host: Host): Promise<ConformanceOptions> {
  const address = readProviderUrl(args.url);
  if ("error" in address) {
    const hint = address.hint === undefined ? "" : ` (${address.hint})`;
    throw new Failure(EXIT.usage, `Cannot test this provider: ${address.error}${hint}`);
  }
  const headers = headersOf(args.header ?? []);
  if (address.authorization !== null) headers.authorization = address.authorization;
  if (args.tokenFile !== undefined) {
    headers.authorization = `Bearer ${(await readToken(args.tokenFile, host)).token}`;
  }
  const limit = args.timeout;
  const spec: HttpProviderSpec = {
    kind: "http",
    key: address.url,
    formerly: [],
    maxConcurrent: 1,
    timeouts: limit === undefined ? TIMEOUTS : { createMs: limit, getMs: limit, deleteMs: limit },
    pollIntervalMs: args.pollInterval ?? POLL_INTERVAL_MS,
    verifyBeforeDelete: true,
    url: address.url,
    headers,
    createBody: await bodyOf("--create-body", args.createBody, host),
    deleteBody: await bodyOf("--delete-body", args.deleteBody, host),
  };
  const options: ConformanceOptions = {
    spec,
    backupLimitMs: args.backupTimeout ?? BACKUP_TIMEOUT_MS,
    authenticates: headers.authorization !== undefined,
  };
  const failingBody = await bodyOf("--failing-body", args.failingBody, host);
  if (failingBody !== undefined) options.failingBody = failingBody;
  const { restartCommand, restoreTo } = args;
  if (restoreTo !== undefined) {
    if (!restoreTo.startsWith("/")) {
      throw new Failure(EXIT.usage, `Cannot restore to ${clean(restoreTo)}: expected an absolute folder`);
    }
    options.restoreTo = restoreTo;
  }
  if (restartCommand !== undefined) options.restart = () => restart(restartCommand, host);
  return options;
}

/** Values are checked for what HTTP itself forbids; the names in lower case, so that none is there twice. */
function headersOf(lines: string[]): Record<string, string> {
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    try {
      if (colon < 1) throw new TypeError();
      headers.append(line.slice(0, colon), line.slice(colon + 1));
    } catch {
      // The value may be a secret.
      const name = clean(line.slice(0, Math.max(0, colon)).slice(0, 60));
      throw new Failure(
        EXIT.usage,
        `Cannot send the --header '${name}': expected 'Name: value' in plain ASCII`,
      );
    }
  }
  return Object.fromEntries(headers);
}

const Body = z.json();

async function bodyOf(flag: string, text: string | undefined, host: Host): Promise<Json | undefined> {
  if (text === undefined) return undefined;
  let json = text;
  if (text.startsWith("@")) {
    try {
      json = await host.files.readText(text.slice(1));
    } catch (error) {
      throw new Failure(EXIT.usage, `Cannot read ${flag} ${clean(text)}: ${(error as Error).message}`);
    }
  }
  try {
    return Body.parse(JSON.parse(json)) as Json;
  } catch {
    throw new Failure(
      EXIT.usage,
      `Cannot read ${flag}: expected JSON such as '{"path": "/data"}', or @FILE with it`,
    );
  }
}

/** Rejects with a sentence when the command fails or does not end. */
async function restart(command: string, host: Host): Promise<void> {
  const limit = host.clock.timeout(RESTART_COMMAND_MS);
  try {
    const { code, stderr } = await host.processes.run({ argv: ["sh", "-c", command], signal: limit.signal });
    if (limit.signal.aborted) throw new Error(`it did not end within ${RESTART_COMMAND_MS / 1000} s`);
    if (code !== 0) {
      throw new Error(`it ended with code ${code}: ${stderr.trim().slice(-300) || "without a word"}`);
    }
  } finally {
    limit.dispose();
  }
}
