// What is said when there is no configuration at all: the smallest one of each kind.

import { ConfigError } from "../../domain/errors.ts";

const FIRST_LINE = "there is no configuration: looked at --config, SCHELLY_CONFIG, SCHELLY_CONFIG_YAML, " +
  "./schelly.yaml, /etc/schelly/schelly.yaml and the environment";

const SMALLEST = `
The smallest file, schelly.yaml, with a provider that is already running:

  jobs:
    - name: postgres
      provider: { url: "http://schelly-restic:7070/backups" }

The smallest file that needs nothing else but restic:

  jobs:
    - name: home
      provider:
        restic: { repository: /srv/restic, password_file: /etc/schelly/restic-password, paths: [/home], init: true }

The smallest environment, for one job:

  WEBHOOK_URL=http://schelly-restic:7070/backups schelly run

'schelly init' asks four questions and writes such a file. Each makes a backup every day and keeps 4 daily, 4 weekly, 3 monthly and 2 yearly ones.`;

/** The error of a start without any configuration; `nearMisses` are variables that look mistyped. */
export function nothingFound(nearMisses: { variable: string; meant: string }[]): ConfigError {
  return new ConfigError([
    { file: "configuration", path: "", message: FIRST_LINE + SMALLEST.replace(/^/, "\n"), severity: "error" },
    ...nearMisses.map(({ variable, meant }) => ({
      file: "environment",
      path: variable,
      message: "unknown variable",
      hint: `did you mean ${meant}?`,
      severity: "error" as const,
    })),
  ]);
}

/** True for the error of a start without any configuration, false for one that is wrong. */
export function isNothingFound(error: ConfigError): boolean {
  return error.issues[0]?.message.startsWith(FIRST_LINE) ?? false;
}
