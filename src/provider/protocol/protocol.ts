// The words of the provider protocol: header names, limits, the JSON of a backup and how it is read.
// Shared by the client and the server; `call_headers.ts` reads and writes the headers.

import { z } from "zod";
import { iso } from "../../domain/instant.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { Redact } from "../output_ring.ts";
import { readVerification, verificationToWire } from "./verification_wire.ts";
import { readTime } from "./wire_time.ts";
import { readLock } from "./wire_lock.ts";

/** Request headers of ours, and the answer header that names a provider's extensions. */
export const HEADERS = {
  idempotencyKey: "Idempotency-Key",
  run: "X-Schelly-Run",
  job: "X-Schelly-Job",
  /** ISO 8601 UTC; absent for a start by hand. */
  slot: "X-Schelly-Slot",
  /** A decimal integer. */
  fence: "X-Schelly-Fence",
  /** The name of the host that is meant, where a provider has several; one of another name answers 421. */
  host: "X-Schelly-Host",
  capabilities: "Schelly-Provider",
} as const;

/** Headers of a GET that only the storage itself may answer: nobody's earlier word is enough, nor a copy kept on the way. */
export const NO_CACHE = { "Cache-Control": "no-cache" } as const;

/** True for a GET that bears `NO_CACHE`, among whatever else its sender says of caches. */
export function asksAnew(headers: Headers): boolean {
  const words = (headers.get("Cache-Control") ?? "").split(",");
  return words.some((word) => word.trim().toLowerCase() === "no-cache");
}

/** Largest body either side reads, in bytes after decompression. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Largest list the client reads: so many bytes for each of `MAX_LIST` backups. */
export const MAX_LIST_BYTES = 8 * MAX_BODY_BYTES;
/** Longest id in bytes of UTF-8. */
export const MAX_ID_BYTES = 4096;
/** Most backups one list may hold. */
export const MAX_LIST = 10_000;
/** Longest message kept, in characters; the rest is cut. */
export const MAX_MESSAGE = 4096;
/** Largest believable size in megabytes: an exabyte. */
const MAX_SIZE_MB = 1e12;
/** Longest name of a job or host kept, and most paths. */
const MAX_NAME = 255;
const MAX_PATHS = 100;

/** Words that say the backup is still being made; any other unknown word means the same, but is noted. */
const RUNNING_WORDS = new Set([
  "running",
  "pending",
  "queued",
  "waiting",
  "accepted",
  "scheduled",
  "creating",
  "starting",
  "started",
  "in-progress",
  "in_progress",
]);

/** Words that say there will be no such backup. */
const FAILED_WORDS = new Set([
  "failed",
  "failure",
  "error",
  "errored",
  "cancelled",
  "canceled",
  "aborted",
  "killed",
  "crashed",
  "timeout",
  "timed-out",
  "timed_out",
  "deleted",
]);

/** What a status word means; only `available` itself, in any case, makes a backup available. */
export function foldStatus(word: string): { state: BackupInfo["state"]; known: boolean } {
  const folded = word.trim().toLowerCase();
  if (folded === "available") return { state: "available", known: true };
  if (FAILED_WORDS.has(folded)) return { state: "failed", known: true };
  return { state: "running", known: RUNNING_WORDS.has(folded) };
}

/** Why a text cannot be a backup's id, or undefined when it can. */
export function idProblem(id: string): string | undefined {
  if (id === "") return "it is empty";
  if (new TextEncoder().encode(id).length > MAX_ID_BYTES) return `it is longer than ${MAX_ID_BYTES} bytes`;
  // A URL parser removes these two path segments however they are encoded.
  if (id === "." || id === "..") return "it means a folder in a URL";
  return textProblem(id);
}

/** Why a text cannot be stored or sent as it is. */
function textProblem(text: string): string | undefined {
  if (/\p{Cc}/u.test(text)) return "it has control characters";
  if (/\p{Cs}/u.test(text)) return "it has half a surrogate pair";
  return undefined;
}

/** A text for people without control characters (tab and newline apart) or broken surrogates, cut at `max`. */
export function cleanText(text: string, max: number): string {
  return text.slice(0, max).replace(/[^\P{Cc}\t\n]|\p{Cs}/gu, "");
}

/** The path segment of an id, for an id without `idProblem`. */
export function encodeId(id: string): string {
  return encodeURIComponent(id);
}

/** A text in which the given check finds nothing wrong. */
function textSchema(problemOf: (text: string) => string | undefined) {
  return z.string({ error: "expected a text" }).superRefine((text, context) => {
    const problem = problemOf(text);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });
}

const dataIdSchema = textSchema((id) => id.length > MAX_ID_BYTES ? "it is too long" : textProblem(id))
  .nullish();

/** Only what decides something is demanded; `readBackup` reads the rest and drops what is absurd. */
const answerSchema = z.looseObject({
  id: textSchema(idProblem),
  status: z.string({ error: "expected a text such as 'running' or 'available'" }).min(1, "it is empty"),
  data_id: dataIdSchema,
  run_id: z.string({ error: "expected a text" }).nullish(),
}, { error: "expected an object" });

/** An answer to a start: once it names an id, that id is what counts, and a missing status means running. */
const startedSchema = answerSchema.extend({
  status: z.string().min(1).catch("running"),
  data_id: dataIdSchema.catch(undefined),
});

/** A JSON value read as a backup, or why it is none; `notes` tell of fields that were dropped or are odd. */
export type ReadBackup =
  | { ok: true; backup: BackupInfo; notes: string[] }
  | { ok: false; problem: string };

const AS_IT_IS: Redact = (text) => text;

/** Reads the answer to a look-up, or one item of a list; `redact` is applied to what people will read. */
export function readBackup(value: unknown, redact: Redact = AS_IT_IS): ReadBackup {
  return read(answerSchema, value, redact);
}

/** Reads the answer to a start, which may lack all but the id. */
export function readStarted(value: unknown, redact: Redact = AS_IT_IS): ReadBackup {
  return read(startedSchema, value, redact);
}

function read(
  schema: typeof answerSchema | typeof startedSchema,
  value: unknown,
  redact: Redact,
): ReadBackup {
  // Whole before it is cut: of a secret at the cut no piece may remain.
  const clean = (text: string, max: number) => cleanText(redact(cleanText(text, text.length)), max);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const path = issue.path.join(".");
    return {
      ok: false,
      problem: path === "" ? issue.message : `its '${path}' cannot be used: ${issue.message}`,
    };
  }
  const wire = parsed.data;
  const notes: string[] = [];
  const { state, known } = foldStatus(wire.status);
  const word = clean(wire.status, 100).replace(/[\t\n]/g, " ");
  if (!known) notes.push(`the status '${word}' is not of the protocol and counts as running`);
  const backup: BackupInfo = { id: wire.id, state, status: word };
  if (wire.data_id) backup.dataId = wire.data_id;
  if (wire.run_id) backup.runId = wire.run_id;
  const reason = wire.reason;
  if (typeof reason === "string" && /^[a-z][a-z0-9_]{0,63}$/.test(reason)) backup.reason = reason;
  const message = wire.message;
  if (typeof message === "string") {
    if (message !== "") backup.message = clean(message, MAX_MESSAGE);
  } else if (message !== undefined && message !== null) notes.push("'message' is not a text and was dropped");
  const size = wire.size_mb;
  if (typeof size === "number" && Number.isFinite(size) && size >= 0 && size <= MAX_SIZE_MB) {
    backup.sizeMb = size;
  } else if (size !== undefined && size !== null) {
    notes.push(`'size_mb' is no believable size and was dropped`);
  }
  Object.assign(backup, readOwner(wire, clean, notes));
  const start = readTime(wire.start_time, "start_time", notes);
  if (start !== undefined) backup.startTime = start;
  const end = readTime(wire.end_time, "end_time", notes);
  if (end !== undefined && start !== undefined && end < start) {
    notes.push("'end_time' is before 'start_time' and was dropped");
  } else if (end !== undefined) backup.endTime = end;
  const lockedUntil = readLock(wire, notes);
  if (lockedUntil !== undefined) backup.lockedUntil = lockedUntil;
  const verification = readVerification(wire.verification, (text) => clean(text, MAX_MESSAGE), notes);
  if (verification !== undefined) backup.verification = verification;
  return { ok: true, backup, notes };
}

/** Whose it is. A name that is none would be taken for somebody else's, so it is dropped. */
function readOwner(
  wire: Record<string, unknown>,
  clean: (text: string, max: number) => string,
  notes: string[],
): Pick<BackupInfo, "job" | "host" | "paths"> {
  const owner: Pick<BackupInfo, "job" | "host" | "paths"> = {};
  for (const name of ["job", "host"] as const) {
    const value = wire[name];
    if (value === undefined || value === null || value === "") continue;
    if (typeof value === "string") owner[name] = clean(value, MAX_NAME).replace(/[\t\n]/g, " ");
    else notes.push(`'${name}' is not a text and was dropped`);
  }
  const { paths } = wire;
  if (Array.isArray(paths) && paths.every((path) => typeof path === "string")) {
    if (paths.length > 0) owner.paths = paths.slice(0, MAX_PATHS).map((path) => clean(path, MAX_MESSAGE));
  } else if (paths !== undefined && paths !== null) notes.push("'paths' is no list of texts and was dropped");
  return owner;
}

/** The JSON of one backup. */
interface WireBackup {
  id: string;
  /** The storage's own id, or the same as `id` while unknown. */
  data_id: string;
  status: string;
  message?: string;
  size_mb?: number;
  run_id?: string;
  /** Whose it is, where that is known. */
  job?: string;
  host?: string;
  paths?: string[];
  /** ISO 8601 UTC. */
  start_time?: string;
  end_time?: string;
  /** Machine word for why it failed. */
  reason?: string;
  /** ISO 8601 UTC: until when the storage refuses to delete it; null: it does not. */
  locked_until?: string | null;
  verification?: Record<string, unknown>;
}

/** The JSON a server answers for a backup; `readBackup` gives the same backup again. */
export function toWire(backup: BackupInfo): WireBackup {
  const wire: WireBackup = { id: backup.id, data_id: backup.dataId ?? backup.id, status: backup.status };
  if (backup.message !== undefined) wire.message = backup.message;
  if (backup.sizeMb !== undefined) wire.size_mb = backup.sizeMb;
  if (backup.runId !== undefined) wire.run_id = backup.runId;
  if (backup.job !== undefined) wire.job = backup.job;
  if (backup.host !== undefined) wire.host = backup.host;
  if (backup.paths !== undefined) wire.paths = backup.paths;
  if (backup.startTime !== undefined) wire.start_time = iso(backup.startTime);
  if (backup.endTime !== undefined) wire.end_time = iso(backup.endTime);
  if (backup.reason !== undefined) wire.reason = backup.reason;
  if (backup.lockedUntil !== undefined) wire.locked_until = iso(backup.lockedUntil);
  if (backup.verification !== undefined) wire.verification = verificationToWire(backup.verification);
  return wire;
}
