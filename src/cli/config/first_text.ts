// The text of a first configuration: one job, written as a person would, with what is worth knowing beside it.

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
  /** Absent: where a service has its state. */
  state?: string;
  provider:
    | { kind: "url"; url: string }
    | { kind: "restic"; paths: string[]; repository: string; passwordFile: string };
}

/** The YAML; values that YAML would take for something else are in quotes. */
export function firstText(job: FirstJob): string {
  const { provider } = job;
  const made = provider.kind === "url" ? [`      url: ${scalar(provider.url)}`] : [
    "      restic:",
    `        repository: ${scalar(provider.repository)}`,
    "        init: true # the first backup makes the repository",
    `        password_file: ${scalar(provider.passwordFile)}`,
    "        paths:",
    ...provider.paths.map((path) => `          - ${scalar(path)}`),
  ];
  return [
    "# yaml-language-server: $schema=./schelly.schema.json",
    "# Every key: schelly config schema, or docs/configuration.md. An edit takes effect by itself.",
    ...(job.state === undefined ? [] : [stateLine(job.state)]),
    "jobs:",
    `  - name: ${scalar(job.name)}`,
    `    schedule: ${JSON.stringify(job.schedule)}`,
    ...(job.timezone === undefined ? [] : [`    timezone: ${scalar(job.timezone)}`]),
    "    provider:",
    ...made,
    "    # Each level keeps the newest N of its periods, each by one backup; what no level keeps goes.",
    "    retention:",
    ...levelsIn(job.policy).map(([level, rule]) => `      ${level}: ${rule}`),
    "",
  ].join("\n");
}

/** The state of those who try it out in a folder of theirs, which is no service's yet. */
const STATE_BESIDE = "file:schelly-state/schelly.db";

/** That as a line of the configuration; undefined where the configuration is that of a service. */
export function stateBeside(file: string): string | undefined {
  return file.startsWith("/etc/") ? undefined : STATE_BESIDE;
}

/** `state: { url: … }`. */
export function stateLine(url: string): string {
  return `state: { url: ${
    JSON.stringify(url)
  } } # beside this file; as a service: file:/var/lib/schelly/schelly.db`;
}

/** Plain where YAML reads just these words, else in quotes. */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z/.][A-Za-z0-9_./@+-]*$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|\.inf|\.nan)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
