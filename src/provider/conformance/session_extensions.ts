// Which extensions a provider under test announces; checks of the others are skipped.

import { type Capabilities, NO_CAPABILITIES } from "../../ports/provider.ts";
import { parseCapabilities } from "../protocol/call_headers.ts";
import { HEADERS } from "../protocol/protocol.ts";
import type { Probe } from "./probe.ts";
import { CheckFailure, createStep, Skip, type Step } from "./outcome.ts";

/** What OPTIONS announces, asked once; rejects with `CheckFailure` when the answer is not in order. */
export function createAnnounced(probe: Probe): Step<Capabilities> {
  return createStep("extensions", async () => {
    const seen = await probe.send({ method: "OPTIONS" });
    const header = seen.headers.get(HEADERS.capabilities);
    if (header !== null) return parseCapabilities(header);
    const { status } = seen;
    const trouble = status === undefined || status === 408 || status === 429 ||
      (status >= 500 && status !== 501 && status !== 505);
    if (!trouble) return NO_CAPABILITIES;
    throw new CheckFailure(
      `expected the header '${HEADERS.capabilities}', or 200, 204, 404, 405 or 501 without it`,
      "answer OPTIONS of the base URL with 204 and the extensions in that header, or with 405",
      seen,
    );
  });
}

/** As announced, nothing when the answer is not in order. */
export async function capabilitiesOf(announced: Step<Capabilities>): Promise<Capabilities> {
  try {
    return await announced.take();
  } catch (error) {
    if (error instanceof CheckFailure) return NO_CAPABILITIES;
    throw error;
  }
}

/** Rejects with `Skip` unless the extension is announced. */
export async function needExtension(announced: Step<Capabilities>, word: keyof Capabilities): Promise<void> {
  if (!(await capabilitiesOf(announced))[word]) throw new Skip(`the extension '${word}' is not announced`);
}
