// `schelly audit list | head | verify`: what was done by whom, and whether that record is whole.

import { resolvePath } from "../../domain/path.ts";
import type { Command } from "commander";
import { StoreError } from "../../domain/errors.ts";
import { HEAD_EXPECTED, parseHead } from "../../domain/trail_head.ts";
import type { Host } from "../../ports/host.ts";
import { AuditEventAnswer, AuditHeadAnswer, AuditReportAnswer } from "../client/answers.ts";
import { connect } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { countReader } from "../terminal/readers.ts";
import { displayOf } from "../terminal/render.ts";
import { serverOrNone } from "./server_or_none.ts";

interface ListArgs extends ServerArgs {
  after?: number;
  limit: number;
  json?: boolean;
}

interface VerifyArgs extends ServerArgs {
  file?: string;
  head?: string;
  json?: boolean;
}

const KEEP_IT = `
A head that is kept elsewhere (a ticket, another machine, a printout) proves later that nothing up to it was changed,
and nothing cut off: \`schelly audit verify --head NUMBER:DIGEST\`. Without one, whoever can write the state could
write a whole new trail.
`;

/** Declares the commands. */
export function addAudit(program: Command, { host, finish }: Context): void {
  const audit = program.command("audit").description(
    "list what was done by whom, and verify that record",
  );
  const list = audit.command("list").description(
    "list what callers did, configurations, deletions, guards and their answers",
  )
    .option(
      "--after <number>",
      "only events after this number in the chain",
      countReader(0, Number.MAX_SAFE_INTEGER),
    )
    .option(
      "--limit <n>",
      "at most so many: the newest, or with --after the oldest",
      countReader(1, 10_000),
      100,
    );
  example(serverOptions(jsonOption(list)), "schelly audit list --limit 20");
  list.action(async (options) => finish(await listTrail(options, host)));

  const head = audit.command("head").description("print where the trail ends, to be kept elsewhere")
    .addHelpText("after", KEEP_IT);
  example(serverOptions(jsonOption(head)), "schelly audit head >> /mnt/elsewhere/audit-heads");
  head.action(async (options) => finish(await showHead(options, host)));

  const verify = audit.command("verify").description("verify that the trail is whole; exit 1 when it is not")
    .argument("[file]", "a state file that no server uses, or a snapshot; else the server's")
    .option("--head <head>", "a head that was kept elsewhere, NUMBER:DIGEST or the digest")
    .addHelpText("after", KEEP_IT);
  example(
    serverOptions(jsonOption(verify)),
    'schelly audit verify --head "$(tail -n 1 /mnt/elsewhere/audit-heads)"',
  );
  verify.action(async (file, options) => finish(await verifyTrail({ ...options, file }, host)));
}

/** Oldest first, as a log reads. */
async function listTrail(args: ListArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const { after, limit } = args;
  const found = await client.get("/audit", AuditEventAnswer.array(), { after, limit });
  const events = [...found].sort((a, b) => a.link - b.link);
  const display = displayOf(host);
  if (args.json) display.json(events);
  else if (events.length === 0) display.note("The audit trail has no such events.");
  for (const { link, at, type, job, message } of args.json ? [] : events) {
    display.print(`${link} ${at} ${type}${job ? ` ${job}` : ""}: ${message}`);
  }
  return EXIT.ok;
}

async function showHead(args: ServerArgs & { json?: boolean }, host: Host): Promise<number> {
  const client = await connect(args, host);
  const answer = await client.get("/audit/head", AuditHeadAnswer);
  const display = displayOf(host);
  if (args.json) display.json(answer);
  else display.print(answer.head);
  return EXIT.ok;
}

/** By the server that is found; else, or where a file is named, by a look at what nobody uses. */
async function verifyTrail(args: VerifyArgs, host: Host): Promise<number> {
  if (args.head !== undefined && parseHead(args.head) === undefined) {
    throw new Failure(EXIT.usage, `--head: '${args.head.slice(0, 100)}' is no head: ${HEAD_EXPECTED}`);
  }
  const client = args.file === undefined ? await serverOrNone(args, host) : undefined;
  const report: AuditReportAnswer = client === undefined
    ? await ofIdleState(args, host)
    : await client.post("/audit/verify", AuditReportAnswer, {
      body: args.head === undefined ? {} : { head: args.head },
    });
  const display = displayOf(host);
  if (args.json) display.json(report);
  else {
    await display.fields([
      ["audit trail", report.trouble ? "broken" : "whole"],
      ["head", report.head],
      ["events", `${report.events ?? "?"} chained`],
      ...(report.pruned ? [["gone by age", `${report.pruned}, vouched for by checkpoints`] as const] : []),
      ...(report.unchained
        ? [["unchained", `${report.unchained}, from before the chain: nothing can be said of them`] as const]
        : []),
      ...(report.proof ? [["kept head", report.proof.result] as const] : []),
    ].map(([name, value]) => [name!, value!]));
  }
  if (report.trouble) display.note(`The audit trail is broken: ${report.trouble.message}.`);
  if (report.proof) display.note(`The kept head: ${report.proof.message}.`);
  if (!report.trouble && !report.proof) {
    display.note(
      "It fits together. That nobody wrote it anew as a whole only a head proves that was kept elsewhere: see " +
        "'schelly audit verify --help'.",
    );
  }
  return report.whole ? EXIT.ok : EXIT.failed;
}

async function ofIdleState(args: VerifyArgs, host: Host): Promise<AuditReportAnswer> {
  const [{ verifyState }, { auditReportView }] = await Promise.all([
    import("../../store/audit/verify_file.ts"),
    import("../../app/operations/audit.ts"),
  ]);
  const { file } = args;
  const state = file === undefined
    ? (await loadConfiguration({ config: args.config }, host, "optional")).state
    : { url: `file:${resolvePath(host.files.workingFolder(), file)}`, token: null };
  try {
    const kept = args.head === undefined ? null : parseHead(args.head)!;
    return auditReportView(await verifyState(state, kept, host));
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== "in_use") throw error;
    throw new Failure(
      EXIT.inUse,
      `${error.message}: a server holds the state: name it by --server or --socket, and no file`,
    );
  }
}
