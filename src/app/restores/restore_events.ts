// The record of restores by the server: events of the audit trail, out of which it is read again after a restart.

import { z } from "zod";
import { counted } from "../../domain/count_text.ts";
import type { ServerRestore } from "../../domain/server_restore.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { EngineEvent, EventType } from "../../ports/events.ts";

/** All that tells of restores. */
export const RESTORE_TYPES: readonly EventType[] = ["restore.begun", "restore.done", "restore.failed"];

const amount = z.number().nonnegative().nullable();
const begunSchema = z.object({
  operation_id: z.string(),
  provider: z.string(),
  id: z.string(),
  target: z.string(),
  include: z.array(z.string()),
  overwrite: z.boolean(),
  any_owner: z.boolean(),
  warning: z.string().nullable().default(null),
  by: z.string(),
});
const endedSchema = z.object({
  operation_id: z.string(),
  result: z.string(),
  files: amount,
  bytes: amount,
});

/** Told before its provider is asked. */
export function begunEvent(restore: ServerRestore): EngineEvent {
  const { operationId, providerKey, id, target, include, overwrite, anyOwner, warning, askedBy } = restore;
  const what = include.length === 0 ? "" : `, of it ${include.length === 1 ? "one path" : "some paths"}`;
  return {
    ...aboutOf(restore, restore.startedAt),
    type: "restore.begun",
    level: "info",
    message: `${askedBy} asked for backup '${id}' to be restored into '${target}'${what}` +
      (warning === null ? "" : `, although ${warning}`),
    data: {
      ...{ operation_id: operationId, provider: providerKey, id, target, include: [...include] },
      ...{ overwrite, any_owner: anyOwner, warning, by: askedBy },
    },
  };
}

/** Told of one that has ended. */
export function endedEvent(restore: ServerRestore): EngineEvent {
  const { operationId, id, target, state, message, files, bytes, askedBy } = restore;
  const isDone = state === "done";
  const much = files === null
    ? ""
    : `: ${counted(files, "file")}${bytes === null ? "" : `, ${bytesText(bytes)}`}`;
  return {
    ...aboutOf(restore, restore.endedAt ?? restore.startedAt),
    type: isDone ? "restore.done" : "restore.failed",
    level: isDone ? "info" : "warning",
    message: isDone
      ? `Backup '${id}' was restored into '${target}' for ${askedBy}${much}`
      : `Backup '${id}' was not restored into '${target}' for ${askedBy}: ${message}`,
    data: { operation_id: operationId, result: message, files, bytes },
  };
}

/** Adds what an event tells; others, and those that cannot be read, change nothing. Oldest first. */
export function addEvent(known: Map<string, ServerRestore>, event: EngineEvent): void {
  if (event.type === "restore.begun") {
    const read = begunSchema.safeParse(event.data);
    if (!read.success) return;
    const { operation_id, provider, any_owner, by, ...rest } = read.data;
    known.set(operation_id, {
      ...{ ...rest, operationId: operation_id, providerKey: provider, anyOwner: any_owner, askedBy: by },
      ...{ job: event.job ?? "", runId: event.runId ?? "", dryRun: false, state: "running", message: "" },
      ...{ files: null, bytes: null, startedAt: event.at, endedAt: null },
    });
  } else if (event.type === "restore.done" || event.type === "restore.failed") {
    const read = endedSchema.safeParse(event.data);
    const begun = read.success ? known.get(read.data.operation_id) : undefined;
    if (begun === undefined) return;
    const { result, files, bytes } = read.data!;
    const state = event.type === "restore.done" ? "done" : "failed";
    known.set(begun.operationId, { ...begun, state, message: result, files, bytes, endedAt: event.at });
  }
}

function aboutOf({ job, runId }: ServerRestore, at: number): Pick<EngineEvent, "job" | "runId" | "at"> {
  return { job, runId, at };
}
