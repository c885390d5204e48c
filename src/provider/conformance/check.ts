// What one check of the conformance tester is.

import type { Trial } from "./steps.ts";

/** `base`: what every provider must do; the others hold for those that can do it. */
export type CheckGroup = "base" | "extension" | "restart";

export interface Check {
  /** Kebab case; published, as it is chosen by. */
  name: string;
  group: CheckGroup;
  /** The clause of the protocol, in one sentence. */
  clause: string;
  /** Resolves with what was seen; rejects with `CheckFailure` or `Skip`. */
  run(trial: Trial): Promise<string>;
}
