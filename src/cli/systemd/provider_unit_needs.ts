// What `schelly provider serve` needs of a machine, by its own options.

import { Command, CommanderError } from "commander";
import type { BuiltinProviderSpec } from "../../domain/provider_spec.ts";
import type { Host } from "../../ports/host.ts";
import { type ServeArgs, type ServedKind, serveOptions } from "../provider/serve_options.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { providerUnitText } from "./provider_unit.ts";
import { folderOf } from "../../domain/path.ts";
import { absoluteIn, localRepository, sourcesOf, unique } from "./unit_paths.ts";

type AllArgs = ServeArgs & { repository?: string; path?: string[]; source?: string; url?: string };

/** Files that systemd hands over, since whoever serves may not read where they are. */
const SECRET_FLAGS = new Set([
  "--token-file",
  "--password-file",
  "--tls-cert-file",
  "--tls-key-file",
  "--config-file",
]);
const PATH_FLAGS = new Set(["--path", "--state-folder", "--restore-root", "--config"]);

interface Flag {
  flag: string;
  /** Absent for one that takes none. */
  value?: string;
}

/** The unit for one provider; its secrets are not read, so it can be made before they are there. */
export async function providerUnit(
  kind: ServedKind,
  argv: readonly string[],
  program: string,
  host: Host,
): Promise<string> {
  const absolute = absoluteIn(host);
  const { args, flags } = readServeArgs(kind, argv);
  const spec = await specOf(kind, args, host);
  const credentials: { name: string; path: string }[] = [];
  const credentialOf = (flag: string, path: string) => {
    // Two files may have one name.
    const name = `${flag.slice(2)}${path.endsWith(".pem") ? ".pem" : ""}`;
    if (!credentials.some((known) => known.name === name)) credentials.push({ name, path: absolute(path) });
    return { credential: name };
  };
  const serveArguments = flags.flatMap(({ flag, value }): (string | { credential: string })[] => {
    if (value === undefined) return [flag];
    if (SECRET_FLAGS.has(flag)) return [flag, credentialOf(flag, value)];
    const isPath = PATH_FLAGS.has(flag) || (flag === "--repository" && isLocal(value));
    return [flag, isPath ? absolute(value) : value];
  });
  return providerUnitText({
    program: absolute(program),
    kind,
    serveArguments,
    credentials,
    writes: unique([
      ...(args.stateFolder === undefined ? [] : [absolute(args.stateFolder)]),
      ...(args.restoreRoot ?? []).map(absolute),
      ...(spec === undefined ? [] : localRepository(spec).map(absolute)),
      ...(args.repository !== undefined && isLocal(args.repository) ? [absolute(args.repository)] : []),
    ]),
    reads: unique([
      ...(spec === undefined ? [] : sourcesOf(spec).map(absolute)),
      ...(args.path ?? []).map(absolute),
      ...(args.source?.startsWith("file://") ? [args.source.slice("file://".length)] : []),
    ]),
    mounts: args.config === undefined ? [] : [absolute(args.config), folderOf(absolute(args.config))],
    isOpen: kind === "command",
  });
}

function isLocal(repository: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/.test(repository);
}

/** The options as they are, and each as it was given. Rejects what `provider serve` would not take. */
function readServeArgs(kind: ServedKind, argv: readonly string[]): { args: AllArgs; flags: Flag[] } {
  const command = serveOptions(new Command(kind).exitOverride().helpOption(false), kind)
    .configureOutput({ writeErr() {}, writeOut() {} })
    .allowExcessArguments(false);
  try {
    command.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new Failure(EXIT.usage, `Cannot make a unit for provider serve ${kind}: ${error.message}`);
  }
  const args = command.opts<AllArgs>();
  const flags = command.options.flatMap((option): Flag[] => {
    const key = option.attributeName();
    if (command.getOptionValueSource(key) !== "cli") return [];
    const value: unknown = command.getOptionValue(key);
    if (typeof value === "boolean") return option.negate === !value ? [{ flag: option.long! }] : [];
    const values = (Array.isArray(value) ? value : [value]).map(String);
    return values.map((one) => ({ flag: option.long!, value: one }));
  });
  for (const { flag, value } of flags) {
    if (value === undefined || !/[\r\n]/.test(value)) continue;
    throw new Failure(
      EXIT.usage,
      `Cannot put ${flag} into a unit: it has several lines; expected one, or a script`,
    );
  }
  demand(kind, args);
  return { args, flags };
}

/** A unit has no environment of the shell that made it: what it serves must be said. */
function demand(kind: ServedKind, args: AllArgs): void {
  const needed = args.name !== undefined
    ? [["--config", args.config]]
    : kind === "restic"
    ? [["--repository", args.repository], ["--path", args.path]]
    : kind === "backy2"
    ? [["--source", args.source]]
    : kind === "conductor"
    ? [["--url", args.url]]
    : [];
  const missing = needed.filter(([, value]) => value === undefined).map(([flag]) => flag);
  if (missing.length === 0) return;
  throw new Failure(
    EXIT.usage,
    `Cannot make a unit for provider serve ${kind} without ${missing.join(" and ")}: expected it after --`,
  );
}

/** The provider of a configuration that needs files here; undefined where options say what it is. */
async function specOf(
  kind: ServedKind,
  { config, name }: AllArgs,
  host: Host,
): Promise<BuiltinProviderSpec | undefined> {
  if (name === undefined) return undefined;
  const { providers } = await loadConfiguration({ config }, host, "optional");
  const found = providers.get(name);
  // The work of this one is done elsewhere.
  if (found?.kind === "conductor" && kind === "conductor") return undefined;
  if (found !== undefined && found.kind !== "conductor" && found.kind === kind) return found;
  throw new Failure(
    EXIT.notFound,
    `Cannot make a unit for provider ${JSON.stringify(name)}: ${config} has no ${kind} of this name`,
  );
}
