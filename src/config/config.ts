// The typed result of loading: what the composition root starts from.

import type { ConfigIssue } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import type { ProviderSpec } from "../domain/provider_spec.ts";

export type Role = "viewer" | "operator" | "admin";

export interface TokenSpec {
  name: string;
  role: Role;
  token: string;
}

export interface ServerConfig {
  /** Null: no TCP. */
  listen: { hostname: string; port: number } | null;
  /** Null: no unix socket. */
  socket: string | null;
  tls: { certFile: string; keyFile: string } | null;
  /** `default`: no tokens: TCP opens reads and trigger. `none`: all is open. */
  auth: { kind: "tokens"; tokens: TokenSpec[] } | { kind: "default" } | { kind: "none" };
  stopTimeoutMs: number;
}

export interface LogConfig {
  level: "debug" | "info" | "warning" | "error";
  format: "auto" | "text" | "json";
}

export interface StateConfig {
  /** `file:/path` or `http(s)://`, `libsql://`. */
  url: string;
  token: string | null;
}

export type ConfigSource =
  | { kind: "file"; path: string }
  | { kind: "folder"; path: string; files: string[] }
  | { kind: "inline" }
  | { kind: "env" };

/** Everything, checked; defaults filled in. */
export interface Config {
  source: ConfigSource;
  server: ServerConfig;
  log: LogConfig;
  state: StateConfig;
  /** By provider key. */
  providers: Map<string, ProviderSpec>;
  jobs: Job[];
  /** Warnings and notes; never errors. */
  notes: ConfigIssue[];
  /** Effective values, redacted, as a plain tree in the shape of the YAML, each leaf with its source. */
  effective: EffectiveValue[];
}

export interface EffectiveValue {
  /** `jobs.postgres.retention.daily` */
  path: string;
  /** Rendered as YAML would write it; secrets read `<redacted>`. */
  value: string;
  /** `schelly.yaml:12`, `env SCHELLY_LISTEN`, `flag --listen`, `default`, `defaults`. */
  source: string;
}
