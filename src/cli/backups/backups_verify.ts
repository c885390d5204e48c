// `schelly backups verify`: asks the provider of a backup to prove that it can be restored.

import type { Command } from "commander";
import { Option } from "commander";
import { VERIFY_METHODS } from "../../domain/verification/verify_settings.ts";
import type { Host } from "../../ports/host.ts";
import { BackupVerificationAnswer, VerificationAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jobOption, jsonOption, serverOptions } from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";

interface VerifyArgs extends ServerArgs {
  /** The provider's id or a run id. */
  id: string;
  job?: string;
  method?: string;
  wait?: boolean;
  json?: boolean;
}

const LOOK_MS = 1_000;

/** Declares the command within the group `backups`. */
export function addVerify(backups: Command, { host, finish }: Context): void {
  const command = backups.command("verify").description("prove that a backup can be restored")
    .argument("<id>", "the provider's id, or a run_id")
    .addOption(
      new Option("--method <method>", "by what; default: as its job has it").choices([...VERIFY_METHODS]),
    )
    .option("--no-wait", "do not wait for its end");
  example(
    serverOptions(jsonOption(jobOption(command, "the job, where several know an id"))),
    "schelly backups verify 5f2c9a1e",
    "schelly backups verify 5f2c9a1e --method restore --no-wait",
  );
  command.action(async (id, options) => finish(await verifyBackup({ ...options, id }, host)));
}

async function verifyBackup(args: VerifyArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const { job, method } = args;
  const path = `/backups/${segment(args.id)}`;
  let one = await client.post(`${path}/verify`, VerificationAnswer, { query: { job, method } });
  display.note(
    `Verifying backup '${one.id ?? args.id}' of job '${one.job ?? ""}' by ${one.method ?? "its provider"}.`,
  );
  let told = "";
  while (args.wait !== false && isOpen(one)) {
    await host.clock.sleep(LOOK_MS);
    const shown = await client.get(`${path}/verification`, BackupVerificationAnswer, { job });
    const now = shown.verifications.find(({ verification_id }) => verification_id === one.verification_id);
    if (now === undefined) break;
    one = now;
    if (isOpen(one) && one.message && one.message !== told) display.note(told = one.message);
  }
  if (args.json) display.json(one);
  else tell(one, display);
  return isOpen(one) || one.state === "passed" ? EXIT.ok : EXIT.failed;
}

function isOpen({ state }: VerificationAnswer): boolean {
  return state === "intent" || state === "sending" || state === "running";
}

function tell(one: VerificationAnswer, display: Display): void {
  if (isOpen(one)) return display.note("See how it goes with `schelly backups show`.");
  const how = {
    passed: "can be restored",
    failed: "cannot be restored whole: it is suspect, and deletions of its job are stopped",
    inconclusive: "was not proved: nothing was found out",
    cut_off: "was not proved: a backup was due and came first",
  }[one.state as "passed"] ?? one.state;
  const took = one.restore_seconds ? ` (restored in ${one.restore_seconds} s)` : "";
  display.note(`Backup '${one.id ?? ""}' ${how}: ${one.message ?? ""}${took}`);
}
