// `schelly init`: a first configuration by four questions, or by flags. Whatever is there already stays as it is.

import { type Command, Option } from "commander";
import { resolvePath } from "../../domain/path.ts";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example } from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";
import { assertNew, whyUnusable } from "./new_file.ts";
import { USUAL_POLICY, USUAL_TIME } from "./first_answers.ts";
import { type FirstFlags, firstJob } from "./first_questions.ts";
import { isElsewhere, makePassword } from "./first_repository.ts";
import { firstText, schemaLine, serverLines } from "./first_text.ts";

interface InitArgs extends FirstFlags {
  output?: string;
  print?: boolean;
}

const FILE = "schelly.yaml";

/** Declares the command. */
export function addInit(program: Command, { host, finish }: Context): void {
  const init = program.command("init")
    .description("write a first configuration: asks four questions, or takes flags")
    .option("--path <path...>", "folders to back up with restic")
    .option("--url <url>", "or a provider that makes the backups, such as http://host:7070/backups")
    .option("--repository <repository>", "where backups go, as restic -r takes it")
    .option("--password-file <path>", "password of the repository; made for a new one where missing")
    .option("--schedule <pattern>", `when: 02:30, or a cron pattern (default ${USUAL_TIME} each day)`)
    // As it was called at first; `--at` of other commands is an instant.
    .addOption(new Option("--at <pattern>").hideHelp())
    .option("--policy <policy>", `what is kept (default ${USUAL_POLICY})`)
    .option("--name <name>", "name of the job (default: by what is backed up)")
    .option("--timezone <zone>", "such as Europe/Berlin; absent: TZ, else that of this machine")
    .option("-o, --output <file>", `where it is written (default ${FILE})`)
    .option("--print", "print it, and write nothing");
  example(
    init,
    "schelly init",
    "schelly init --path /home --repository /srv/restic/home --schedule 02:30",
    "schelly init --url http://nas:7070/backups --policy daily=14,monthly=12 --print",
  );
  init.action(async (options) => finish(await writeFirst(options, host)));
}

async function writeFirst(args: InitArgs, host: Host): Promise<number> {
  const file = resolvePath(host.files.workingFolder(), args.output ?? FILE);
  if (!args.print) await assertNew(file, host);
  const job = await firstJob(args, file, host);
  const text = firstText(job, [
    ...await schemaLine(file, host.files),
    "# Every key: schelly config schema, or docs/configuration.md. An edit takes effect by itself.",
    ...serverLines(file),
  ]);
  const wrong = await whyUnusable(file, text, host);
  if (wrong !== undefined) {
    throw new Failure(
      EXIT.usage,
      `These answers make no configuration that can be used, and nothing was written: ${wrong}`,
    );
  }
  const display = displayOf(host);
  if (args.print) {
    for (const line of text.trimEnd().split("\n")) display.print(line);
    return EXIT.ok;
  }
  const { provider } = job;
  const madePassword = provider.kind === "restic"
    ? await makePassword(provider.passwordFile, file, host)
    : undefined;
  const made = await host.files.create(file, 0o600);
  try {
    await made.append(new TextEncoder().encode(text));
    await made.sync();
  } finally {
    made.close();
  }
  display.print(`Wrote ${file}.`);
  if (madePassword !== undefined) {
    display.print(`Wrote ${madePassword}: without it nobody can restore. Keep a copy of it somewhere else.`);
  }
  if (madePassword !== undefined && provider.kind === "restic" && isElsewhere(provider.repository)) {
    display.print(
      `If there is a repository at ${shown(provider.repository)} already, write its password into that file.`,
    );
  }
  const config = args.output === undefined ? "" : ` --config ${args.output}`;
  for (
    const line of [
      "Next:",
      `  schelly validate config${args.output === undefined ? "" : ` ${args.output}`}`,
      `  schelly run${config}`,
      `  schelly jobs trigger ${job.name} --wait${config}    # in another terminal: the first backup`,
    ]
  ) display.print(line);
  return EXIT.ok;
}

/** A user and password in the address are nobody's to read on a screen. */
function shown(repository: string): string {
  return repository.replace(/\/\/[^/@]*@/, "//***@");
}
