// The sheet for the worst day, as of now; part of the composition root.

import type { Config } from "../../config/values/config.ts";
import { htmlPage, markdownPage } from "../../domain/recovery/page.ts";
import { recoverySheet } from "../../domain/recovery/sheet.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import type { Clock, Files } from "../../ports/host.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import { sheetFacts, type SheetSources } from "../recovery/sheet_facts.ts";

/** What it is made of. */
export interface RecoveryParts {
  store: RunStore;
  clock: Clock;
  files: Files;
  /** The name of this machine; null where it is not known. */
  machineName: string | null;
  config(): Config;
}

/** Builds it. */
export function recoveryOperations(
  { store, clock, files, machineName, config }: RecoveryParts,
): Pick<Operations, "recoverySheet"> {
  return {
    async recoverySheet(format) {
      const now = config();
      const values = await drainInSlices(now.effectiveValues("redacted"), clock);
      return await sheetText({
        config: { config: now, values },
        reads: store,
        stateUrl: now.state.url,
        files,
        host: machineName,
        now: clock.now(),
        troubles: [],
      }, format);
    },
  };
}

/** The page itself. */
export async function sheetText(sources: SheetSources, format: "markdown" | "html"): Promise<string> {
  const blocks = recoverySheet(await sheetFacts(sources));
  return format === "html" ? htmlPage("Recovery sheet", blocks) : markdownPage(blocks);
}
