// What Conductor tells of a workflow, and what that says of the backup that it makes.

import { z } from "zod";
import type { ConductorProviderSpec } from "../../domain/provider_spec.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import { cleanText, MAX_ID_BYTES, MAX_MESSAGE } from "../protocol/protocol.ts";

const values = z.record(z.string(), z.unknown()).nullish().transform((given) => given ?? {});
const time = z.number().nullish().transform((ms) => ms || undefined);

/** One workflow, as far as it is read here. */
export const WorkflowSchema = z.object({
  workflowId: z.string().min(1).max(MAX_ID_BYTES),
  workflowName: z.string(),
  status: z.string(),
  correlationId: z.string().nullish(),
  input: values,
  output: values,
  reasonForIncompletion: z.string().nullish(),
  createTime: time,
  startTime: time,
  endTime: time,
});
export type Workflow = z.infer<typeof WorkflowSchema>;

/** What words a workflow's state for a person, and hides what is secret. */
export interface Wording {
  redact(text: string): string;
  /** Conductor's own page of it. */
  link(workflowId: string): string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** It has not ended, however long nobody works on it. */
export function isOpen({ status }: Pick<Workflow, "status">): boolean {
  return status === "RUNNING" || status === "PAUSED";
}

/** The backup of a workflow that makes one. Complete without an id of its data, it can be neither found nor deleted. */
export function backupOf(
  workflow: Workflow,
  { inputs, outputs }: Pick<ConductorProviderSpec, "inputs" | "outputs">,
  words: Wording,
): BackupInfo {
  const { workflowId: id, status, correlationId, input, output } = workflow;
  const dataId = idIn(output[outputs.dataId]);
  const state = isOpen(workflow)
    ? "running"
    : status === "COMPLETED" && dataId !== undefined
    ? "available"
    : "failed";
  const info: BackupInfo = { id, dataId: dataId ?? id, state, status: state };
  const lacksId = `its output has no '${outputs.dataId}', so that nobody could delete it`;
  const why = status === "COMPLETED" ? lacksId : reasonOf(workflow);
  info.message = state === "failed"
    ? shown(`${why}: workflow ${status}, ${words.link(id)}`, words)
    : shown(`workflow ${status}, ${words.link(id)}`, words);
  if (state === "failed" && status === "COMPLETED") info.reason = "no_data_id";
  const size = sizeIn(output[outputs.dataSizeMb]);
  if (size !== undefined) info.sizeMb = size;
  // Whoever else starts such workflows may put anything there.
  if (typeof correlationId === "string" && UUID.test(correlationId)) info.runId = correlationId;
  const job = input[inputs.backupName];
  if (typeof job === "string" && job !== "") info.job = job;
  const start = workflow.startTime ?? workflow.createTime;
  if (start !== undefined) info.startTime = start;
  if (workflow.endTime !== undefined) info.endTime = Math.max(workflow.endTime, start ?? 0);
  return info;
}

/** Why it did not end well: the words of the worker, where it left some. */
export function reasonOf({ status, reasonForIncompletion: reason }: Workflow): string {
  const said = /^Task \S+ failed with status: \S+ and reason: '(.*)'$/s.exec(reason ?? "")?.[1] ?? reason ??
    "";
  const why = said === "" || said === "null" ? "it gave no reason" : said;
  if (status !== "TERMINATED") return why;
  return `terminated (${why}); a worker that was at it may go on, and what it answers then is dropped`;
}

/** The one that says most of what is done once: one that is complete, else one that is open, else the newest. */
export function furthestOn(workflows: readonly Workflow[]): Workflow | undefined {
  const newestFirst = workflows.toSorted((a, b) => (b.createTime ?? 0) - (a.createTime ?? 0));
  return newestFirst.find(({ status }) => status === "COMPLETED") ?? newestFirst.find(isOpen) ??
    newestFirst[0];
}

/** Text for people, of at most the length that messages have. */
export function shown(text: string, { redact }: Pick<Wording, "redact">): string {
  return cleanText(redact(cleanText(text, text.length)), MAX_MESSAGE);
}

function idIn(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || text === "" || text.length > MAX_ID_BYTES) return undefined;
  return /\p{Cc}|\p{Cs}/u.test(text) ? undefined : text;
}

function sizeIn(value: unknown): number | undefined {
  const size = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof size === "number" && Number.isFinite(size) && size >= 0 && size <= 1e12 ? size : undefined;
}
