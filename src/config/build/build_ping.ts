// Where the pings of a job and the heartbeat of Schelly go.

import { checkUrl, type HeartbeatSpec, type PingSpec } from "../../domain/ping.ts";
import type { Report } from "../document/report.ts";
import type { Path } from "../document/tree.ts";
import type { Secrets } from "../environment/secrets.ts";
import type { HeartbeatSettings, PingSettings } from "../schema/schema_ping.ts";
import { milliseconds } from "../values/durations.ts";

/** How often the heartbeat is sent where nothing is written. */
export const HEARTBEAT_DEFAULTS = { every: "1m" } as const;

interface PingBuild {
  report: Report;
  secrets: Secrets;
  /** The checks that jobs have so far, and whose they are. */
  checks: Map<string, string>;
}

/** Null where there is none, or it is wrong and reported. `path` is where it was written. */
export function buildPing(
  settings: PingSettings | "off" | undefined,
  job: string,
  path: Path,
  { report, secrets, checks }: PingBuild,
): PingSpec | null {
  if (settings === undefined || settings === "off") return null;
  const template = addressOf(settings, path, report, secrets);
  if (template === undefined) return null;
  const url = checkUrl(template, job);
  const other = checks.get(url);
  if (other === undefined) checks.set(url, job);
  else {
    report.add(path, {
      message:
        `job '${job}' has the check of job '${other}': as long as one of them lives, nobody learns that the ` +
        "other died",
      hint:
        "give each a check of its own; in an address with a ping key {job} stands for the name of the job",
      severity: "warning",
    });
  }
  return { url, start: settings.start ?? true, output: settings.output ?? true };
}

/** Nothing where there is none, or it is wrong and reported. */
export function buildHeartbeat(
  settings: HeartbeatSettings,
  report: Report,
  secrets: Secrets,
): { heartbeat?: HeartbeatSpec } {
  const url = addressOf(settings, ["heartbeat"], report, secrets);
  if (url === undefined) return {};
  return { heartbeat: { url, everyMs: milliseconds(settings.every ?? HEARTBEAT_DEFAULTS.every) } };
}

function addressOf(
  settings: { url?: string | undefined; url_file?: string | undefined },
  path: Path,
  report: Report,
  secrets: Secrets,
): string | undefined {
  const key = settings.url === undefined ? "url_file" : "url";
  const at = [...path, key];
  const written = settings.url ?? secrets.textAt(at)?.trim();
  // What is wrong with it is told already.
  if (written === undefined || report.isTainted(at)) return undefined;
  if (/^https?:\/\/[^/\s]/i.test(written) && URL.canParse(written)) return written;
  const holds = key === "url" ? "the value is" : "the file holds";
  report.add(at, { message: `${holds} no address: expected one such as https://hc-ping.com/UUID` });
  return undefined;
}
