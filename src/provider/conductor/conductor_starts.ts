// Starting a backup on Conductor. It ignores its idempotency key, so starts of one run are made one after the other here,
// each after a look at what that run has there.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import { isSame } from "../../domain/same.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import { type Input, inputOf } from "./conductor_input.ts";
import type { ConductorParts } from "./conductor_parts.ts";
import type { ConductorRemovals } from "./conductor_removals.ts";
import { furthestOn, shown, type Workflow } from "./workflow.ts";

/** A start, whose caller need not be Schelly. */
interface Start {
  /** Null: no run to tie it to; then it cannot be repeated safely. */
  runId: string | null;
  job: string | null;
  body: Json | undefined;
}

export interface ConductorStarts {
  /** `isNew` is false where the run had its backup already. */
  start(start: Start): Promise<{ backup: BackupInfo; isNew: boolean }>;
}

/** No start is under way. */
export function createConductorStarts(parts: ConductorParts, removals: ConductorRemovals): ConductorStarts {
  const underWay = new Map<string, { input: Input; backup: Promise<BackupInfo> }>();

  return {
    async start({ runId, job, body }) {
      const input = inputOf(parts.spec, job, body);
      if (runId === null) {
        return { backup: await begin(parts, null, job, input, parts.spec.timeouts.createMs), isNew: true };
      }
      const other = underWay.get(runId);
      if (other !== undefined) {
        requireSame(runId, input, other.input);
        return { backup: await other.backup, isNew: false };
      }
      let isNew = true;
      const making = (async () => {
        const askedAt = parts.clock.monotonic();
        const before = parts.spec.persistence === "sql" ? await beginnings(parts, runId, job) : undefined;
        if (before === undefined) {
          // The look is part of the call: nothing of this one may land after its caller gave it up.
          const left = parts.spec.timeouts.createMs - (parts.clock.monotonic() - askedAt);
          return await begin(parts, runId, job, input, Math.max(1, left));
        }
        isNew = false;
        return await again(parts, removals, runId, input, before);
      })();
      const entry = { input, backup: making };
      underWay.set(runId, entry);
      try {
        return { backup: await making, isNew };
      } finally {
        underWay.delete(runId);
      }
    },
  };
}

/** The workflow that this run has; undefined for none. That the look failed means that nothing was begun by this call. */
async function beginnings({ calls, spec, sink, clock }: ConductorParts, runId: string, job: string | null) {
  const limitMs = Math.min(spec.timeouts.getMs, Math.ceil(spec.timeouts.createMs / 2));
  const what = `look whether run '${runId}' has a workflow before one is started`;
  const purpose = { operation: "lookup", what, limitMs, runId, ...(job === null ? {} : { job }) } as const;
  try {
    const found = await calls.correlated(spec.workflows.create, runId, purpose);
    if (found.length > 1) {
      sink.emit({
        type: "provider.odd",
        level: "warning",
        at: clock.now(),
        message:
          `Run ${runId} has ${found.length} workflows at provider '${spec.key}', of which one counts: ` +
          found.map(({ workflowId }) => calls.link(workflowId)).join(", "),
        data: { provider: spec.key, workflows: found.length },
        runId,
        ...(job === null ? {} : { job }),
      });
    }
    return furthestOn(found);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind === "refused") throw error;
    const details = {
      status: 503,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    };
    throw new ProviderError("unsent", error.message, { ...details, cause: error });
  }
}

async function begin(
  { calls, spec, clock, doubt }: ConductorParts,
  runId: string | null,
  job: string | null,
  input: Input,
  limitMs: number,
): Promise<BackupInfo> {
  const id = await calls.start({ name: spec.workflows.create, correlationId: runId, input }, {
    operation: "create",
    what: "start a backup",
    limitMs,
    ...(runId === null ? {} : { runId }),
    ...(job === null ? {} : { job }),
  });
  doubt.saw(id);
  const name = input[spec.inputs.backupName];
  return {
    id,
    dataId: id,
    state: "running",
    status: "running",
    message: shown(`workflow started, ${calls.link(id)}`, calls),
    startTime: clock.now(),
    ...(runId === null ? {} : { runId }),
    ...(typeof name === "string" ? { job: name } : {}),
  };
}

async function again(
  parts: ConductorParts,
  removals: ConductorRemovals,
  runId: string,
  input: Input,
  before: Workflow,
): Promise<BackupInfo> {
  requireSame(runId, input, before.input);
  const { workflowId, status } = before;
  if (status === "COMPLETED" && (await removals.lastOf(workflowId))?.status === "COMPLETED") {
    const message =
      `Cannot start run '${runId}' again: its backup '${workflowId}' was deleted: a new backup needs a run ` +
      "id (Idempotency-Key) of its own";
    throw new ProviderError("refused", message, { status: 422 });
  }
  return parts.backupOf(before);
}

function requireSame(runId: string, input: Input, before: Record<string, unknown>): void {
  if (isSame(input, before)) return;
  const message =
    `Cannot start run '${runId}' again with another input: its Idempotency-Key stands for the call it came ` +
    "with first";
  throw new ProviderError("refused", message, { status: 422 });
}
