// `schelly provider serve command | restic | backy2 | conductor`: one built-in provider over HTTP, for schedulers on other machines.

import { hasColour } from "../../observe/colour.ts";
import type { Command } from "commander";
import { z } from "zod";
import { formatListen, type ListenAddress, parseListen } from "../../config/values/listen.ts";
import { isLoopback } from "../../domain/http/loopback.ts";
import { iso } from "../../domain/instant.ts";
import type { BuiltinProviderSpec, ConductorProviderSpec } from "../../domain/provider_spec.ts";
import { createLog } from "../../observe/log.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Host } from "../../ports/host.ts";
import type { ServeOptions } from "../../provider_kit.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example } from "../terminal/options.ts";
import { backy2Spec, commandSpec, resticSpec } from "./provider_spec.ts";
import { conductorSpec } from "./conductor_spec.ts";
import {
  DEFAULT_FOLDER,
  type ServeArgs,
  SERVED_KINDS,
  serveOptions,
  type ServeProviderArgs,
} from "./serve_options.ts";
import { readToken } from "./token_file.ts";
import { clean } from "../../domain/steering.ts";
import { jsonText } from "../terminal/render.ts";
import type { Roots } from "../terminal/roots.ts";
import { gapText } from "../server/announce.ts";
import { stopSignals } from "../terminal/stop_signals.ts";

/** Declares the commands and answers their group, for those of other files. */
export function addProvider(program: Command, { host, roots, finish }: Context): Command {
  const provider = program.command("provider").description("serve, test and mock providers");
  const serve = provider.command("serve").description(
    "serve the provider protocol at /backups until a signal",
  );

  for (const { kind, description, examples } of SERVED_KINDS) {
    const command = serveOptions(serve.command(kind).description(description), kind);
    example(command, ...examples);
    command.action(async (options) => finish(await serveProvider({ ...options, kind }, host, roots)));
  }
  return provider;
}

/** Serves until SIGINT (130) or SIGTERM (143); a second signal ends it at once. */
async function serveProvider(args: ServeProviderArgs, host: Host, roots: Roots): Promise<number> {
  const spec = await specOf(args, host);
  const listen = listenOf(args.listen, host.env);
  const stateFolder = args.stateFolder ?? (host.env.DATA_DIR || DEFAULT_FOLDER);
  const read = args.tokenFile === undefined ? undefined : await readToken(args.tokenFile, host);
  const token = read?.token;
  const say = (line: string) => host.terminal.err(`${clean(line)}\n`);
  if (token === undefined) demandLoopback(listen, args.listen);
  const tls = await readTls(args, host);
  const options: ServeOptions = {
    listen: tls === undefined ? listen : { ...listen, tls },
    stateFolder,
    sink: logOf(host),
    ...(args.restoreRoot === undefined ? {} : { restoreRoots: args.restoreRoot }),
    ...(args.host === undefined ? {} : { hosts: args.host }),
  };
  const auth = authOf(args.tokenHeader, token);
  if (auth !== undefined) options.auth = auth;
  const signals = stopSignals(host);
  const serve = async () => {
    const serving = await roots.serveBuiltin(spec, options, host);
    say(`Serving ${spec.key} at ${serving.url}.`);
    if (token === undefined) {
      say("Without --token-file, every program of this machine may make and delete backups.");
    }
    if (read?.isShort) {
      say(
        `warning: the token of ${args.tokenFile} is short, and can be guessed: make one by \`openssl rand -hex 24\``,
      );
    }
    for (const { ok, name, message } of await serving.check()) if (!ok) say(`warning: ${name}: ${message}`);
    const code = await signals.asked;
    say("Stopping; a second signal stops at once.");
    await serving.close();
    return code;
  };
  try {
    return await Promise.race([serve(), signals.again]);
  } finally {
    signals.end();
  }
}

/** Refuses an address that other machines reach: whoever is on the network could make and delete backups there. */
function demandLoopback(listen: ListenAddress, flag: string | undefined): void {
  if (isLoopback(listen.hostname)) return;
  const origin = flag === undefined ? "LISTEN_IP" : "--listen";
  throw new Failure(
    EXIT.usage,
    `Cannot serve at ${
      formatListen(listen)
    } (${origin}) without a token: other machines could make and delete ` +
      "backups there. Expected --token-file with a file that holds one (`openssl rand -hex 24`), which the scheduler " +
      "sends as the header 'Authorization: Bearer TOKEN'; or a loopback address, such as 127.0.0.1",
  );
}

/** What callers must show; a header's name without a token protects nothing, so it is refused. */
function authOf(header: string | undefined, token: string | undefined): ServeOptions["auth"] {
  if (header === undefined) return token === undefined ? undefined : { bearer: token };
  if (token === undefined) {
    throw new Failure(
      EXIT.usage,
      "--token-header needs --token-file: expected the file that holds the token",
    );
  }
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header)) {
    const given = JSON.stringify(header);
    throw new Failure(EXIT.usage, `Cannot read --token-header ${given}: expected a name such as X-Api-Key`);
  }
  return { header, value: token };
}

async function readTls(args: ServeArgs, host: Host): Promise<{ cert: string; key: string } | undefined> {
  const { tlsCertFile, tlsKeyFile } = args;
  if (tlsCertFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsCertFile === undefined || tlsKeyFile === undefined) {
    const given = tlsCertFile === undefined ? "--tls-key-file" : "--tls-cert-file";
    throw new Failure(
      EXIT.usage,
      `Cannot use ${given} alone: HTTPS needs both --tls-cert-file and --tls-key-file`,
    );
  }
  const read = async (flag: string, path: string) => {
    try {
      return await host.files.readText(path);
    } catch (error) {
      throw new Failure(EXIT.usage, `Cannot read ${flag} ${path}: ${(error as Error).message}`);
    }
  };
  return { cert: await read("--tls-cert-file", tlsCertFile), key: await read("--tls-key-file", tlsKeyFile) };
}

const Level = z.enum(["debug", "info", "warning", "error"]);

/** What the provider does, on stderr; from the level LOG_LEVEL on. */
function logOf(host: Host): EventSink {
  const level = Level.safeParse(host.env.LOG_LEVEL || "info");
  if (!level.success) {
    throw new Failure(
      EXIT.usage,
      `Cannot read LOG_LEVEL ${JSON.stringify(host.env.LOG_LEVEL)}: expected ${Level.options.join(", ")}`,
    );
  }
  const { terminal, clock } = host;
  const log = createLog({
    level: level.data,
    format: terminal.errIsTty ? "text" : "json",
    colour: hasColour(terminal.errIsTty, host.env),
    write: (line) => terminal.err(`${line}\n`),
  });
  // What nobody reads must not stop a backup.
  terminal.neverWait((dropped) =>
    terminal.errIsTty
      ? `warning: ${gapText(dropped)}\n`
      : `${jsonText({ time: iso(clock.now()), level: "warning", event: "cli", message: gapText(dropped) })}\n`
  );
  return log;
}

async function specOf(
  args: ServeProviderArgs,
  host: Host,
): Promise<BuiltinProviderSpec | ConductorProviderSpec> {
  if (args.name === undefined) {
    if (args.config !== undefined) {
      throw new Failure(
        EXIT.usage,
        "--config needs --name: expected the name of the provider to serve out of it",
      );
    }
    switch (args.kind) {
      case "restic":
        return resticSpec(args, host.env);
      case "command":
        return commandSpec(args, host.env);
      case "backy2":
        return backy2Spec(args, host.env);
      case "conductor":
        return conductorSpec(args, host.env);
    }
  }
  const config = await loadConfiguration({ config: args.config }, host, "required");
  const found = config.providers.get(args.name);
  if (found?.kind === args.kind) return found;
  const names = [...config.providers.values()].filter(({ kind }) => kind === args.kind).map(({ key }) => key);
  const what = found === undefined ? "there is none of this name" : `this one is of kind ${found.kind}`;
  const others = names.length === 0
    ? "the configuration has none of this kind"
    : `expected ${names.join(" or ")}`;
  throw new Failure(
    EXIT.notFound,
    `Cannot serve provider ${JSON.stringify(args.name)} as ${args.kind}: ${what}: ${others}`,
  );
}

/** The address of a provider: the flag, else the original's environment, else 127.0.0.1:7070. */
export function listenOf(flag: string | undefined, env: Record<string, string>): ListenAddress {
  const hostname = env.LISTEN_IP || "127.0.0.1";
  const text = flag ?? `${hostname.includes(":") ? `[${hostname}]` : hostname}:${env.LISTEN_PORT || "7070"}`;
  const address = parseListen(text);
  if (!("error" in address)) return address;
  const origin = flag === undefined ? "LISTEN_IP and LISTEN_PORT" : "--listen";
  throw new Failure(
    EXIT.usage,
    `Cannot read ${origin} as an address: ${JSON.stringify(text)} ${address.error}`,
  );
}
