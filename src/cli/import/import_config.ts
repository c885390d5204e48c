// `schelly import-config`: reads the configuration of another program and writes ours, with a note on what is different.

import type { Command } from "commander";
import { beforeName, folderOf, resolvePath } from "../../domain/path.ts";
import { counted } from "../../domain/count_text.ts";
import { clean } from "../../domain/steering.ts";
import type { Host } from "../../ports/host.ts";
import { readTime } from "../config/first_answers.ts";
import { schemaLine, serverLines } from "../config/first_text.ts";
import { assertNew, whyUnusable } from "../config/new_file.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example } from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";
import type { ImportPlace } from "./borgmatic.ts";
import type { Imported, ImportedSecret, Note } from "./imported.ts";

interface ImportArgs {
  schedule?: string;
  timezone?: string;
  name?: string;
  output?: string;
}

/** Declares the command. */
export function addImportConfig(program: Command, { host, finish }: Context): void {
  const command = program.command("import-config")
    .description("read a configuration of borgmatic or resticprofile, and write ours")
    .argument("<file>", "the file, such as /etc/borgmatic/config.yaml")
    .option("--schedule <pattern>", "when, as 02:30 or a cron pattern; absent: derived from what is kept")
    .option("--timezone <zone>", "such as Europe/Berlin; absent: TZ of the server, else UTC")
    .option("--name <name>", "name of the first job (default: by its repository)")
    .option("-o, --output <file>", "where it is written, secrets in files beside it; absent: printed");
  example(
    command,
    "schelly import-config /etc/borgmatic/config.yaml",
    "schelly import-config /etc/borgmatic/config.yaml --schedule 02:30 -o schelly.yaml",
    "schelly import-config /etc/resticprofile/profiles.yaml -o schelly.yaml",
  );
  command.action(async (file, options) => finish(await importConfig(file, options, host)));
}

async function importConfig(file: string, args: ImportArgs, host: Host): Promise<number> {
  const folder = host.files.workingFolder();
  const output = args.output === undefined ? undefined : resolvePath(folder, args.output);
  if (output !== undefined) await assertNew(output, host);
  const schedule = args.schedule === undefined ? undefined : scheduleOf(args.schedule);
  const imported = await read(file, host, {
    file,
    folder,
    now: host.clock.now(),
    ...(schedule === undefined ? {} : { schedule }),
    ...(args.timezone === undefined ? {} : { timezone: args.timezone }),
    ...(args.name === undefined ? {} : { name: args.name }),
  });
  const { importedText } = await import("./imported_text.ts");
  const text = importedText(
    imported,
    output === undefined
      ? { schema: [], server: [] }
      : { schema: await schemaLine(output, host.files), server: serverLines(output) },
  );
  const display = displayOf(host);
  const wrong = await whyUnusable(output ?? resolvePath(folder, "schelly.yaml"), text, host);
  if (wrong !== undefined) {
    throw new Failure(
      EXIT.config,
      `'${file}' makes no configuration that can be used, and nothing was written: ${wrong}`,
    );
  }
  for (const { kind, about, message } of imported.notes.toSorted(worstFirst)) {
    display.note(`${kind === "lost" ? "warning" : "note"}: ${clean(`${about}: ${message}`)}`);
  }
  if (output === undefined) {
    for (const line of text.trimEnd().split("\n")) display.print(line);
    for (const { file: secret, what } of imported.secrets) {
      display.note(`note: write ${what} into the file '${secret}' beside it, mode 0600`);
    }
    return EXIT.ok;
  }
  await writeAll(output, text, imported.secrets, host);
  sayNext(imported, args.output!, output, display);
  return EXIT.ok;
}

function worstFirst(one: Note, other: Note): number {
  return (one.kind === "lost" ? 0 : 1) - (other.kind === "lost" ? 0 : 1);
}

function scheduleOf(text: string): string {
  const found = readTime(text);
  if ("error" in found) throw new Failure(EXIT.usage, `Cannot use '${text}' as --schedule: ${found.error}`);
  return found.value;
}

/** Whose it is, is seen by its keys. */
async function read(file: string, host: Host, place: ImportPlace): Promise<Imported> {
  const path = resolvePath(place.folder, file);
  const text = await host.files.readText(path).catch((error) => {
    throw new Failure(EXIT.failed, `Cannot read '${file}': ${error.message}`);
  });
  const { CannotImport } = await import("./imported.ts");
  try {
    if (/\.(?:toml|hcl|conf)$/.test(file)) {
      throw new CannotImport(`'${file}' is no YAML: write it as YAML or JSON, and import that`);
    }
    return await parsed(text, { ...place, file }, folderOf(path));
  } catch (error) {
    if (error instanceof CannotImport) throw new Failure(EXIT.config, `Cannot import: ${error.message}`);
    throw error;
  }
}

/** `beside`: the folder of the file, to which the paths of some lead. */
async function parsed(text: string, place: ImportPlace, beside: string): Promise<Imported> {
  const { CannotImport } = await import("./imported.ts");
  const { readForeignYaml } = await import("./foreign_yaml.ts");
  const { isBorgmatic, readBorgmatic } = await import("./borgmatic_input.ts");
  const { isResticprofile, readResticprofile } = await import("./resticprofile_input.ts");
  const values = readForeignYaml(
    text,
    place.file,
    () => "includes are not followed: `borgmatic config show` prints it whole, import what that says",
  );
  if (isBorgmatic(values)) {
    const { importBorgmatic } = await import("./borgmatic.ts");
    return importBorgmatic(readBorgmatic(values, place.file), place);
  }
  if (isResticprofile(values)) {
    const { importResticprofile } = await import("./resticprofile.ts");
    return importResticprofile(readResticprofile(values, beside), { ...place, folder: beside });
  }
  throw new CannotImport(
    `'${place.file}' is no configuration of borgmatic or resticprofile: expected source_directories and repositories, ` +
      "or profiles with a repository and a backup",
  );
}

/** Nothing that is there is touched: a secret that is there already must be the same. */
async function writeAll(
  output: string,
  text: string,
  secrets: readonly ImportedSecret[],
  host: Host,
): Promise<void> {
  const { files } = host;
  const folder = beforeName(output);
  const missing: ImportedSecret[] = [];
  for (const secret of secrets) {
    const path = resolvePath(folder, secret.file);
    if (await files.info(path) === undefined) missing.push(secret);
    else if ((await files.readText(path)).trimEnd() !== secret.value) {
      throw new Failure(
        EXIT.failed,
        `'${path}' is there already and holds something else than ${secret.what}: move it away, or write to another folder`,
      );
    }
  }
  for (const { file, value } of missing) {
    await files.writeText(resolvePath(folder, file), `${value}\n`, 0o600);
  }
  const made = await files.create(output, 0o600);
  try {
    await made.append(new TextEncoder().encode(text));
    await made.sync();
  } finally {
    made.close();
  }
}

function sayNext({ jobs, secrets, notes }: Imported, named: string, output: string, display: Display): void {
  const lost = notes.filter(({ kind }) => kind === "lost").length;
  const more = lost === 0
    ? ""
    : `; ${lost} ${lost === 1 ? "thing needs" : "things need"} you, see its first lines`;
  display.print(`Wrote ${output}: ${counted(jobs.length, "job")}${more}.`);
  for (const { file, what } of secrets) {
    display.print(`${what[0]!.toUpperCase()}${what.slice(1)} is in ${file} beside it.`);
  }
  for (
    const line of [
      "Next:",
      `  schelly validate config ${named}`,
      `  schelly run --config ${named}`,
      `  schelly jobs check ${jobs[0]!.name} --config ${named}    # in another terminal: could it work?`,
      `  schelly jobs trigger ${jobs[0]!.name} --wait --config ${named}`,
      "Keep the timer of the other program until the first backup is there, then stop it.",
    ]
  ) display.print(line);
}
