// The built-in `conductor`: each backup is a workflow of a Conductor server, made by workers that run anywhere; deleting
// one is a workflow too. The id of a backup is that of the workflow that makes it, the correlation of that our run id,
// and the correlation of what deletes it the id of the backup. Nothing is kept here: Conductor's history is all there is,
// so what it does not know is not therefore gone.

import { ProviderError } from "../../domain/errors.ts";
import type { ConductorProviderSpec } from "../../domain/provider_spec.ts";
import type { BackupInfo, GetAnswer, Provider } from "../../ports/provider.ts";
import type { HttpProviderPorts } from "../client/http_client.ts";
import { MAX_LIST } from "../protocol/protocol.ts";
import { checkConductor } from "./conductor_check.ts";
import { createConductorCalls } from "./conductor_calls.ts";
import { createConductorDoubt } from "./conductor_doubt.ts";
import type { ConductorParts } from "./conductor_parts.ts";
import { type ConductorRemovals, createConductorRemovals } from "./conductor_removals.ts";
import { type ConductorStarts, createConductorStarts } from "./conductor_starts.ts";
import { backupOf, furthestOn, isOpen, type Workflow } from "./workflow.ts";

/** A provider on Conductor, also for callers that may lack a run. */
export interface ConductorProvider extends Provider {
  start: ConductorStarts["start"];
}

/** Rows of one page of a search. */
const PAGE = 200;

/** The provider of `spec`. */
export function createConductorProvider(
  spec: ConductorProviderSpec,
  ports: HttpProviderPorts,
): ConductorProvider {
  const calls = createConductorCalls(spec, ports);
  const doubt = createConductorDoubt(ports.clock);
  const parts: ConductorParts = {
    ...ports,
    spec,
    calls,
    doubt,
    find: (id) => find(parts, id),
    backupOf: (workflow) => backupOf(workflow, spec, calls),
  };
  const removals = createConductorRemovals(parts);
  const starts = createConductorStarts(parts, removals);
  const isSure = () => spec.persistence === "sql" && !doubt.isInDoubt();

  return {
    key: spec.key,
    start: starts.start,
    create: async (call) => (await starts.start(call)).backup,
    get: (id) => get(parts, removals, id),
    delete: (id, body) => removals.remove(id, body),
    lookup: (runId) => lookup(parts, removals, runId, isSure()),
    list: () => list(parts),
    capabilities: () =>
      Promise.resolve({ idempotency: isSure(), lookup: isSure(), list: true, fence: false }),
    check: () => checkConductor(parts),
    output: () => Promise.resolve(undefined),
  };
}

/** Conductor refuses a path with an encoded slash before it looks, so it never gave such an id. */
const SAFE_IN_PATH = /^[\w.:~@-]+$/;

async function find(parts: ConductorParts, id: string): Promise<Workflow> {
  const { calls, doubt, spec, sink, clock } = parts;
  const cannot = (why: string) =>
    new ProviderError("unknown", calls.redact(`Cannot tell how backup '${id.slice(0, 120)}' is: ${why}`), {
      status: 503,
    });
  if (!SAFE_IN_PATH.test(id)) throw cannot("Conductor takes no such id in a path");
  const purpose = {
    operation: "info",
    what: `look up backup '${id}'`,
    limitMs: spec.timeouts.getMs,
  } as const;
  const workflow = await calls.workflow(id, purpose);
  if (workflow !== undefined && workflow.workflowName !== spec.workflows.create) {
    throw cannot(
      `that workflow is a '${workflow.workflowName}', not a '${spec.workflows.create}'`,
    );
  }
  if (workflow !== undefined) {
    doubt.saw(id);
    return workflow;
  }
  const why =
    `Conductor at ${calls.shownUrl} does not know its workflow: its history may be archived or removed, or ` +
    "another server answers by this name; that does not say that the backup is gone";
  if (doubt.missed(id)) {
    sink.emit({
      type: "provider.odd",
      level: "warning",
      at: clock.now(),
      message:
        `Provider '${spec.key}': Conductor knew workflow '${id}' and does not know it now: for an hour nothing is ` +
        "concluded from what it does not know",
      data: { provider: spec.key, id },
    });
  }
  throw cannot(why);
}

async function get(parts: ConductorParts, removals: ConductorRemovals, id: string): Promise<GetAnswer> {
  const workflow = await parts.find(id);
  const backup = parts.backupOf(workflow);
  if (isOpen(workflow)) return { found: "yes", backup };
  const removal = await removals.lastOf(id);
  if (removal === undefined) return { found: "yes", backup };
  if (removal.status === "COMPLETED") return { found: "gone" };
  const how = isOpen(removal) ? "under way" : `at an end without success (${removal.status})`;
  const message = `${backup.message}; its removal is ${how}: ${parts.calls.link(removal.workflowId)}`;
  return { found: "yes", backup: { ...backup, message } };
}

async function lookup(
  parts: ConductorParts,
  removals: ConductorRemovals,
  runId: string,
  isSure: boolean,
): Promise<BackupInfo | undefined> {
  const { calls, spec } = parts;
  const what = `look up the backup of run '${runId}'`;
  const purpose = { operation: "lookup", what, limitMs: spec.timeouts.getMs, runId } as const;
  const found = furthestOn(await calls.correlated(spec.workflows.create, runId, purpose));
  if (found !== undefined) {
    const { workflowId, status } = found;
    const isGone = status === "COMPLETED" && (await removals.lastOf(workflowId))?.status === "COMPLETED";
    return isGone ? undefined : parts.backupOf(found);
  }
  if (isSure) return undefined;
  const why = spec.persistence === "sql"
    ? "it lost sight of a workflow it had shown within the last hour"
    : "'persistence: sql' is not set, so its index may not know yet what was started";
  throw new ProviderError("unknown", `Cannot ${what}: Conductor knows of none, which proves nothing: ${why}`);
}

/** All that are being made or were made, less those that a later removal names. */
async function list(parts: ConductorParts): Promise<BackupInfo[]> {
  const { spec: { workflows, inputs, outputs } } = parts;
  const made = await searchAll(parts, workflows.create, "RUNNING,PAUSED,COMPLETED");
  const removed = await searchAll(parts, workflows.remove, "COMPLETED");
  const byId = new Set(removed.flatMap(({ correlationId }) => correlationId ? [correlationId] : []));
  // The successor's own removals name the data alone, which may have been given again after that.
  const byData = new Map<unknown, number>();
  for (const { input, createTime = 0 } of removed) {
    const dataId = input[inputs.dataId];
    if (dataId !== undefined) byData.set(dataId, Math.max(byData.get(dataId) ?? 0, createTime));
  }
  const isGone = ({ workflowId, output, endTime = Infinity }: Workflow) =>
    byId.has(workflowId) || (byData.get(output[outputs.dataId]) ?? -Infinity) >= endTime;
  return made.filter((one) => !isGone(one)).map(parts.backupOf);
}

/** Pages may shift while they are read: what comes twice is taken once. */
async function searchAll(
  { calls, spec }: ConductorParts,
  name: string,
  statuses: string,
): Promise<Workflow[]> {
  const query = `workflowType IN (${name}) AND status IN (${statuses})`;
  const what = `list the workflows '${name}'`;
  const purpose = { operation: "list", what, limitMs: spec.timeouts.getMs } as const;
  const found = new Map<string, Workflow>();
  for (let from = 0;; from += PAGE) {
    const { total, page } = await calls.search(query, from, PAGE, purpose);
    for (const one of page) if (one.workflowName === name) found.set(one.workflowId, one);
    if (page.length === 0 || from + PAGE >= total) break;
    if (from + PAGE < MAX_LIST) continue;
    const why = `Conductor has ${total} of them: expected at most ${MAX_LIST}: let it archive old ones`;
    throw new ProviderError("malformed", `Cannot ${what}: ${why}`);
  }
  return [...found.values()];
}
