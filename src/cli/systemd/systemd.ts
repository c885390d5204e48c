// `schelly systemd unit`: a hardened unit for one configuration.

import { wholePath } from "../../domain/path.ts";
import { type Command, Option } from "commander";
import type { Config } from "../../config/values/config.ts";
import type { Host } from "../../ports/host.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { configOption, type Context, example } from "../terminal/options.ts";
import { SERVED_KINDS, type ServedKind } from "../provider/serve_options.ts";
import { providerUnit } from "./provider_unit_needs.ts";
import { unitText } from "./systemd_unit.ts";
import { folderOf } from "../../domain/path.ts";
import { absoluteIn, localRepository, sourcesOf, unique } from "./unit_paths.ts";

interface UnitArgs {
  /** Serve a provider of this kind instead; the arguments are those of `provider serve`. */
  provider?: ServedKind;
  config?: string;
  /** Where the program will be. */
  program?: string;
  /** Where the unit goes instead of to standard output. */
  output?: string;
}

/** Where install.sh puts it. */
const DEFAULT_PROGRAM = "/usr/local/bin/schelly";
/** Where programs are installed: what runs from elsewhere is an unpacked archive, or was just built. */
const INSTALLED = /^\/(usr|opt)\//;

/** Declares the command. */
export function addSystemd(program: Command, { host, finish }: Context): void {
  const systemd = program.command("systemd").description("run Schelly as a service of systemd");
  const unit = systemd.command("unit").description(
    "print a hardened unit that allows what the configuration needs, and no more",
  );
  configOption(unit).option(
    "--program <path>",
    `where the program is (default: where it is installed, else ${DEFAULT_PROGRAM})`,
  )
    .option("-o, --output <file>", "write it there, whole or not at all, instead of printing it");
  example(
    unit,
    "sudo schelly systemd unit --config /etc/schelly/schelly.yaml -o /etc/systemd/system/schelly.service",
    "sudo systemctl daemon-reload && sudo systemctl enable --now schelly",
  );
  unit.addOption(
    new Option("--provider <kind>", "a unit for `provider serve KIND`, whose options follow after --")
      .choices(
        SERVED_KINDS.map(({ kind }) => kind),
      ),
  );
  unit.argument("[options...]", "with --provider: options of `provider serve KIND`, after --");
  example(
    unit,
    "schelly systemd unit --provider restic -- --host web-1 --listen 0.0.0.0:7070 --token-file /etc/schelly/token " +
      "--repository /srv/repo --password-file /etc/schelly/restic.pw --path /home",
  );
  unit.action(async (rest: string[], options: UnitArgs) => finish(await makeUnit(rest, options, host)));
}

async function makeUnit(rest: readonly string[], args: UnitArgs, host: Host): Promise<number> {
  if (args.provider === undefined && rest.length > 0) {
    throw new Failure(EXIT.usage, `Cannot take ${JSON.stringify(rest[0])}: expected it with --provider only`);
  }
  if (args.provider !== undefined && args.config !== undefined) {
    throw new Failure(
      EXIT.usage,
      "Cannot take --config here: with --provider expected it after --, with --name",
    );
  }
  const text = args.provider === undefined
    ? await serverUnit(args, host)
    : await providerUnit(args.provider, rest, args.program ?? installed(host), host);
  if (args.output === undefined) host.terminal.out(text);
  else await writeUnit(absoluteIn(host)(args.output), text, host);
  return EXIT.ok;
}

function installed({ program }: Host): string {
  return program !== null && INSTALLED.test(program) ? program : DEFAULT_PROGRAM;
}

/** The unit of the server; secrets are not read, so it can be made before they are there. */
async function serverUnit(args: UnitArgs, host: Host): Promise<string> {
  const config = await loadConfiguration({ config: args.config }, host, "optional");
  const working = host.files.workingFolder();
  const absolute = absoluteIn(host);
  const { source } = config;
  const path = source.kind === "file" || source.kind === "folder" ? absolute(source.path) : null;
  const base = path === null ? working : source.kind === "folder" ? path : folderOf(path);
  const stateFile = /^file:(?:\/\/)?(.*)$/.exec(config.state.url)?.[1];
  // A server under the unit gets the runtime folder, and so the default socket, also where there is none here.
  const socket = config.server.socket ?? (isSocketOff(config) ? null : "/run/schelly/schelly.sock");
  const specs = [...config.providers.values()];
  return unitText({
    program: absolute(args.program ?? installed(host)),
    runArguments: path === null ? [] : ["--config", path],
    socket,
    writes: unique([
      ...(stateFile === undefined ? [] : [folderOf(absolute(stateFile))]),
      ...(config.state.snapshotFolder === undefined ? [] : [wholePath("/", config.state.snapshotFolder)]),
      ...(socket === null ? [] : [folderOf(socket)]),
      ...specs.flatMap(localRepository).map(absolute),
    ]),
    reads: unique(specs.flatMap(sourcesOf).map(absolute)),
    mounts: path === null ? [] : [path],
    credentials: credentialsOf(config, base),
    stopTimeoutMs: config.server.stopTimeoutMs,
  });
}

async function writeUnit(path: string, text: string, { files, terminal }: Host): Promise<void> {
  try {
    await files.writeText(path, text, 0o644);
  } catch (error) {
    const why = `${(error as Error).name}: ${(error as Error).message}`;
    throw new Failure(
      EXIT.notWritable,
      `Cannot write the unit to '${path}': ${why}: what was there is untouched`,
    );
  }
  terminal.err(`Written to ${path}. Next: systemctl daemon-reload\n`);
}

function isSocketOff(config: Config): boolean {
  return config.effective.some(({ path, value }) => path === "server.socket" && value === "none") &&
    config.effective.some(({ path, source }) => path === "server.socket" && source !== "default");
}

/** Every secret file that the configuration names by a bare name: systemd puts those where Schelly looks first. */
function credentialsOf(config: Config, base: string): { name: string; path: string }[] {
  // Tokens and users stand in one value each, as the file writes them.
  const tokens = config.effective.filter(({ path }) => /^server\.auth\.(tokens|users)$/.test(path))
    .flatMap(({ value }) =>
      [...value.matchAll(/(?:token|password)_file: "?([^",}\s]+)/g)].map(([, name]) => name!)
    );
  const files = config.effective
    .filter(({ path }) => /(^|\.)[a-z_]+_file(\.[^.]+)?$/.test(path))
    .filter(({ path }) => !/\.(body|create_body|delete_body|headers|env)\./.test(path))
    .map(({ value }) => value.replace(/^["']|["']$/g, ""));
  const names = [...tokens, ...files].filter((name) => /^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/.test(name));
  return unique(names).map((name) => ({ name, path: `${base}/${name}` }));
}
