// `schelly jobs forget`: ends a job that left the configuration and has nothing left at a provider.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { ForgottenAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { confirm } from "../terminal/confirm.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions, yesOption } from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";

interface ForgetArgs extends ServerArgs {
  job: string;
  storageGone?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Declares the command in the group `jobs`. */
export function addJobsForget(jobs: Command, { host, finish }: Context): void {
  const forget = jobs.command("forget")
    .description("take a job off the lists that left the configuration and has no backups left")
    .argument("<job>", "name of the job")
    .option(
      "--storage-gone",
      "you say that where its backups were is no more: none is asked for, nothing is sent",
    );
  example(serverOptions(jsonOption(yesOption(forget))), "schelly jobs forget old-postgres");
  forget.action(async (job, options) => finish(await forgetJob({ ...options, job }, host)));
}

/** Asks, and has it forgotten; the server refuses where anything of it is left. */
async function forgetJob(args: ForgetArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const claim = args.storageGone
    ? "Its backups are taken off the record on your word that their storage is gone. "
    : "";
  await confirm(
    host,
    args.yes,
    `${claim}Forget job ${args.job}? It leaves the lists until it is configured again; its runs stay on record`,
  );
  const query = args.storageGone ? { storage: "gone" } : { forget: "true" };
  const answer = await client.delete(`/jobs/${segment(args.job)}`, ForgottenAnswer, query);
  const display = displayOf(host);
  if (args.json) display.json(answer);
  display.note(
    `Job ${answer.job} is forgotten; its runs stay on record: see \`schelly runs list --job ${answer.job}\`.`,
  );
  return EXIT.ok;
}
