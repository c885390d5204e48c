// What the workflows are given: the settings say it, and the body of a call goes over that.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { ConductorProviderSpec } from "../../domain/provider_spec.ts";

/** The input of one workflow. */
export type Input = Record<string, Json>;

/** Of one that makes a backup. */
export function inputOf(spec: ConductorProviderSpec, job: string | null, given: Json | undefined): Input {
  const { inputs } = spec;
  return {
    [inputs.backupName]: spec.backupName ?? job ?? spec.key,
    ...(spec.workerConfig === null ? {} : { [inputs.workerConfig]: spec.workerConfig }),
    ...(spec.timeoutSeconds === null ? {} : { [inputs.timeoutSeconds]: spec.timeoutSeconds }),
    ...objectOf(given ?? spec.createBody, "start a backup"),
  };
}

/** A body adds to the input of a workflow, so it is an object. */
function objectOf(body: Json | undefined, what: string): Input {
  if (body === undefined || body === null) return {};
  if (typeof body === "object" && !Array.isArray(body)) return body as Input;
  const message =
    `Cannot ${what} on Conductor: the body is no mapping: expected one of further inputs of the workflow`;
  throw new ProviderError("refused", message, { status: 422 });
}

/** Of one that removes a backup: the worker is told what the one that made it was, but for what is set now. */
export function removalInput(
  spec: ConductorProviderSpec,
  made: Record<string, unknown>,
  dataId: string,
  body: Json | undefined,
): Input {
  const { inputs, workerConfig, timeoutSeconds } = spec;
  const config = workerConfig ?? made[inputs.workerConfig] as Json | undefined;
  const name = made[inputs.backupName] as Json | undefined;
  return {
    ...(config === undefined ? {} : { [inputs.workerConfig]: config }),
    ...(timeoutSeconds === null ? {} : { [inputs.timeoutSeconds]: timeoutSeconds }),
    ...objectOf(body ?? spec.deleteBody, "delete a backup"),
    [inputs.backupName]: name ?? spec.backupName ?? spec.key,
    [inputs.dataId]: dataId,
  };
}
