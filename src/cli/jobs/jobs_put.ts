// `schelly jobs put`, `jobs remove` and `jobs file`: writes a job into the folder of jobs_dir, takes one out, and shows the file of one.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { JobEditAnswer, LeftAnswer } from "../client/answers.ts";
import { type Client, connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { printChanges } from "../config/plan_text.ts";
import { arrow } from "../../domain/future/plan_view.ts";
import { confirm } from "../terminal/confirm.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions, yesOption } from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";

interface EditArgs extends ServerArgs {
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Declares the commands in the group `jobs`. */
export function addJobsPut(jobs: Command, { host, finish }: Context): void {
  const put = jobs.command("put")
    .description("create or replace a job, as a file in the server's jobs_dir, once its plan is looked at")
    .argument("<file>", "YAML with `jobs` and this one job; - reads stdin")
    .option("--dry-run", "only show what it would change and delete");
  example(serverOptions(jsonOption(yesOption(put))), "schelly jobs put postgres.yaml --dry-run");
  put.action(async (file, options) => finish(await putJob(file, options, host)));

  const remove = jobs.command("remove")
    .description("take a job out of the configuration by removing its file in jobs_dir; its backups stay")
    .argument("<job>", "name of the job")
    .option("--dry-run", "only show what it would change");
  example(serverOptions(jsonOption(yesOption(remove))), "schelly jobs remove old-postgres");
  remove.action(async (job, options) => finish(await removeJob(job, options, host)));

  const file = jobs.command("file").description("print the file of a job in the server's jobs_dir, as it is")
    .argument("<job>", "name of the job");
  example(serverOptions(file), "schelly jobs file postgres > postgres.yaml");
  file.action(async (job, options) => finish(await showFile(job, options, host)));
}

async function putJob(file: string, args: EditArgs, host: Host): Promise<number> {
  const text = await readText(file, host);
  const { nameIn } = await import("../../config/job_text.ts");
  const name = nameIn(text);
  if (name === undefined) {
    throw new Failure(EXIT.usage, `Cannot put ${file}: expected 'jobs' with one job that has a name`);
  }
  const client = await connect(args, host);
  const path = `/jobs/${segment(name)}`;
  const send = (query: Record<string, string>, headers: Record<string, string>) =>
    client.put(path, JobEditAnswer, { query, headers, text: { text, type: "application/yaml" } });
  const plan = await send({ dry_run: "true" }, {});
  const display = displayOf(host);
  if (args.dryRun) return show(plan, args, display);
  const going = plan.backups?.deletes_now?.after ?? 0;
  if (going > 0) {
    if (!args.json) show(plan, args, display);
    await confirm(host, args.yes, `Write job ${name}? The next pass deletes ${going} of its backups`);
  } else if ((plan.returns_to ?? 0) > 0) {
    // It comes back to backups of which the plan does not say what becomes.
    if (!args.json) show(plan, args, display);
    await confirm(host, args.yes, `Write job ${name}? It takes on backups that are there already`);
  }
  const answer = await send({}, conditionOf(plan));
  if (going > 0 && !args.json) display.note(`Job ${name} is written: ${answer.reload.join("; ")}.`);
  else show(answer, args, display);
  return EXIT.ok;
}

async function removeJob(job: string, args: EditArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const path = `/jobs/${segment(job)}`;
  const send = async (query: Record<string, string>, headers: Record<string, string>) => {
    const { edit } = await client.delete(path, LeftAnswer, query, headers);
    if (!edit) {
      throw new Failure(EXIT.failed, `Job ${job} had left the configuration before, and is forgotten now`);
    }
    return edit;
  };
  await fileOf(client, job);
  const plan = await send({ dry_run: "true" }, {});
  const display = displayOf(host);
  if (args.dryRun) return show(plan, args, display);
  await confirm(
    host,
    args.yes,
    `Take job ${job} out of the configuration? It makes no backups any more; those it has stay untouched`,
  );
  return show(await send({}, conditionOf(plan)), args, display);
}

async function showFile(job: string, args: ServerArgs, host: Host): Promise<number> {
  const { text, etag } = await fileOf(await connect(args, host), job);
  host.terminal.out(text);
  displayOf(host).note(`ETag: ${etag}`);
  return EXIT.ok;
}

/** Rejects with what the server says where there is none. */
async function fileOf(client: Client, job: string): Promise<{ text: string; etag: string }> {
  const response = await client.openGood(`/jobs/${segment(job)}/file`);
  return { text: await response.text(), etag: response.headers.get("etag") ?? "" };
}

/** Only while the file is the one that the plan was made for. */
function conditionOf({ etag }: JobEditAnswer): Record<string, string> {
  return etag ? { "if-match": etag } : { "if-none-match": "*" };
}

async function readText(file: string, host: Host): Promise<string> {
  if (file === "-") return await host.terminal.readStdin();
  try {
    return await host.files.readText(file);
  } catch (error) {
    throw new Failure(EXIT.usage, `Cannot read ${file}: ${(error as Error).message}`);
  }
}

function show(answer: JobEditAnswer, { json }: EditArgs, display: Display): number {
  if (json) {
    display.json(answer);
    return EXIT.ok;
  }
  const { job, backups, dry_run: dryRun } = answer;
  const settings = answer.settings.map(({ key, old, new: value }) => ({
    key,
    old: old ?? null,
    new: value ?? null,
  }));
  printChanges([{ job, former: null, change: answer.change as "changed", settings }], [], display);
  if (backups) {
    const { before = null, after = null } = backups.deletes_now ?? {};
    display.print(`Backups: ${backups.count}; deleted by the next pass: ${arrow({ before, after })}`);
  }
  for (const note of answer.notes) display.print(`! ${note}`);
  const did = dryRun ? "Would change" : "Changed";
  display.note(
    `${did}: ${answer.reload.join("; ")}. File ${answer.file}${answer.etag ? `, ETag ${answer.etag}` : ""}.`,
  );
  return EXIT.ok;
}
