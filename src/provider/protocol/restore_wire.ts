// The JSON of the extensions `restore` and `browse`: what is asked for, how far it is, and what lies in a backup.

import { z } from "zod";
import { iso } from "../../domain/instant.ts";
import { insidePath } from "../../domain/inside_path.ts";
import type { BackupEntry, BackupPage, RestoreCall, RestoreOperation } from "../../ports/restore.ts";
import { bodyProblem, MAX_OUR_ID } from "./verification_wire.ts";
import { readTime } from "./wire_time.ts";

/** Most paths that one restore may name. */
const MAX_INCLUDE = 1000;
const MAX_PATH = 4096;
/** Most entries of one page. */
export const MAX_ENTRIES = 1000;

const path = z.string().max(MAX_PATH);
const callSchema = z.object({
  operation_id: z.string({ error: "expected a text" }).min(1, "it is empty").max(MAX_OUR_ID),
  target: path.min(1, "it is empty"),
  include: z.array(path).max(MAX_INCLUDE).default([]),
  dry_run: z.boolean().default(false),
  overwrite: z.boolean().default(false),
  any_owner: z.boolean().default(false),
}, { error: "expected a JSON object with 'operation_id' and 'target'" });

/** The body of a call for a restore. */
export function restoreCallToWire(call: RestoreCall): z.input<typeof callSchema> {
  const { operationId, target, include, dryRun, overwrite, anyOwner } = call;
  return {
    operation_id: operationId,
    target,
    include: [...include],
    dry_run: dryRun,
    overwrite,
    any_owner: anyOwner,
  };
}

/** Reads such a body, or says why it cannot be taken. */
export function readRestoreCall(
  body: unknown,
): { ok: true; call: RestoreCall } | { ok: false; problem: string } {
  const parsed = callSchema.safeParse(body);
  if (!parsed.success) return { ok: false, problem: bodyProblem(parsed.error) };
  const { operation_id, target, include, dry_run, overwrite, any_owner } = parsed.data;
  return {
    ok: true,
    call: {
      operationId: operation_id,
      target,
      include,
      dryRun: dry_run,
      overwrite,
      anyOwner: any_owner,
    },
  };
}

const amount = z.number().nonnegative().max(1e18).optional().catch(undefined);
const operationSchema = z.looseObject({
  operation_id: z.string().min(1).max(MAX_OUR_ID),
  id: z.string().min(1).max(MAX_PATH),
  state: z.enum(["running", "done", "failed"]),
  target: z.string().max(MAX_PATH).catch(""),
  dry_run: z.boolean().catch(false),
  message: z.string().catch(""),
  files: amount,
  bytes: amount,
});

/** Reads how far a restore is, or says why that is none. `clean` takes secrets out of what people will read. */
export function readOperation(
  value: unknown,
  clean: (text: string) => string,
): { ok: true; operation: RestoreOperation } | { ok: false; problem: string } {
  const parsed = operationSchema.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return { ok: false, problem: path.length === 0 ? message : `its '${path.join(".")}': ${message}` };
  }
  const { operation_id, id, state, target, dry_run, message, files, bytes } = parsed.data;
  const endedAt = readTime(parsed.data.ended_at, "ended_at", []);
  return {
    ok: true,
    operation: {
      operationId: operation_id,
      id,
      state,
      target,
      dryRun: dry_run,
      message: clean(message),
      ...(files === undefined ? {} : { files }),
      ...(bytes === undefined ? {} : { bytes }),
      startedAt: readTime(parsed.data.started_at, "started_at", []) ?? 0,
      ...(endedAt === undefined ? {} : { endedAt }),
    },
  };
}

/** The JSON that `readOperation` reads. */
export function operationToWire(operation: RestoreOperation): Record<string, unknown> {
  const { operationId, id, state, target, dryRun, message, files, bytes, startedAt, endedAt } = operation;
  return {
    operation_id: operationId,
    id,
    state,
    target,
    dry_run: dryRun,
    message,
    ...{ files, bytes },
    started_at: iso(startedAt),
    ended_at: endedAt === undefined ? undefined : iso(endedAt),
  };
}

const entrySchema = z.looseObject({
  path: path.transform((written, context) => {
    const inside = insidePath(written);
    if (inside.ok && inside.path !== "") return inside.path;
    context.addIssue({ code: "custom", message: "it leaves the backup" });
    return z.NEVER;
  }),
  type: z.enum(["file", "folder", "link"]).or(z.literal("other")).catch("other"),
  size: amount,
});
const pageSchema = z.looseObject({
  entries: z.array(entrySchema).max(MAX_ENTRIES),
  next: z.string().min(1).max(MAX_PATH).nullish(),
});

/** Reads a page of what lies in a backup, or says why it is none. */
export function readPage(value: unknown): { ok: true; page: BackupPage } | { ok: false; problem: string } {
  const parsed = pageSchema.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return { ok: false, problem: path.length === 0 ? message : `its '${path.join(".")}': ${message}` };
  }
  const entries = parsed.data.entries.map(({ path, type, size, modified_at }): BackupEntry => {
    const modifiedAt = readTime(modified_at, "modified_at", []);
    return {
      path,
      type,
      ...(size === undefined ? {} : { size }),
      ...(modifiedAt === undefined ? {} : { modifiedAt }),
    };
  });
  const { next } = parsed.data;
  return { ok: true, page: { entries, ...(next ? { next } : {}) } };
}

/** The JSON that `readPage` reads. */
export function pageToWire({ entries, next }: BackupPage): Record<string, unknown> {
  return {
    entries: entries.map(({ path, type, size, modifiedAt }) => ({
      path,
      type,
      size,
      modified_at: modifiedAt === undefined ? undefined : iso(modifiedAt),
    })),
    next,
  };
}
