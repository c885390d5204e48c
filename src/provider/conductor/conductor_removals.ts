// Deleting on Conductor: a running workflow is terminated; what one has made is removed by another, which is waited for a
// moment. Its correlation is the id of the backup, by which it is found again.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { DeleteAnswer } from "../../ports/provider.ts";
import { removalInput } from "./conductor_input.ts";
import type { ConductorParts } from "./conductor_parts.ts";
import { furthestOn, isOpen, reasonOf, shown, type Workflow } from "./workflow.ts";

export interface ConductorRemovals {
  /** The removal of this backup that says most: one that is done, else the newest; undefined where none is known. */
  lastOf(id: string): Promise<Workflow | undefined>;
  /** `accepted` while it goes on. Rejects as `refused` for one that Conductor does not know: nobody knows its data. */
  remove(id: string, body: Json | undefined): Promise<DeleteAnswer>;
}

/** How long a removal is waited for, in looks that come ever later. */
const LOOKS_MS = [50, 100, 200, 400, 800];

/** No removal is under way. */
export function createConductorRemovals(parts: ConductorParts): ConductorRemovals {
  const underWay = new Map<string, Promise<DeleteAnswer>>();
  /** Removals that were answered with `accepted`: how they ended was not told yet. */
  const untold = new Set<string>();

  return {
    lastOf: (id) => lastOf(parts, id),
    async remove(id, body) {
      const other = underWay.get(id);
      if (other !== undefined) return await other;
      const removing = removeNow(parts, untold, id, body).finally(() => underWay.delete(id));
      underWay.set(id, removing);
      return await removing;
    },
  };
}

async function lastOf({ calls, spec }: ConductorParts, id: string): Promise<Workflow | undefined> {
  const what = `look for the removal of backup '${id}'`;
  const purpose = { operation: "info", what, limitMs: spec.timeouts.getMs } as const;
  return furthestOn(await calls.correlated(spec.workflows.remove, id, purpose));
}

async function removeNow(
  parts: ConductorParts,
  untold: Set<string>,
  id: string,
  body: Json | undefined,
): Promise<DeleteAnswer> {
  const { calls, spec } = parts;
  const made = await parts.find(id).catch((error) => {
    if (!(error instanceof ProviderError) || error.status !== 503 || error.kind !== "unknown") throw error;
    const message = `${error.message}; without it nobody knows which data to remove`;
    throw new ProviderError("refused", message, { status: 422 });
  });
  if (isOpen(made)) {
    const reason = `cancelled by Schelly (provider ${spec.key})`;
    const what = `terminate the workflow of backup '${id}'`;
    if (await calls.terminate(id, reason, purposeOf(parts, what))) return "accepted";
    const message = `Cannot cancel backup '${id}': its workflow ended just before: it is kept`;
    throw new ProviderError("unsent", message, { status: 409 });
  }
  const last = await lastOf(parts, id);
  if (last?.status === "COMPLETED") return "gone";
  const isUnderWay = last !== undefined && isOpen(last);
  if (last !== undefined && !isUnderWay && untold.delete(last.workflowId)) throw unremoved(parts, id, last);
  const removal = isUnderWay ? last.workflowId : await begin(parts, made, body);
  const answer = await untilEnd(parts, id, removal);
  if (answer === "accepted") untold.add(removal);
  return answer;
}

async function begin(parts: ConductorParts, made: Workflow, body: Json | undefined): Promise<string> {
  const { calls, spec } = parts;
  const id = made.workflowId;
  const input = removalInput(spec, made.input, parts.backupOf(made).dataId ?? id, body);
  const start = { name: spec.workflows.remove, correlationId: id, input };
  return await calls.start(start, purposeOf(parts, `delete backup '${id}'`));
}

async function untilEnd(parts: ConductorParts, id: string, removal: string): Promise<DeleteAnswer> {
  for (const waitMs of LOOKS_MS) {
    await parts.clock.sleep(waitMs);
    const now = await parts.calls.workflow(removal, purposeOf(parts, `follow the removal of backup '${id}'`));
    if (now?.status === "COMPLETED") return "deleted";
    if (now !== undefined && !isOpen(now)) throw unremoved(parts, id, now);
  }
  return "accepted";
}

function purposeOf({ spec }: ConductorParts, what: string) {
  return { operation: "delete", what, limitMs: spec.timeouts.deleteMs } as const;
}

function unremoved({ calls }: ConductorParts, id: string, removal: Workflow): ProviderError {
  const { status, workflowId } = removal;
  const why = `${reasonOf(removal)}: cannot delete backup '${id}': workflow ${status}, ${
    calls.link(workflowId)
  }`;
  return new ProviderError("unknown", shown(why, calls), { status: 500 });
}
