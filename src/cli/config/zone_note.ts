// Says that schedules are in UTC where the machine's clock shows another zone and nobody has chosen between them.

import type { Config } from "../../config/values/config.ts";
import type { ConfigIssue } from "../../domain/errors.ts";
import type { Host } from "../../ports/host.ts";

const LOCALTIME = "/etc/localtime";
/** Names of the same time. */
const UTC = /^(?:Etc\/)?(?:UTC|UCT|GMT|GMT[+-]?0|Universal|Zulu|Greenwich)$/;
/** Of more jobs it is not looked up where each has its zone from. */
const MOST_LOOKED_AT = 200;

/** Undefined where TZ is set, every job names its zone, or the machine's is UTC or hidden. */
export async function zoneNote(config: Config, host: Host): Promise<ConfigIssue | undefined> {
  if ((host.env.TZ ?? "") !== "" || !config.jobs.some(({ timezone }) => timezone === "UTC")) return undefined;
  const zone = await machineZone(host);
  if (zone === undefined || !usesDefault(config)) return undefined;
  return {
    file: "environment",
    path: "TZ",
    message: `is not set, so schedules and days are in UTC, and this machine is in ${zone}`,
    hint: `write defaults: { timezone: ${zone} }, or timezone: UTC`,
    severity: "note",
  };
}

/** The zone of the machine's clock, as `/etc/localtime` names it; undefined where that is UTC or hidden. */
export async function machineZone({ tree }: Pick<Host, "tree">): Promise<string | undefined> {
  const file = await tree.realPath(LOCALTIME).catch(() => undefined);
  const zone = /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(file ?? "")?.[1];
  return zone === undefined || isUtc(zone) ? undefined : zone;
}

/** True for every name of UTC. */
export function isUtc(zone: string): boolean {
  return UTC.test(zone);
}

function usesDefault({ jobs, effective }: Config): boolean {
  return jobs.length > MOST_LOOKED_AT ||
    effective.some(({ path, source }) =>
      path.startsWith("jobs.") && path.endsWith(".timezone") && source === "default"
    );
}
