// Decides which server a command talks to: what the user names, else the socket, else the address of the config.

import type { ServerPlace } from "../../config/server_place.ts";
import { formatListen } from "../../config/values/listen.ts";
import { ConfigError } from "../../domain/errors.ts";
import type { Host, Http } from "../../ports/host.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { clean } from "../../domain/steering.ts";

/** How a command says which server it means. */
export interface ServerArgs {
  server?: string;
  socket?: string;
  tokenFile?: string;
  /** Trusted beside the usual authorities. */
  caFile?: string;
  config?: string;
}

/** One server to talk to. */
export interface Target {
  /** As shown to people: `http://127.0.0.1:8080`, `unix:/run/schelly/schelly.sock`. */
  name: string;
  /** Prefix of every path, without a slash at its end. */
  base: string;
  http: Http;
  /** Who may open the socket is admin: no token is sent there. */
  local: boolean;
  /** What was tried before and did not answer, in words. */
  passed: string[];
  /** Other doors of the same server, which were not tried. */
  behind: Target[];
}

/** Where a server listens when there is no configuration at all. */
const USUAL_PLACE: ServerPlace = {
  listen: { hostname: "127.0.0.1", port: 8080 },
  socket: "/run/schelly/schelly.sock",
  tls: false,
  supposed: [],
};
const PROBE_MS = 3_000;
const NO_ANSWER = "no answer in time";

/**
 * The server to use; rejects with `Failure(unreachable)` naming what was tried when none answers. `unsure`: what to do
 * where the configuration cannot tell where its server listens. `refused` rejects with its `ConfigError`, since guessing
 * could reach another server than the one meant; `asked` looks in the usual places, for who changes nothing there.
 */
export async function findServer(
  args: ServerArgs,
  host: Host,
  unsure: "refused" | "asked" = "refused",
): Promise<Target> {
  const named = args.server ?? (host.env.SCHELLY_SERVER || undefined);
  if (named !== undefined) {
    return parseTarget(named, args.server === undefined ? "SCHELLY_SERVER" : "--server", host);
  }
  if (args.socket !== undefined) return socketTarget(args.socket, host);
  const { targets, supposed } = await candidates(args, host);
  const sure = await firstThatAnswers(targets, host);
  if (!Array.isArray(sure)) return sure;
  const guessed = unsure === "asked" ? await firstThatAnswers(supposed, host) : [];
  if (!Array.isArray(guessed)) return { ...guessed, passed: [...sure, ...guessed.passed] };
  if (unsure === "refused" && supposed.length > 0) await refuseConfiguration(args, host);
  throw unreachable([...sure, ...guessed]);
}

/** Reads `http://host:port[/prefix]`, `https://…` or `unix:/path`. */
function parseTarget(text: string, origin: string, host: Host): Target {
  const wrong = (what: string) =>
    new Failure(
      EXIT.usage,
      `Cannot use ${origin} ${
        JSON.stringify(text)
      }: ${what}: expected http://host:port, https://host or unix:/path`,
    );
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (!path.startsWith("/")) throw wrong("the path of the socket does not begin with /");
    return socketTarget(path, host);
  }
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw wrong("this is not a URL");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw wrong("it holds a password, which belongs into --token-file or SCHELLY_TOKEN");
  }
  if (url.search !== "" || url.hash !== "") throw wrong("it has a query or fragment");
  const base = (url.origin + url.pathname).replace(/\/+$/, "");
  return { name: base, base, http: host.http, local: false, passed: [], behind: [] };
}

function socketTarget(path: string, host: Host): Target {
  return {
    name: `unix:${path}`,
    base: "http://localhost",
    http: host.httpOver(path),
    local: true,
    passed: [],
    behind: [],
  };
}

/** Socket first: who may open it is admin. `supposed`: those of which the configuration cannot tell. */
async function candidates(
  args: ServerArgs,
  host: Host,
): Promise<{ targets: Target[]; supposed: Target[] }> {
  const { findServerPlace } = await import("../../config/server_place.ts");
  const place = await findServerPlace({ config: args.config, env: host.env, files: host.files }) ??
    USUAL_PLACE;
  const { listen, socket } = place;
  const found = { targets: [] as Target[], supposed: [] as Target[] };
  const into = (door: "listen" | "socket") => place.supposed.includes(door) ? found.supposed : found.targets;
  if (socket !== null) into("socket").push(socketTarget(socket, host));
  // Port 0 is any free one: only the server knows which.
  if (listen !== null && listen.port !== 0) {
    const scheme = place.tls ? "https" : "http";
    const base = `${scheme}://${formatListen({ ...listen, hostname: reachable(listen.hostname) })}`;
    into("listen").push({ name: base, base, http: host.http, local: false, passed: [], behind: [] });
  }
  return found;
}

/** Rejects with all that is wrong with a configuration whose server cannot be found. */
async function refuseConfiguration(args: ServerArgs, host: Host): Promise<void> {
  try {
    await loadConfiguration({ config: args.config }, host, "optional");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError([
      ...error.issues,
      {
        file: "--server",
        path: "",
        severity: "note",
        message:
          "which server to ask is read from this configuration; --server URL or SCHELLY_SERVER names one without it",
      },
    ]);
  }
}

/** Where a server that listens on all addresses can be reached from here. */
function reachable(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}

/** Whoever waits at a socket that is there has found the server. */
function busy(target: Target): Failure {
  return new Failure(
    EXIT.unreachable,
    `The server at ${target.name} did not answer within ${
      PROBE_MS / 1000
    } s: it is there, but busy or stopped: ` +
      "try again, or see what holds it up; --server asks another door",
  );
}

/** The first that answers, with those behind it; why none did where none does. */
async function firstThatAnswers(targets: Target[], host: Host): Promise<Target | string[]> {
  const passed: string[] = [];
  for (const [index, target] of targets.entries()) {
    const why = await probe(target, host);
    if (why === undefined) return { ...target, passed, behind: targets.slice(index + 1) };
    // Somebody listens there, or it would be refused: the same server, with less to allow, stands behind the next door.
    if (target.local && why === NO_ANSWER) throw busy(target);
    passed.push(`${target.name} (${why})`);
  }
  return passed;
}

function unreachable(passed: readonly string[]): Failure {
  const tried = passed.length === 0
    ? "nothing, for the configuration names neither a socket nor a port"
    : passed.join(" and ");
  return new Failure(
    EXIT.unreachable,
    `Cannot reach a running server: tried ${tried}: start one with \`schelly run\`, or name it by --server or SCHELLY_SERVER`,
  );
}

/** Undefined when something answers HTTP there, else why not. */
export async function probe(target: Target, host: Host): Promise<string | undefined> {
  const timeout = host.clock.timeout(PROBE_MS);
  try {
    const response = await target.http(
      new Request(`${target.base}/livez`, { signal: timeout.signal, redirect: "manual" }),
    );
    await response.body?.cancel();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    timeout.dispose();
  }
}

/** Why a request got no answer, in a few words. */
export function reasonOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  if (name === "TimeoutError" || name === "AbortError") return NO_ANSWER;
  if (/refused/i.test(message)) return "connection refused";
  if (/No such file|ENOENT/.test(message)) return "not there";
  if (/Permission denied|EACCES/.test(message)) return "permission denied";
  if (/dns error|ENOTFOUND/i.test(message)) return "the host name is not known";
  if (/certificate|UnknownIssuer/i.test(message)) {
    return "its TLS certificate is not trusted: name the authority that signed it by --ca-file";
  }
  return clean(message.replace(/^error sending request for url \([^)]*\): /, ""));
}

/** True when the request surely never left: nothing was changed at the server. */
export function neverSent(error: unknown): boolean {
  return error instanceof Error && /\(Connect\)|ECONNREFUSED|ENOENT|EACCES/.test(error.message);
}
