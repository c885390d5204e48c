// `schelly reload | healthcheck | clock trust`: small questions to the running server.

import type { Command } from "commander";
import { z } from "zod";
import { ConfigError } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import type { Host } from "../../ports/host.ts";
import { AnyAnswer, ReloadAnswer } from "../client/answers.ts";
import { type Client, connect } from "../client/client.ts";
import { confirm } from "../terminal/confirm.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure, report } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions, yesOption } from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";
import { clean } from "../../domain/steering.ts";

const HEALTH_TIMEOUT_MS = 5_000;

/** Declares `reload`. */
export function addReload(program: Command, { host, finish }: Context): void {
  const reload = program.command("reload").description("make the server read its configuration again");
  example(serverOptions(jsonOption(reload)), "schelly validate config && schelly reload");
  reload.action(async (options) => finish(await reloadConfig(options, host)));
}

/** Declares `healthcheck`. */
export function addHealthcheck(program: Command, { host, finish }: Context): void {
  const health = program.command("healthcheck").description(
    "ask whether the server is ready or on standby: exit 0 when it is, 1 when it is not",
  );
  example(serverOptions(jsonOption(health)), 'HEALTHCHECK CMD ["schelly", "healthcheck"]');
  health.action(async (options) => finish(await healthcheck(options, host)));
}

/** Declares `clock trust`. */
export function addClock(program: Command, { host, finish }: Context): void {
  const clock = program.command("clock").description("say that the machine's clock is right");
  const trust = clock.command("trust").description(
    "say that the clock is right after a jump: deletions go on",
  );
  example(serverOptions(yesOption(trust)), "schelly clock trust");
  trust.action(async (options) => finish(await trustClock(options, host)));
}

/** Reloads, and prints one answer: what changed, or why nothing did. */
async function reloadConfig(args: ServerArgs & { json?: boolean }, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  try {
    const answer = await client.post("/-/reload", ReloadAnswer);
    if (args.json) display.json(answer);
    else for (const line of reloadedLines(answer.messages)) display.print(line);
    return EXIT.ok;
  } catch (error) {
    const reasons = error instanceof Failure && error.code === EXIT.config ? error.details : undefined;
    if (reasons === undefined) throw error;
    if (args.json) display.json({ ok: false, messages: reasons });
    else {
      const lines = reasons.map((reason) => `\n  ${clean(reason)}`).join("");
      host.terminal.err(`schelly: not reloaded, the configuration of before stays in force:${lines}\n`);
    }
    return EXIT.config;
  }
}

function reloadedLines(messages: readonly string[]): string[] {
  const [first = "nothing changed", ...more] = messages;
  if (more.length > 0) return ["Reloaded:", ...messages.map((message) => `  ${message}`)];
  // To say that it was reloaded would say that something is other than before.
  return [/^nothing changed\b/.test(first) ? `N${first.slice(1)}` : `Reloaded: ${first}`];
}

const Readiness = z.looseObject({
  checks: z.array(z.looseObject({ name: z.string(), ok: z.boolean(), message: z.string().nullish() })),
});

/**
 * Asks `/readyz`. Exits 0 or 1 only, also when no server is there: that is what container engines know. A door that is
 * shut beside one that answers is told and no failure, since a restart would cut off the backups that run behind it.
 */
async function healthcheck(args: ServerArgs & { json?: boolean }, host: Host): Promise<number> {
  const display = displayOf(host);
  try {
    const client = await connect(args, host, "asked");
    const response = await client.open("/readyz", { timeoutMs: HEALTH_TIMEOUT_MS });
    const answer = Standby.safeParse(await response.json().catch(() => undefined));
    const isStandby = answer.success;
    const isWell = response.ok || isStandby;
    const shut = await client.shutDoors();
    if (args.json) display.json({ ready: response.ok, ...(isStandby && { role: "standby" }), shut });
    else display.print(isStandby ? "standby" : response.ok ? "ready" : "not ready");
    if (isWell) await noteUnwell(client, display);
    else await noteChecks(client, display);
    if (shut.length > 0) {
      display.note(
        `The server answers at ${client.name}, but not at ${shut.join(" and ")}, where it should listen too.`,
      );
    }
    return isWell ? EXIT.ok : EXIT.failed;
  } catch (error) {
    if (!(error instanceof Failure || error instanceof ConfigError)) throw error;
    report(error, host);
    return EXIT.failed;
  }
}

/** An instance that waits for the active one does what it is there for: nobody is to start it again. */
const Standby = z.looseObject({ role: z.literal("standby") });

const Unwell = z.looseObject({ unwell_count: z.number(), jobs: z.number() });

/** A program that works says nothing of its backups: how many jobs are in trouble, where the server tells it. */
async function noteUnwell(client: Client, display: Display): Promise<void> {
  const answer = await client.open("/status", { timeoutMs: HEALTH_TIMEOUT_MS })
    .then((response) => response.json()).catch(() => undefined);
  const told = Unwell.safeParse(answer);
  if (!told.success || told.data.unwell_count === 0) return;
  const { unwell_count: unwell, jobs } = told.data;
  display.note(`The server works, but ${unwell} of ${jobs} jobs need a look: see 'schelly status'.`);
}

/** What is not well, in words; the server tells it only to those who may read. */
async function noteChecks(client: Client, display: Display): Promise<void> {
  const response = await client.open("/readyz", { query: { verbose: true }, timeoutMs: HEALTH_TIMEOUT_MS });
  const body = Readiness.safeParse(await response.json().catch(() => undefined));
  for (const check of body.success ? body.data.checks : []) {
    if (!check.ok) display.note(`${check.name}: ${check.message ?? "not well"}`);
  }
}

/** Ends the distrust of the clock after asking. */
async function trustClock(args: ServerArgs & { yes?: boolean }, host: Host): Promise<number> {
  const client = await connect(args, host);
  await confirm(
    host,
    args.yes,
    `The clock of this machine says ${
      iso(host.clock.now())
    }. Is the server's clock right? Deletions go on then`,
  );
  await client.post("/clock/trust", AnyAnswer);
  displayOf(host).note("The clock is trusted; deletions may go on.");
  return EXIT.ok;
}
