// How a running app ends by itself: with which code, and what is said.

import { StoreError } from "../../domain/errors.ts";

/** The exit code and why. */
export interface Ending {
  code: number;
  message?: string;
}

/** A store that is lost or another's now ends it with a code of its own; all else that reaches here is a bug. */
export function exitOf(error: unknown): Ending {
  if (error instanceof StoreError) {
    const isOthers = error.kind === "in_use" || error.kind === "fenced";
    return { code: isOthers ? 75 : error.kind === "not_writable" ? 73 : 1, message: error.message };
  }
  const trace = error instanceof Error ? error.stack ?? error.message : String(error);
  return {
    code: 1,
    message: `A bug was found, please report it. Schelly ends rather than go on in doubt: ${trace}`,
  };
}
