// The sections server, log, state, events and metrics become what the composition root starts from.

import { parseDuration } from "../../domain/duration.ts";
import { type AddressRange, parseRange } from "../../domain/http/address_range.ts";
import type { EventsKept } from "../../ports/audit_trail.ts";
import type { Files } from "../../ports/host.ts";
import { buildAuth } from "./build_auth.ts";
import { buildTls } from "./build_tls.ts";
import type {
  LogConfig,
  MetricsConfig,
  RecoverySheetConfig,
  ServerConfig,
  StateConfig,
} from "../values/config.ts";
import { DEFAULT_LISTEN } from "../environment/env_server.ts";
import { LONGEST_SOCKET_PATH, parseListen } from "../values/listen.ts";
import type {
  EventsSettings,
  LogSettings,
  MetricsSettings,
  RecoverySheetSettings,
  RestoreSettings,
  ServerSettings,
  StateSettings,
} from "../schema/schema_server.ts";
import type { ServerBuild } from "./server_build.ts";
import { resolvePath } from "../../domain/path.ts";

const DEFAULT_SOCKET = "/run/schelly/schelly.sock";
const DEFAULT_STATE = "file:/var/lib/schelly/schelly.db";

/** Where and how the server listens; what is wrong is reported and replaced by a default. */
export async function buildServer(settings: ServerSettings, build: ServerBuild): Promise<ServerConfig> {
  const { report } = build;
  const written = settings.listen ?? DEFAULT_LISTEN;
  let listen: ServerConfig["listen"] = null;
  if (written !== "none") {
    const parsed = parseListen(written);
    if ("error" in parsed) {
      const { error, hint } = parsed;
      report.add(["server", "listen"], {
        message: `${report.shown(["server", "listen"], written)} ${error}`,
        ...(hint ? { hint } : {}),
      });
    } else listen = parsed;
  }
  return {
    listen,
    socket: await buildSocket(settings.socket, build),
    tls: buildTls(settings.tls, build),
    auth: await buildAuth(settings.auth, build),
    ...buildProxies(settings, build),
    ...(settings.base_path === undefined ? {} : { basePath: settings.base_path }),
    ...buildPublicUrl(settings.public_url, build),
    stopTimeoutMs: parseDuration(settings.stop_timeout ?? "30s") ?? 30_000,
  };
}

/** The proxies that are believed; there are some wherever people are named by them. */
function buildProxies(
  { trusted_proxies: written, auth }: ServerSettings,
  { report }: ServerBuild,
): { trustedProxies?: AddressRange[] } {
  if (written === undefined) {
    if (typeof auth === "object" && auth.proxy_header !== undefined) {
      const message = "is believed of nobody: expected server.trusted_proxies with the address of the proxy";
      report.add(["server", "auth", "proxy_header"], { message });
    }
    return {};
  }
  const trustedProxies: AddressRange[] = [];
  for (const [index, text] of written.entries()) {
    const path = ["server", "trusted_proxies", index];
    const range = parseRange(text);
    if (range === undefined) {
      report.add(path, {
        message: `'${text}' is no address: expected one such as 10.0.0.7, 10.0.0.0/8 or fd00::/8`,
      });
    } else if (range.bits === 0 || range.bits === 96) {
      report.add(path, { message: `'${text}' is everybody: expected the proxies alone` });
    } else trustedProxies.push(range);
  }
  return { trustedProxies };
}

function buildPublicUrl(written: string | undefined, { report }: ServerBuild): { publicUrl?: string } {
  if (written === undefined) return {};
  const path = ["server", "public_url"];
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    report.add(path, {
      message: `${
        report.shown(path, written)
      } is no address of a site: expected https://host or https://host/path`,
    });
    return {};
  }
  if (url.username !== "" || url.password !== "") {
    report.add(path, { message: "carries a user or password, which links would show: expected none" });
    return {};
  }
  return { publicUrl: (url.origin + url.pathname).replace(/\/+$/, "") };
}

/** The socket of a server that names none: null where its folder is not there. */
export async function usualSocket(files: Pick<Files, "info">): Promise<string | null> {
  const folder = await files.info(DEFAULT_SOCKET.replace(/\/[^/]*$/, "")).catch(() => undefined);
  return folder?.isDirectory ? DEFAULT_SOCKET : null;
}

async function buildSocket(written: string | undefined, build: ServerBuild): Promise<string | null> {
  if (written === "none") return null;
  if (written === undefined) return await usualSocket(build.files);
  const path = pathFrom(["server", "socket"], written, build);
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > LONGEST_SOCKET_PATH) {
    build.report.add(["server", "socket"], {
      message: `'${path}' has ${bytes} bytes: expected a path of at most ${LONGEST_SOCKET_PATH}`,
    });
  }
  const there = await build.files.info(path).catch(() => undefined);
  if (there?.isFile || there?.isDirectory) {
    const what = there.isFile ? "a file" : "a folder";
    build.report.add(["server", "socket"], {
      message: `'${path}' is ${what}: expected a path at which there is a socket, or nothing`,
    });
  }
  return path;
}

/** What is logged, and how. */
export function buildLog(settings: LogSettings): LogConfig {
  return { level: settings.level ?? "info", format: settings.format ?? "auto" };
}

/** How long events stay where nothing is written. */
export const EVENTS_DEFAULTS = { keep: "90d", audit_keep: "400d" } as const;

/** How long events stay. */
export function buildEvents(settings: EventsSettings): EventsKept {
  return {
    plainMs: parseDuration(settings.keep ?? EVENTS_DEFAULTS.keep)!,
    auditMs: parseDuration(settings.audit_keep ?? EVENTS_DEFAULTS.audit_keep)!,
  };
}

/** What /metrics shows where nothing is written. */
export const METRICS_DEFAULTS = { jobs: "all" } as const;

/** How many jobs have series of their own. */
export function buildMetrics({ jobs = METRICS_DEFAULTS.jobs }: MetricsSettings): MetricsConfig {
  if (jobs === "all") return { mostJobs: Infinity };
  return { mostJobs: jobs === "none" ? 0 : Number(jobs.slice("top:".length)) };
}

/** What is in force where the sheet is wanted and nothing else is written. */
export const RECOVERY_SHEET_DEFAULTS = { every: "1d", keep: 7 } as const;

/** Where the sheet for the worst day goes; nothing where that is not said. */
export function buildRecoverySheet(
  settings: Partial<RecoverySheetSettings>,
  build: ServerBuild,
): { recoverySheet?: RecoverySheetConfig } {
  const { to, every = RECOVERY_SHEET_DEFAULTS.every, keep = RECOVERY_SHEET_DEFAULTS.keep } = settings;
  if (to === undefined) return {};
  const folder = pathFrom(["recovery_sheet", "to"], to, build);
  return { recoverySheet: { to: folder, everyMs: parseDuration(every)!, keep } };
}

/** Where the server may restore; the whole machine is no such folder. */
export function buildRestore({ roots = [] }: RestoreSettings, build: ServerBuild): string[] {
  return roots.map((written, at) => {
    const path = ["restore", "roots", at];
    const folder = pathFrom(path, written, build);
    if (folder === "/") {
      build.report.add(path, {
        message: "'/' is the whole machine: expected a folder such as /srv/restored",
      });
    }
    return folder;
  });
}

/** Where the state is and where copies of it may go; a wrong URL is reported and replaced by the default. */
export function buildState(settings: StateSettings, build: ServerBuild): StateConfig {
  const place = buildStatePlace(settings, build);
  if (settings.snapshots === undefined) return place;
  const { to, every, keep = SNAPSHOTS_DEFAULTS.keep } = settings.snapshots;
  const snapshotFolder = pathFrom(["state", "snapshots", "to"], to, build);
  if (every === undefined) {
    if (settings.snapshots.keep !== undefined) {
      const message = "counts the copies of a schedule, and there is none: expected 'every' beside it";
      build.report.add(["state", "snapshots", "keep"], { message });
    }
    return { ...place, snapshotFolder };
  }
  if (!place.url.startsWith("file:")) {
    const message = "is for the state in a file: a libSQL server makes its own copies";
    build.report.add(["state", "snapshots", "every"], { message });
    return { ...place, snapshotFolder };
  }
  const snapshots = { to: snapshotFolder, everyMs: parseDuration(every)!, keep };
  return { ...place, snapshotFolder, snapshots };
}

/** How many copies stay where it is not said. */
export const SNAPSHOTS_DEFAULTS = { keep: 48 } as const;

/** What holds for a server where nothing is written. */
const DURABILITY_DEFAULT = "strong";

function buildStatePlace(settings: StateSettings, build: ServerBuild): StateConfig {
  const { report, secrets } = build;
  if (settings.token !== undefined && settings.token_file !== undefined) {
    report.add(["state", "token_file"], { message: "stands beside token: expected one of them" });
  }
  const token = settings.token ?? secrets.textAt(["state", "token_file"]) ?? null;
  const written = settings.url ?? DEFAULT_STATE;
  const path: string[] = ["state", "url"];
  const shown = report.shown(path, written);
  const fail = (message: string, hint?: string) => {
    report.add(path, { message, ...(hint === undefined ? {} : { hint }) });
    return { url: DEFAULT_STATE, token };
  };
  if (/^file:/i.test(written)) {
    const file = written.slice("file:".length).replace(/^\/\/(?=\/)/, "");
    if (file === "" || file.endsWith("/")) {
      return fail(`${shown} names no file: expected file:/path/schelly.db`);
    }
    if (/:memory:/.test(file)) {
      return fail("state in memory is lost with the process: expected file:/path/schelly.db");
    }
    if (/[?#%]/.test(file) || file.startsWith("//")) {
      return fail(`${shown} is more than a path: expected file:/path/schelly.db without ? # %`);
    }
    if (settings.durability === "relaxed") {
      const message = "is for a libSQL server: a state file is written through to its disk always";
      report.add(["state", "durability"], { message });
    }
    if (token !== null) {
      return fail("a file takes no token: expected a libsql:// or https:// URL beside the token");
    }
    return { url: `file:${pathFrom(path, file, build)}`, token: null };
  }
  if (!/^(https?|libsql):\/\//i.test(written) || !URL.canParse(written)) {
    const hint = written.includes("://") ? undefined : `write file:${shown.slice(1, -1)}`;
    return fail(
      `${shown} is no place for state: expected file:/path, libsql://host or https://host`,
      hint,
    );
  }
  const url = new URL(written);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return fail(
      "the URL carries a password, query or fragment: expected the plain URL, and the token in token_file",
    );
  }
  const template = report.templateOf(path);
  const shownUrl = template === undefined ? {} : { shownUrl: template };
  const durability = settings.durability ?? DURABILITY_DEFAULT;
  return { url: written.replace(/\/+$/, ""), ...shownUrl, token, durability };
}

/** A path that a file gives stands on the file's folder, one of a variable or flag on the working folder. */
export function pathFrom(
  path: (string | number)[],
  written: string,
  { report, base, working }: Pick<ServerBuild, "report" | "base" | "working">,
): string {
  const given = report.sourceOf(path) ?? "";
  return resolvePath(/^(env|flag) /.test(given) ? working : base, written);
}
