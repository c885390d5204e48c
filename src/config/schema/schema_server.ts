// The keys of the server itself: where it listens, who may ask, what it logs, where its state lies.

import { z } from "zod";
import { DAY, parseDuration } from "../../domain/duration.ts";
import { date, described, duration, line, name, text } from "./schema_leaves.ts";

const caller = {
  name: described(name, "Shown in events as who did it"),
  role: described(
    z.enum(["viewer", "operator", "admin"]),
    "viewer reads, operator triggers and pauses, admin all",
  ),
};

const token = z.strictObject({
  ...caller,
  token: described(text, "The token; better: token_file").optional(),
  token_file: described(line, "File with the token").optional(),
  expires: described(
    date,
    "Refused after this day (in UTC), or from this instant on; told of from 14 days before",
  ).optional(),
});

const user = z.strictObject({
  ...caller,
  password: described(line, "The password, or better its hash: schelly password hash").optional(),
  password_file: described(line, "File with the password or its hash").optional(),
});

const listen = z.string({ error: "is not host:port: expected for example 127.0.0.1:8080, in quotes" }).min(1);

const headerName = line.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, {
  error: "is not a name of a header: expected one such as Remote-User",
});
const role = z.enum(["viewer", "operator", "admin"]);

const proxyHeader = z.strictObject({
  user: described(headerName, "Header with the name of the user, such as Remote-User"),
  groups: described(headerName, "Header with the groups of the user, with commas or | between them")
    .optional(),
  roles: described(z.record(z.string().min(1), role), "The role of each group; of several the highest")
    .optional(),
  role: described(role, "The role of whoever is in none of these groups; absent: they are refused")
    .optional(),
});

export const ServerSchema = z.strictObject({
  listen: described(listen, "host:port of HTTP, or none", "127.0.0.1:8080").optional(),
  socket: described(
    line,
    "Unix socket whose opener is admin, or none; absent: /run/schelly/schelly.sock when that folder exists",
  ).optional(),
  tls: described(
    z.strictObject({
      cert_file: described(
        line,
        "Certificate chain in PEM; followed, as its key is: a new one needs no restart",
      ),
      key_file: described(line, "Private key in PEM, without a passphrase"),
    }),
    "Serve HTTPS",
  ).optional(),
  auth: described(
    z.union([
      z.literal("none"),
      z.strictObject({
        tokens: described(z.array(token).min(1), "Tokens of programs, each with a name and a role")
          .optional(),
        users: described(
          z.array(user).min(1),
          "People who log in with a browser, by name and password (HTTP Basic)",
        ).optional(),
        proxy_header: described(proxyHeader, "People whom a proxy of trusted_proxies has logged in")
          .optional(),
        metrics: described(
          z.enum(["viewer", "open"]),
          "Who may read /metrics: viewers, or everybody who reaches the port",
          "viewer",
        ).optional(),
      }),
    ]),
    "Who may ask over TCP: tokens and users, or none to open everything; absent: reads and starting a backup are open",
  ).optional(),
  trusted_proxies: described(
    z.array(line).min(1),
    "Addresses and ranges (CIDR) of proxies whose word is taken on whom a request comes from",
  ).optional(),
  base_path: described(
    line.regex(/^(\/[A-Za-z0-9._~-]+)+$/, {
      error: "is not a path: expected one such as /schelly, without a slash at its end",
    }),
    "Path below which a proxy serves it; without it answers are given as well",
  ).optional(),
  public_url: described(
    line,
    "Where people reach it, such as https://schelly.example.org: links in notifications begin with it",
  ).optional(),
  stop_timeout: described(duration(0, "0s"), "Time for answers under way when stopping", "30s").optional(),
});

export const LogSchema = z.strictObject({
  level: described(z.enum(["debug", "info", "warning", "error"]), "Least level that is logged", "info")
    .optional(),
  format: described(
    z.enum(["auto", "text", "json"]),
    "auto: text on a terminal, else JSON lines",
    "auto",
  ).optional(),
});

export const StateSchema = z.strictObject({
  url: described(
    line,
    "file:PATH of the state, or libsql://, https:// of a libSQL server",
    "file:/var/lib/schelly/schelly.db",
  ).optional(),
  token: described(text, "Token of a libSQL server; better: token_file").optional(),
  token_file: described(line, "File with that token").optional(),
  durability: described(
    z.enum(["strong", "relaxed"]),
    "Of a libSQL server. strong: one whose commits may be lost with its power is refused. relaxed: it is taken, with a warning",
    "strong",
  ).optional(),
  snapshots: described(
    z.strictObject({
      to: described(
        line,
        "A folder that is there, best on another disk: for copies on a schedule, and those that callers over TCP ask for",
      ),
      every: described(
        duration(60_000, "1m"),
        "How often the state is copied there, and the copy opened and compared; absent: never by itself",
      ).optional(),
      keep: described(
        z.int().min(1).max(10_000),
        "How many copies of the schedule stay; older ones go after a newer one proved good",
        48,
      ).optional(),
    }),
    "Copies of the state; absent: only who asks at the socket has one made, anywhere",
  ).optional(),
});

export const EventsSchema = z.strictObject({
  keep: described(duration(DAY, "1d"), "How long events stay that are not of the audit trail", "90d")
    .optional(),
  audit_keep: described(
    duration(DAY, "1d"),
    "How long those of the audit trail stay: callers, configuration, deletions, guards; a checkpoint a month stays for ever",
    "400d",
  ).optional(),
});

export const RecoverySheetSchema = z.strictObject({
  to: described(line, "A folder that is there, best on another machine or disk"),
  every: described(duration(60_000, "1m"), "How often it is written; also at each start", "1d").optional(),
  keep: described(z.int().min(1).max(1_000), "How many stay, of each of its two forms", "7").optional(),
});

const METRIC_JOBS = /^(all|none|top:[1-9][0-9]{0,5})$/;

/** With the number in the example where one was written. */
function notMetricJobs(input: unknown): string {
  const example = METRIC_JOBS.test(`top:${input}`) ? `top:${input}` : "top:100";
  return `is not how many jobs have series of their own: expected all, none, or top:N such as ${example}`;
}

export const MetricsSchema = z.strictObject({
  jobs: described(
    z.string({ error: ({ input }) => notMetricJobs(input) })
      .regex(METRIC_JOBS, { error: ({ input }) => notMetricJobs(input) }),
    "Jobs that have series of their own: all, none, or top:N for the N that do worst; " +
      "with none and top:N the series without a job add all of them up",
    "all",
  ).optional(),
});

/** A name of people's own or of a machine. */
const NODE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

const LONGEST_TTL_MS = 600_000;

export const StandbySchema = z.strictObject({
  name: described(
    z.string().regex(NODE, {
      error: "is not a name: expected letters, digits, _ . -, at most 63, beginning with a letter or digit",
    }),
    "What the other instance calls this one; absent: the name of its host",
  ).optional(),
  address: described(
    line,
    "Where callers reach this one while it is active, such as http://node-a:8080: the other one names it",
  ).optional(),
  ttl: described(
    duration(5_000, "5s").refine((text) => parseDuration(text)! <= LONGEST_TTL_MS, {
      error: "is too long: expected at most 10m",
    }),
    "How long its lease lasts: it is renewed three times in that, and another one takes over after four thirds of it without " +
      "a renewal",
    "30s",
  ).optional(),
});

export const RestoreSchema = z.strictObject({
  roots: described(
    z.array(line).max(100),
    "Folders below which the server may restore for callers of the API; without any it restores nowhere",
    "[]",
  ).optional(),
});

export type ServerSettings = z.infer<typeof ServerSchema>;
export type LogSettings = z.infer<typeof LogSchema>;
export type StateSettings = z.infer<typeof StateSchema>;
export type MetricsSettings = z.infer<typeof MetricsSchema>;
export type RecoverySheetSettings = z.infer<typeof RecoverySheetSchema>;
export type StandbySettings = z.infer<typeof StandbySchema>;
export type RestoreSettings = z.infer<typeof RestoreSchema>;
export type EventsSettings = z.infer<typeof EventsSchema>;
