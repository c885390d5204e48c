// The typed result of loading: what the composition root starts from.

import type { ConfigIssue } from "../../domain/errors.ts";
import type { AddressRange } from "../../domain/http/address_range.ts";
import type { Job } from "../../domain/job.ts";
import type { HeartbeatSpec } from "../../domain/ping.ts";
import type { ProviderSpec } from "../../domain/provider_spec.ts";
import type { EventsKept } from "../../ports/audit_trail.ts";
import type { NotifyConfig } from "../../ports/notifier.ts";

export type Role = "viewer" | "operator" | "admin";

/** Who shows a token: its digest is kept, the token is not. */
export interface TokenSpec {
  name: string;
  role: Role;
  /** SHA-256 of the token, hexadecimal. */
  hash: string;
  /** From when on it is refused (UTC ms); absent: never. */
  expires?: number;
}

/** A person at a browser. */
export interface UserSpec {
  name: string;
  role: Role;
  /** As `password_hash.ts` writes it. */
  hash: string;
  /** Takes its time, beside the main thread. */
  isPassword(password: string): Promise<boolean>;
}

/** PEM texts, and where they were read. */
export interface TlsConfig {
  certFile: string;
  keyFile: string;
  /** Empty where secrets are optional and this one is absent. */
  cert: string;
  key: string;
}

/** People whom a trusted proxy has logged in. */
export interface ProxyAuth {
  /** Names of headers. */
  user: string;
  groups?: string;
  /** By group. */
  roles: Record<string, Role>;
  /** Of whoever is in none of these; absent: they are refused. */
  role?: Role;
}

export type AuthConfig =
  /** `openMetrics`: /metrics asks nothing of anybody. */
  | { kind: "named"; tokens: TokenSpec[]; users: UserSpec[]; proxy?: ProxyAuth; openMetrics: boolean }
  /** Nobody is named: TCP opens reads and trigger. */
  | { kind: "default" }
  /** All is open. */
  | { kind: "none" };

export interface ServerConfig {
  /** Null: no TCP. */
  listen: { hostname: string; port: number } | null;
  /** Null: no unix socket. */
  socket: string | null;
  tls: TlsConfig | null;
  auth: AuthConfig;
  /** Absent: there are none. */
  trustedProxies?: AddressRange[];
  /** `/schelly`; absent: none. */
  basePath?: string;
  /** Where people reach it, without a slash at its end; absent: not known. */
  publicUrl?: string;
  stopTimeoutMs: number;
}

export interface LogConfig {
  level: "debug" | "info" | "warning" | "error";
  format: "auto" | "text" | "json";
}

export interface MetricsConfig {
  /** So many jobs have series of their own; Infinity: all, and then nothing adds them up. */
  mostJobs: number;
}

export interface StateConfig {
  /** `file:/path` or `http(s)://`, `libsql://`. */
  url: string;
  /** The URL of a server as it was written, where variables gave a part of it. */
  shownUrl?: string;
  token: string | null;
  /** What the commits of a server are to outlive. Absent: as `strong`. */
  durability?: "strong" | "relaxed";
  /** The folder below which callers over TCP may have it copied, absolute; absent: nowhere. */
  snapshotFolder?: string;
  /** Absent: none are taken on a schedule. */
  snapshots?: SnapshotsConfig;
}

/** How this instance shows itself to others that wait for the same state, or for which it waits. */
export interface StandbyConfig {
  /** Null: as its host is called. */
  name: string | null;
  /** Where callers reach it, without a slash at its end; null: that is not said. */
  address: string | null;
  /** How long its lease lasts. */
  ttlMs: number;
}

/** Where copies of the state go, how often, and how many stay. */
export interface SnapshotsConfig {
  /** A folder, absolute. */
  to: string;
  everyMs: number;
  keep: number;
}

/** Where the sheet for the worst day is written, how often, and how many stay. */
export interface RecoverySheetConfig {
  /** A folder, absolute. */
  to: string;
  everyMs: number;
  keep: number;
}

/** A folder of files with jobs, which callers of the API may write. */
export interface JobsFolder {
  /** Absolute, without a slash at its end. */
  path: string;
  /** How the names of its files begin in messages. */
  shown: string;
  /** It is the folder of the configuration itself. */
  isSource: boolean;
}

export type ConfigSource =
  | { kind: "file"; path: string }
  | { kind: "folder"; path: string; files: string[] }
  | { kind: "inline" }
  | { kind: "env" };

/** Everything, checked; defaults filled in. */
export interface Config {
  source: ConfigSource;
  /** Secret files that were read, certificates and SCHELLY_TOKENS_FILE among them; absolute, sorted. */
  secretFiles: string[];
  /** Of every text it was read from; see `fingerprint.ts`. */
  fingerprint: string;
  /**
   * SHA-256 of its file, as `sha256sum` prints it; of a folder that of what `sha256sum` prints of its files. Null for what
   * comes from variables alone.
   */
  digest: string | null;
  server: ServerConfig;
  log: LogConfig;
  state: StateConfig;
  /** Absent: it waits for nobody. */
  standby?: StandbyConfig;
  /** How long events stay. */
  events: EventsKept;
  metrics: MetricsConfig;
  /** Absent: nobody is told that Schelly lives. */
  heartbeat?: HeartbeatSpec;
  notify: NotifyConfig;
  /** Folders below which the server may restore, absolute; empty: nowhere. */
  restoreRoots: string[];
  /** Absent: callers of the API change no jobs. */
  jobsFolder?: JobsFolder;
  /** Absent: the sheet is made only when it is asked for. */
  recoverySheet?: RecoverySheetConfig;
  /** By provider key. */
  providers: Map<string, ProviderSpec>;
  jobs: Job[];
  /** Warnings and notes; never errors. */
  notes: ConfigIssue[];
  /** Effective values, redacted, as a plain tree in the shape of the YAML, each leaf with its source. */
  effective: EffectiveValue[];
  /** The same, yielding in between; with secrets as they are only to compare by, never to show. */
  effectiveValues(
    secrets: "redacted" | "as they are",
    /** Of the jobs this one alone; absent: all. */
    job?: string,
  ): Generator<undefined, EffectiveValue[]>;
  /** Where the promise at this index of a job was written: in the job, or in the defaults. */
  promisePosition(job: string, index: number): IssuePosition;
  /** Where a job was written; undefined where there is none. */
  jobPosition(job: string): IssuePosition | undefined;
}

/** A position that an issue can name. */
export type IssuePosition = Pick<ConfigIssue, "file" | "line" | "column" | "path">;

export interface EffectiveValue {
  /** `jobs.postgres.retention.daily` */
  path: string;
  /** Rendered as YAML would write it; secrets read `<redacted>`. */
  value: string;
  /** `schelly.yaml:12`, `env SCHELLY_LISTEN`, `flag --listen`, `default`, `defaults`. */
  source: string;
}
