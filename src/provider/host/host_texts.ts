// The texts that leave a host: no secrets in them, and none without end.

import { secretHider } from "../../domain/hidden_secrets.ts";
import type { Redact } from "../output_ring.ts";

export interface HostTexts {
  /** Takes the secrets out, and leaves the length as it is. */
  redact: Redact;
  /** A message without secrets, cut to a length that anybody can take. */
  clean(text: string): string;
  /** An error in such words. */
  textOf(error: unknown): string;
}

const MAX_MESSAGE = 4_000;

/** Blots these secrets out. */
export function createHostTexts(secrets: readonly string[]): HostTexts {
  const redact = secretHider(secrets);
  const clean = (text: string) => redact(text).slice(0, MAX_MESSAGE);
  return {
    redact,
    clean,
    textOf: (error) => clean(error instanceof Error && error.message !== "" ? error.message : String(error)),
  };
}
