// Says in a sentence that a person can act on why a call of a provider failed.

import { ProviderError, type ProviderErrorKind } from "../../domain/errors.ts";
import { cleanText } from "../protocol/protocol.ts";
import type { NoAnswer } from "./exchange.ts";

/** The error of one call: why it failed (`cause`), `what` could not be done for that, and what follows from it. */
export type CallError = (
  kind: ProviderErrorKind,
  what: string,
  cause: string,
  consequence: string,
  details?: { status?: number; retryAfterMs?: number; gateway?: true },
) => ProviderError;

/** Makes what words the errors of one provider, without its secrets. */
export function createCallError(
  providerKey: string,
  shownUrl: string,
  redact: (text: string) => string,
): CallError {
  // The cause comes first: wherever room is short, the end is cut.
  const where = providerKey === shownUrl ? `'${shownUrl}'` : `provider '${providerKey}' (${shownUrl})`;
  return (kind, what, cause, consequence, details) =>
    new ProviderError(kind, redact(`${cause}: cannot ${what} at ${where}: ${consequence}`), details);
}

/** What it means that no answer came: `refused` could not be sent, `unsent` never left, else it may have arrived. */
export function noAnswerError(error: CallError, what: string, { sent, why }: NoAnswer): ProviderError {
  switch (sent) {
    case "never":
      return error("refused", what, why, "expected header names and values of plain ASCII");
    case "no":
      return error("unsent", what, why, `nothing was sent; ${adviceOn(why)}`);
    case "maybe":
      return error("unknown", what, why, "whether the call took effect is not known");
  }
}

function adviceOn(why: string): string {
  if (/its certificate is not accepted \(\w*(UnknownIssuer|CaUsedAsEndEntity)/.test(why)) {
    return "nobody whom this machine trusts signed the provider's certificate: name who did in ca_file";
  }
  if (/does not take our certificate/.test(why)) return "check client_cert_file, its end and who signed it";
  return "check the URL and that the provider runs there";
}

/** An id or word of a provider, short enough for a message and without control characters. */
export function shorten(text: string): string {
  const plain = cleanText(text, text.length).replace(/[\t\n]/g, " ");
  return plain.length > 120 ? `${plain.slice(0, 120).toWellFormed()}…` : plain;
}
