// What everything that deletes for one job is handed.

import type { Job, Json } from "../../domain/job.ts";
import type { ProviderCalls } from "../context/calls.ts";
import type { EngineContext } from "../context/context.ts";

/** What sending a DELETE needs. */
export interface DeleteContext extends EngineContext {
  calls: ProviderCalls;
  /** What is sent along; undefined: nothing. */
  deleteBody: Json | undefined;
}

/** What deleting for one job needs. */
export interface RetentionContext extends DeleteContext {
  job: Job;
  /** Canonical text of the policy the victims were elected by. */
  policy: string;
  /** The edition of the job that this is for. */
  edition: number;
}
