// The coded failures of operation. A bug asserts instead; an expected outcome is a value.

import type { UnusableReason } from "./unusable.ts";

/** One thing wrong with the configuration, with where it stands when a file is known. */
export interface ConfigIssue {
  /** File name as given by the user, or `environment`. */
  file: string;
  /** 1-based; absent for environment variables. */
  line?: number;
  /** 1-based. */
  column?: number;
  /** Dotted path of the key, e.g. `jobs[0].schedule`; empty for the document itself. */
  path: string;
  /** What is wrong and what was expected, in one sentence without a full stop. */
  message: string;
  /** The nearest valid key or value, or what to do. */
  hint?: string;
  severity: "error" | "warning" | "note";
  /** It stands for so many that are not listed; absent: for itself. */
  more?: number;
  /** The line it stands in; absent where it might show a secret. */
  excerpt?: IssueExcerpt;
}

/** A line of a file, shortened, and the column (1-based) in that text which an issue is about. */
export interface IssueExcerpt {
  text: string;
  column: number;
}

/** The configuration cannot be used; carries every issue found, never only the first. */
export class ConfigError extends Error {
  readonly code = "config_invalid";
  constructor(readonly issues: ConfigIssue[]) {
    super(issues.map(formatIssue).join("\n"));
    this.name = "ConfigError";
  }
}

/** What was asked for takes more work than one question may; `message` says the budget and what to ask instead. */
export class OverBudget extends Error {
  constructor(message: string) {
    super(message);
    this.name = "OverBudget";
  }
}

/** Too much is waiting for its turn already: ask again later. */
export class TooBusy extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TooBusy";
  }
}

/** Renders an issue as `file:line:col: path: message (hint)`. */
export function formatIssue(issue: ConfigIssue): string {
  const position = [issue.file, issue.line, issue.column].filter((part) => part !== undefined).join(":");
  const path = issue.path === "" ? "" : ` ${issue.path}:`;
  const hint = issue.hint === undefined ? "" : ` (${issue.hint})`;
  return `${position}:${path} ${issue.message}${hint}`;
}

/**
 * Why a provider call failed, by what may have happened at the provider.
 * - `unsent`: the call surely started nothing (never sent, 3xx, 409, 429, 503): safe to send again, unless `gateway`.
 * - `unknown`: the call may have taken effect (500, 502, 504, timeout, reset, unreadable answer to a write).
 * - `refused`: the provider understood and said no (400, 401, 403, 404, 405, 422): sending again is pointless.
 * - `malformed`: an answer to a read that is not of the protocol; nothing may be concluded from it.
 */
export type ProviderErrorKind = "unsent" | "unknown" | "refused" | "malformed";

/** A call to a provider failed; `message` says which call, what came back and what was expected. */
export class ProviderError extends Error {
  readonly code = "provider_error";
  /** HTTP status when an answer arrived. */
  readonly status?: number;
  /** The provider's wish from Retry-After, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /**
   * Set on an `unsent` start that something before the provider may have answered (503, 425 or 429, without Retry-After
   * and our headers): then it is not known whether the provider got the call.
   */
  readonly gateway?: true;
  /** Set on an `unsent` deletion that the storage refuses: until when (UTC ms; null: without a date). */
  readonly lock?: { until: number | null };
  /** Set where nothing begins until somebody mends this, however often it is asked for: a start, a look, a verification. */
  readonly unusable?: UnusableReason;
  constructor(
    readonly kind: ProviderErrorKind,
    message: string,
    details: {
      status?: number;
      retryAfterMs?: number;
      gateway?: true;
      unusable?: UnusableReason;
      lock?: { until: number | null };
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "ProviderError";
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.gateway = details.gateway;
    this.unusable = details.unusable;
    this.lock = details.lock;
  }
}

/**
 * What is wrong with the state store.
 * - `in_use`: another process holds it (exit 75). - `not_writable`: read-only, full or no folder (exit 73).
 * - `corrupt`: not a database or damaged. - `newer_schema`: written by a newer Schelly.
 * - `replaced`: the file was unlinked or replaced under us. - `fenced`: our lease is no longer the current one (exit 75).
 * - `unknown`: it is not known whether the commit took place. - `failed`: anything else; nothing was committed.
 */
export type StoreErrorKind =
  | "in_use"
  | "not_writable"
  | "corrupt"
  | "newer_schema"
  | "replaced"
  | "fenced"
  | "unknown"
  | "failed";

/** The state store failed; nothing that was not acknowledged may be assumed to be saved. */
export class StoreError extends Error {
  readonly code = "store_error";
  constructor(readonly kind: StoreErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "StoreError";
  }
}

/** A cursor from outside is not one of ours; asking again without it starts at the first page. */
export class InvalidCursor extends Error {
  readonly code = "invalid_cursor";
  constructor(cursor: string) {
    const shown = cursor.length > 40 ? `${cursor.slice(0, 40)}…` : cursor;
    super(
      `Cannot read 'cursor' as the place to go on from: '${shown}' is not one that was handed out: ` +
        `expected the value of an earlier answer, or none`,
    );
    this.name = "InvalidCursor";
  }
}

/** Throws when a rule of our own is broken: a bug, not an operating failure. */
export function assert(condition: unknown, rule: string): asserts condition {
  if (!condition) throw new Error(`internal rule broken: ${rule}`);
}
