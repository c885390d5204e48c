// `schelly init`: a first configuration by four questions, or by flags. Whatever is there already stays as it is.

import { type Command, Option } from "commander";
import { resolvePath } from "../../domain/path.ts";
import { ConfigError } from "../../domain/errors.ts";
import type { Host } from "../../ports/host.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example } from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";
import { assertNew } from "./new_file.ts";
import { nameFor, readPolicy, readTime, USUAL_POLICY, USUAL_TIME } from "./first_answers.ts";
import { type FirstJob, firstText, stateBeside } from "./first_text.ts";

interface InitArgs {
  path?: string[];
  url?: string;
  repository?: string;
  passwordFile?: string;
  schedule?: string;
  /** The same. */
  at?: string;
  policy?: string;
  name?: string;
  timezone?: string;
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
    .option("--password-file <path>", "password of the repository; made where it is missing")
    .option("--schedule <pattern>", `when: 02:30, or a cron pattern (default ${USUAL_TIME} each day)`)
    // As it was called at first; `--at` of other commands is an instant.
    .addOption(new Option("--at <pattern>").hideHelp())
    .option("--policy <policy>", `what is kept (default ${USUAL_POLICY})`)
    .option("--name <name>", "name of the job (default: by what is backed up)")
    .option("--timezone <zone>", "such as Europe/Berlin; absent: TZ of the server, else UTC")
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
  const job = await jobOf(args, host);
  const state = stateBeside(file);
  const text = firstText({ ...job, ...(state === undefined ? {} : { state }) });
  await judge(text, host);
  const display = displayOf(host);
  if (args.print) {
    for (const line of text.trimEnd().split("\n")) display.print(line);
    return EXIT.ok;
  }
  const { provider } = job;
  const madePassword = provider.kind === "restic" && await makePassword(provider.passwordFile, file, host);
  const made = await host.files.create(file, 0o600);
  try {
    await made.append(new TextEncoder().encode(text));
    await made.sync();
  } finally {
    made.close();
  }
  display.print(`Wrote ${file}.`);
  if (madePassword !== false) {
    display.print(`Wrote ${madePassword}: without it nobody can restore. Keep a copy of it somewhere else.`);
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

/** What flags do not say is asked. */
async function jobOf(args: InitArgs, host: Host): Promise<FirstJob> {
  const ask = questions(host);
  if (args.url !== undefined && (args.path ?? args.repository) !== undefined) {
    throw new Failure(
      EXIT.usage,
      "--url stands beside --path or --repository: expected one of the two kinds",
    );
  }
  const source = args.url ?? args.path ?? await ask(
    "--path or --url",
    "What is to be backed up? A folder, or the http address of a provider",
    undefined,
  );
  const isUrl = typeof source === "string" && /^https?:\/\//.test(source);
  const paths = typeof source === "string"
    ? [resolvePath(host.files.workingFolder(), source)]
    : source.map((path) => resolvePath(host.files.workingFolder(), path));
  const name = args.name ?? nameFor(isUrl ? source : paths[0]!);
  const repository = isUrl ? undefined : args.repository ??
    await ask("--repository", "Where do backups go? A folder elsewhere, or as restic -r takes it", undefined);
  const at = readOr(
    readTime,
    args.schedule ?? args.at ?? await ask(null, "When? A time of each day, or a cron pattern", USUAL_TIME),
  );
  const policy = readOr(readPolicy, args.policy ?? await ask(null, "What is kept?", USUAL_POLICY));
  const zone = args.timezone === undefined ? {} : { timezone: args.timezone };
  const rest = { name, schedule: at, policy, ...zone };
  if (isUrl) return { ...rest, provider: { kind: "url", url: source } };
  const passwordFile = args.passwordFile ?? `${name}-password`;
  const place = /^[a-z][a-z0-9+.-]*:/i.test(repository!)
    ? repository!
    : resolvePath(host.files.workingFolder(), repository!);
  return { ...rest, provider: { kind: "restic", paths, repository: place, passwordFile } };
}

/** Asks on a terminal; without one, what has a usual answer is that, and the rest must be said by its flag. */
function questions({ terminal }: Host) {
  return async (flag: string | null, question: string, usual: string | undefined): Promise<string> => {
    if (!terminal.inIsTty) {
      if (usual !== undefined) return usual;
      throw new Failure(EXIT.usage, `There is no terminal to ask on: expected ${flag}`);
    }
    for (;;) {
      const answer = await terminal.ask(`${question}${usual === undefined ? "" : ` [${usual}]`}: `);
      if (answer === null) throw new Failure(EXIT.failed, "Nothing was written");
      if (answer.trim() !== "") return answer.trim();
      if (usual !== undefined) return usual;
    }
  };
}

function readOr(read: (text: string) => { value: string } | { error: string }, text: string): string {
  const found = read(text);
  if ("error" in found) throw new Failure(EXIT.usage, `Cannot use '${text}': ${found.error}`);
  return found.value;
}

/** What is written can be used: it is judged as every configuration is, before anything is written. */
async function judge(text: string, host: Host): Promise<void> {
  try {
    await loadConfiguration({}, host, "optional", { edit: { text, file: null } });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const errors = error.issues.filter(({ severity }) => severity === "error");
    throw new Failure(
      EXIT.usage,
      `These answers make no configuration that can be used, and nothing was written: ${
        errors.map(({ path, message }) => `${path}: ${message}`).join("; ")
      }`,
    );
  }
}

/** The path of the new file; false where there is one already. */
async function makePassword(written: string, file: string, host: Host): Promise<string | false> {
  const path = resolvePath(file.slice(0, file.lastIndexOf("/") + 1), written);
  if (await host.files.info(path) !== undefined) return false;
  await host.files.writeText(path, `${host.secrets.token()}\n`, 0o600);
  return path;
}
