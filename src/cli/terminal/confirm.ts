// Asks before anything is deleted or approved.

import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "./exit.ts";
import { clean } from "../../domain/steering.ts";

/**
 * Returns when the user agrees: by `--yes`, or by answering on the terminal.
 * Rejects with a usage failure when nobody can be asked, with "failed" when the answer is no.
 */
export async function confirm(host: Host, yes: boolean | undefined, question: string): Promise<void> {
  if (yes) return;
  if (!host.terminal.inIsTty) {
    throw new Failure(EXIT.usage, `This needs --yes, because there is no terminal to ask on: ${question}`);
  }
  if (!await host.terminal.confirm(clean(question))) throw new Failure(EXIT.failed, "Nothing was done");
}
