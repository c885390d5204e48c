// The variables of the server and the command line's flags, laid over the sections of the document.

import { oneOf } from "./env.ts";
import type { Report } from "../document/report.ts";
import { formatListen, isHostname, parseListen } from "../values/listen.ts";
import { isMapping, type Mapping, type Mark, type Marks, setAt, valueAt } from "../document/tree.ts";

type Env = Record<string, string>;

export interface ServerFlags {
  listen?: string;
  socket?: string;
  state?: string;
  logLevel?: string;
  logFormat?: string;
}

export const DEFAULT_LISTEN = "127.0.0.1:8080";
/** Where the original keeps its state. */
const ENV_JOB_STATE = stateIn("/var/lib/schelly/data");

/**
 * Flag, then variable, then file. `envJob`: there is no file, and the original's state folder is the default.
 */
export function overlayServer(
  request: { env: Env; flags: ServerFlags; envJob: boolean },
  root: Mapping,
  marks: Marks,
  report: Report,
): void {
  const { env, flags } = request;
  const lay = (path: string[], value: string | undefined, mark: Mark) => {
    if (value !== undefined) setAt(root, marks, path, value, mark);
  };
  const fromEnv = (path: string[], ...names: string[]) => {
    const found = oneOf(env, names, (text) => isWord(path) ? text.toLowerCase() : text, report);
    if (found !== undefined) lay(path, found.value, { variable: found.variable });
  };
  overlayListen(env, root, marks, report);
  fromEnv(["server", "socket"], "SCHELLY_SOCKET");
  fromEnv(["log", "level"], "SCHELLY_LOG_LEVEL", "LOG_LEVEL");
  fromEnv(["log", "format"], "SCHELLY_LOG_FORMAT");
  const state = oneOf(
    env.DATA_DIR ? { ...env, DATA_DIR: stateIn(env.DATA_DIR.trim()) } : env,
    ["SCHELLY_STATE_URL", "DATA_DIR"],
    (text) => text,
    report,
  );
  if (state !== undefined) lay(["state", "url"], state.value, { variable: state.variable });
  else if (request.envJob) lay(["state", "url"], ENV_JOB_STATE, {});
  fromEnv(["state", "durability"], "SCHELLY_STATE_DURABILITY");
  overlayStateToken(env, root, marks, report);
  lay(["server", "listen"], flags.listen, { flag: "--listen" });
  lay(["server", "socket"], flags.socket, { flag: "--socket" });
  lay(["state", "url"], flags.state, { flag: "--state" });
  lay(["log", "level"], flags.logLevel, { flag: "--log-level" });
  lay(["log", "format"], flags.logFormat, { flag: "--log-format" });
}

/** Its values are words, in whatever case a variable has them. */
function isWord([section, key]: string[]): boolean {
  return section === "log" || key === "durability";
}

function stateIn(folder: string): string {
  return `file:${folder.replace(/\/+$/, "")}/schelly.db`;
}

/** LISTEN_IP and LISTEN_PORT each change their half of what the file says. */
function overlayListen(env: Env, root: Mapping, marks: Marks, report: Report): void {
  const ip = env.LISTEN_IP?.trim().replace(/^\[(.*)\]$/, "$1") || undefined;
  const port = env.LISTEN_PORT?.trim() || undefined;
  const whole = env.SCHELLY_LISTEN?.trim() || undefined;
  if (ip !== undefined && !isHostname(ip)) {
    return report.addVariable("LISTEN_IP", {
      message: `'${ip.slice(0, 80)}' is no address: expected an IP address`,
    });
  }
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    const message = `'${port.slice(0, 80)}' is no port: expected 1-65535, or 0 for a free one`;
    return report.addVariable("LISTEN_PORT", { message });
  }
  if (whole !== undefined) {
    setAt(root, marks, ["server", "listen"], whole, { variable: "SCHELLY_LISTEN" });
    const parsed = parseListen(whole);
    const differs = (name: string) =>
      report.addVariable(name, {
        message: "differs from SCHELLY_LISTEN, which means the same: expected one of them",
      });
    if ("error" in parsed) return;
    if (ip !== undefined && ip !== parsed.hostname) differs("LISTEN_IP");
    if (port !== undefined && Number(port) !== parsed.port) differs("LISTEN_PORT");
    return;
  }
  if (ip === undefined && port === undefined) return;
  const written = valueAt(root, ["server", "listen"]);
  const file = parseListen(typeof written === "string" ? written : DEFAULT_LISTEN);
  const base = "error" in file ? { hostname: "127.0.0.1", port: 8080 } : file;
  const address = { hostname: ip ?? base.hostname, port: port === undefined ? base.port : Number(port) };
  const variable = ip === undefined ? "LISTEN_PORT" : "LISTEN_IP";
  setAt(root, marks, ["server", "listen"], formatListen(address), { variable });
}

function overlayStateToken(env: Env, root: Mapping, marks: Marks, report: Report): void {
  const token = env.SCHELLY_STATE_TOKEN || undefined;
  const file = env.SCHELLY_STATE_TOKEN_FILE || undefined;
  if (token === undefined && file === undefined) return;
  if (token !== undefined && file !== undefined) {
    report.addVariable("SCHELLY_STATE_TOKEN_FILE", {
      message: "set together with SCHELLY_STATE_TOKEN, which means the same: expected one of them",
    });
    return;
  }
  if (isMapping(root.state)) {
    delete root.state.token;
    delete root.state.token_file;
  }
  const name = token === undefined ? "token_file" : "token";
  const variable = token === undefined ? "SCHELLY_STATE_TOKEN_FILE" : "SCHELLY_STATE_TOKEN";
  setAt(root, marks, ["state", name], (token ?? file)!, { variable });
}
