// The original's environment as one job, and which variables mean something here.

import { foldName } from "../../domain/folded_name.ts";
import { LEVELS } from "../../domain/policy.ts";
import type { Files } from "../../ports/host.ts";
import type { Json } from "../../domain/job.ts";
import type { Report } from "../document/report.ts";
import { nearest } from "../values/nearest.ts";
import { readSecretFile } from "./secrets.ts";
import { type Mapping, markEntry, type Marks, setAt } from "../document/tree.ts";
import { resolvePath } from "../../domain/path.ts";

type Env = Record<string, string>;

const LEVEL_VARIABLES = LEVELS.map((level) => `RETENTION_${level.toUpperCase()}`);

/** The original's variables that make a job. */
const JOB_VARIABLES: readonly string[] = [
  "BACKUP_NAME",
  "BACKUP_CRON_STRING",
  "RETENTION_CRON_STRING",
  "WEBHOOK_URL",
  "WEBHOOK_HEADERS",
  "WEBHOOK_HEADERS_FILE",
  "WEBHOOK_BODY",
  "WEBHOOK_CREATE_BODY",
  "WEBHOOK_DELETE_BODY",
  "WEBHOOK_GRACE_TIME",
  "GRACE_TIME_SECONDS",
  ...LEVEL_VARIABLES,
];

const SERVER_VARIABLES = [
  "SCHELLY_CONFIG",
  "SCHELLY_CONFIG_YAML",
  "SCHELLY_LISTEN",
  "SCHELLY_SOCKET",
  "SCHELLY_STATE_URL",
  "SCHELLY_STATE_TOKEN",
  "SCHELLY_STATE_TOKEN_FILE",
  "SCHELLY_STATE_DURABILITY",
  "SCHELLY_TOKENS_FILE",
  "SCHELLY_LOG_LEVEL",
  "SCHELLY_LOG_FORMAT",
  // Told in the audit trail: which commit of a repository the configuration is.
  "SCHELLY_CONFIG_COMMIT",
  // Read by commands that talk to a server.
  "SCHELLY_SERVER",
  "SCHELLY_TOKEN",
];

/** Set by Schelly itself for the programs it runs. */
const OWN_VARIABLES = /^SCHELLY_(BACKUP_ID|RUN_ID|JOB|SLOT|DATA_ID|BODY|TEST_[A-Z_]+)$/;

/** Kubernetes sets these for a service whose name begins with the prefix. */
const KUBERNETES = /^[A-Z0-9]+(_[A-Z0-9_]+)?_(PORT(_[A-Z0-9_]*)?|SERVICE_[A-Z0-9_]*)$/;

/** The job variables that are set and not empty. */
export function jobVariables(env: Env): string[] {
  return JOB_VARIABLES.filter((name) => (env[name] ?? "") !== "");
}

/** Variables that look like mistyped ones of the job; `RETENTION_*` always, as a lost level deletes backups. */
export function mistypedJobVariables(env: Env): { variable: string; meant: string }[] {
  const found = [];
  for (const [variable, value] of Object.entries(env)) {
    if (value === "" || JOB_VARIABLES.includes(variable) || KUBERNETES.test(variable)) continue;
    if (!/^(BACKUP|WEBHOOK|RETENTION|GRACE_TIME)_/.test(variable)) continue;
    const meant = nearest(variable, JOB_VARIABLES);
    if (meant !== undefined) found.push({ variable, meant });
    else if (variable.startsWith("RETENTION_")) found.push({ variable, meant: LEVEL_VARIABLES.join(", ") });
  }
  return found;
}

/** Warns of `SCHELLY_*` variables that mean nothing here. */
export function warnUnknown(env: Env, used: ReadonlySet<string>, report: Report): void {
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith("SCHELLY_") || SERVER_VARIABLES.includes(name) || used.has(name)) continue;
    if (KUBERNETES.test(name) || OWN_VARIABLES.test(name)) continue;
    const meant = nearest(name, SERVER_VARIABLES);
    report.addVariable(name, {
      message: "unknown variable: it changes nothing",
      ...(meant === undefined ? {} : { hint: `did you mean ${meant}?` }),
      severity: "warning",
    });
  }
}

interface EnvJobRequest {
  files: Files;
  mode: "required" | "optional";
}

/** Fills the document with the job of the environment. Answers its label. */
export async function addEnvJob(
  env: Env,
  request: EnvJobRequest,
  root: Mapping,
  marks: Marks,
  report: Report,
): Promise<{ label: string | undefined }> {
  for (const { variable, meant } of mistypedJobVariables(env)) {
    report.addVariable(variable, { message: "unknown variable", hint: `did you mean ${meant}?` });
  }
  const job: Mapping = {};
  const set = (variable: string, path: string[], value: Json) => setAt(job, marks, path, value, { variable });
  const read = (variable: string) => (env[variable] ?? "") === "" ? undefined : env[variable]!;
  const label = read("BACKUP_NAME");
  set("BACKUP_NAME", ["name"], label === undefined ? "backup" : foldName(label));

  const texts: [string, string[]][] = [
    ["BACKUP_CRON_STRING", ["schedule"]],
    ["RETENTION_CRON_STRING", ["retention", "schedule"]],
    ["WEBHOOK_URL", ["provider", "url"]],
    ...LEVELS.map((level, index): [string, string[]] => [LEVEL_VARIABLES[index]!, ["retention", level]]),
  ];
  for (const [variable, path] of texts) {
    const value = read(variable)?.trim();
    if (value === undefined) continue;
    const ambiguous = path.at(-1) === "schedule" ? fiveFields(value) : undefined;
    if (ambiguous !== undefined) report.addVariable(variable, { message: ambiguous });
    else set(variable, path, value);
  }
  const bodies: [string, string][] = [
    ["WEBHOOK_BODY", "body"],
    ["WEBHOOK_CREATE_BODY", "create_body"],
    ["WEBHOOK_DELETE_BODY", "delete_body"],
  ];
  for (const [variable, key] of bodies) {
    const value = read(variable);
    if (value === undefined) continue;
    try {
      set(variable, ["provider", key], JSON.parse(value) as Json);
    } catch {
      report.addVariable(variable, {
        message: 'the value is not JSON: expected for example {"key": "value"}',
      });
    }
  }
  const headers = await headersText(env, request, report);
  if (headers !== undefined) set(headers.variable, ["provider", "headers"], readHeaders(headers, report));
  const grace = oneOf(env, ["GRACE_TIME_SECONDS", "WEBHOOK_GRACE_TIME"], seconds, report);
  if (grace !== undefined && /^\d*\.\d+$/.test(grace.value)) {
    const message = `'${grace.value}' is not a whole number of seconds: expected for example 90, or 5m`;
    report.addVariable(grace.variable, { message });
  } else if (grace !== undefined) set(grace.variable, ["grace_time"], grace.value);

  if (read("WEBHOOK_URL") === undefined) {
    report.addVariable("WEBHOOK_URL", {
      message: "not set: expected the URL of the backup provider, such as http://schelly-restic:7070/backups",
      hint: `${jobVariables(env)[0] ?? "BACKUP_NAME"} asks for a job of the environment`,
    });
    set("WEBHOOK_URL", ["provider", "url"], "http://unset.invalid");
  }
  root.jobs = [job];
  markEntry(marks, root, "jobs", { variable: "WEBHOOK_URL" });
  markEntry(marks, root.jobs, 0, { variable: "WEBHOOK_URL" });
  return { label };
}

/**
 * Of a schedule with five fields, the two things that it may mean: the original read the seconds first and had no weekday
 * then, a crontab has none and begins with the minute. Undefined for every other one.
 */
function fiveFields(pattern: string): string | undefined {
  const fields = pattern.split(/\s+/);
  if (fields.length !== 5) return undefined;
  const written = fields.join(" ");
  return `'${written}' has five fields, which may mean two things: expected six, '0 ${written}' if it was written as in a ` +
    `crontab (minute hour day month weekday), '${written} *' if as the original read it (second minute hour day month)`;
}

interface HeadersText {
  variable: string;
  text: string;
}

/** WEBHOOK_HEADERS, or what the file that WEBHOOK_HEADERS_FILE names holds. */
async function headersText(
  env: Env,
  { files, mode }: EnvJobRequest,
  report: Report,
): Promise<HeadersText | undefined> {
  if (env.WEBHOOK_HEADERS) {
    if (env.WEBHOOK_HEADERS_FILE) {
      report.addVariable("WEBHOOK_HEADERS_FILE", {
        message: "set together with WEBHOOK_HEADERS, which means the same: expected one of them",
      });
    }
    return { variable: "WEBHOOK_HEADERS", text: env.WEBHOOK_HEADERS };
  }
  const variable = "WEBHOOK_HEADERS_FILE";
  const written = env[variable];
  if (!written) return undefined;
  try {
    return { variable, text: await readSecretFile(resolvePath(files.workingFolder(), written), files) };
  } catch (error) {
    const severity = mode === "optional" ? "note" : "error";
    report.addVariable(variable, { message: `'${written}' ${(error as Error).message}`, severity });
    return undefined;
  }
}

/** `k1=v1,k2=v2`. */
function readHeaders({ variable, text }: HeadersText, report: Report): Mapping {
  const headers: Mapping = {};
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const equals = part.indexOf("=");
    const name = part.slice(0, equals).trim();
    if (equals < 1 || name === "" || name === "__proto__") {
      report.addVariable(variable, {
        message: `${equals < 0 ? "a part has no '='" : "a part has no name"}: expected k1=v1,k2=v2`,
        hint: "a value with a comma in it needs a YAML file",
      });
      continue;
    }
    if (Object.hasOwn(headers, name)) {
      report.addVariable(variable, {
        message: `'${name.slice(0, 40)}' is given twice: expected once`,
      });
      continue;
    }
    headers[name] = part.slice(equals + 1).trim();
  }
  return headers;
}

/** A bare number is seconds here. */
function seconds(value: string): string {
  return /^\d+$/.test(value) ? `${value}s` : value;
}

/** The first set one of several names for the same thing, trimmed; different values are an error. */
export function oneOf(
  env: Env,
  names: string[],
  read: (value: string) => string,
  report: Report,
): { variable: string; value: string } | undefined {
  const set = names.filter((name) => (env[name] ?? "") !== "");
  const first = set[0];
  if (first === undefined) return undefined;
  const value = read(env[first]!.trim());
  const other = set.find((name) => read(env[name]!.trim()) !== value);
  if (other !== undefined) {
    report.addVariable(other, {
      message: `differs from ${first}, which means the same: expected one of them`,
    });
  }
  return { variable: first, value };
}
