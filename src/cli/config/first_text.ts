// The text of a first configuration: one job, written as a person would, with what is worth knowing beside it.

import { LONGEST_SOCKET_PATH } from "../../config/values/listen.ts";
import { beforeName } from "../../domain/path.ts";
import type { Files } from "../../ports/host.ts";
import { levelsIn } from "./first_answers.ts";

/** What the job is to be. */
export interface FirstJob {
  name: string;
  /** A cron pattern. */
  schedule: string;
  /** IANA name, absent: UTC. */
  timezone?: string;
  /** `daily=7,weekly=4`. */
  policy: string;
  provider:
    | { kind: "url"; url: string }
    | {
      kind: "restic";
      paths: string[];
      repository: string;
      passwordFile: string;
      /** The first backup makes it. */
      isNew: boolean;
    };
}

/** The YAML; values that YAML would take for something else are in quotes. `top`: what stands before the jobs. */
export function firstText(job: FirstJob, top: readonly string[]): string {
  const { provider } = job;
  const made = provider.kind === "url" ? [`      url: ${scalar(provider.url)}`] : [
    "      restic:",
    `        repository: ${scalar(provider.repository)}`,
    ...(provider.isNew ? ["        init: true # the first backup makes the repository"] : []),
    `        password_file: ${scalar(provider.passwordFile)}`,
    "        paths:",
    ...provider.paths.map((path) => `          - ${scalar(path)}`),
  ];
  return [
    ...top,
    "jobs:",
    `  - name: ${scalar(job.name)}`,
    `    schedule: ${JSON.stringify(job.schedule)}`,
    job.timezone === undefined
      ? "    # Times are in UTC; for those of a place: timezone: Europe/Berlin"
      : `    timezone: ${scalar(job.timezone)}`,
    "    provider:",
    ...made,
    "    # Each level keeps the newest N of its periods, each by one backup; what no level keeps goes.",
    "    retention:",
    ...levelsIn(job.policy).map(([level, rule]) => `      ${level}: ${rule}`),
    "",
  ].join("\n");
}

/** What editors check the file by. */
const SCHEMA = "schelly.schema.json";
/** The folder of those who try it out in one of theirs, which is no service's yet. */
const BESIDE = "schelly-state";
/** Where the unit has it. */
const SERVICE_SOCKET = "/run/schelly/schelly.sock";

/**
 * The line for editors, where the schema that it names is there: it stands first in a file, and each editor says an error
 * for a schema that it cannot load.
 */
export async function schemaLine(file: string, files: Pick<Files, "info">): Promise<string[]> {
  const schema = await files.info(`${beforeName(file)}${SCHEMA}`).catch(() => undefined);
  return schema === undefined ? [] : [`# yaml-language-server: $schema=./${SCHEMA}`];
}

/**
 * Where the server has its socket and its state, as lines of a new configuration. Only over the socket may commands change
 * something while there are no tokens. In /etc the state is a service's, where it is anyway.
 */
export function serverLines(file: string): string[] {
  if (file.startsWith("/etc/")) {
    return [`server: { socket: ${SERVICE_SOCKET} } # whoever may open it is admin`];
  }
  const socket = `${BESIDE}/schelly.sock`;
  const bytes = new TextEncoder().encode(`${beforeName(file)}${socket}`).length;
  return [
    bytes <= LONGEST_SOCKET_PATH
      ? `server: { socket: ${socket} } # beside this file; whoever may open it is admin`
      : `# server: { socket: ${SERVICE_SOCKET} } # beside this file its path is too long (${LONGEST_SOCKET_PATH} bytes)`,
    `state: { url: "file:${BESIDE}/schelly.db" } # beside this file; as a service: file:/var/lib/schelly/schelly.db`,
  ];
}

/** Plain where YAML reads just these words, else in quotes. */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z/.][A-Za-z0-9_./@+-]*$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|\.inf|\.nan)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
