// One examination of a provider: starts backups, remembers exactly which are its own, looks at them.

import type { Capabilities } from "../../ports/provider.ts";
import { HEADERS } from "../protocol/protocol.ts";
import type { ConformanceOptions, ConformancePorts } from "./options.ts";
import { createProbe, type Probe, type Seen } from "./probe.ts";
import { capabilitiesOf, createAnnounced, needExtension } from "./session_extensions.ts";
import { type Look, lookAt, lookUntilEnd } from "./session_looks.ts";
import { createSessionStarts, FENCE, type SessionStarts } from "./session_starts.ts";
import { Skip, type Step } from "./outcome.ts";

export interface Session extends SessionStarts {
  readonly options: ConformanceOptions;
  readonly probe: Probe;
  readonly ports: ConformancePorts;
  /** Folders into which something may have been restored, on the provider's machine. */
  readonly restoredInto: string[];
  /** What OPTIONS announces; rejects with `CheckFailure` when the answer is not in order. */
  readonly announced: Step<Capabilities>;
  /** As `announced`, nothing when the answer is not in order. */
  capabilities(): Promise<Capabilities>;
  /** Rejects with `Skip` unless the extension is announced. */
  needsExtension(word: keyof Capabilities): Promise<void>;
  /** Rejects with `CheckFailure` when the answer is none of the protocol; `mayNotTell`: 503 is as good as 404. */
  look(id: string, mayNotTell?: boolean): Promise<Look>;
  /** Looks until it runs no more; rejects with `CheckFailure` when that takes too long. */
  untilEnd(id: string): Promise<Look>;
  /** Rejects with `Skip`, sending nothing, for what may be somebody's. */
  remove(id: string, fence?: number): Promise<Seen>;
  /** Rejects when the examination was interrupted. */
  pause(ms?: number): Promise<void>;
}

/** Nothing is sent yet. */
export function createSession(options: ConformanceOptions, ports: ConformancePorts): Session {
  const { spec, signal, backupLimitMs } = options;
  const { clock } = ports;
  const probe = createProbe(spec, ports);
  const pause = (ms = spec.pollIntervalMs) => clock.sleep(ms, signal);
  const starts = createSessionStarts(options, ports, probe, pause);
  const announced = createAnnounced(probe);

  async function remove(id: string, fence = FENCE): Promise<Seen> {
    if (starts.made.get(id)?.foreign) {
      throw new Skip(`the backup '${id}' was there before: it is not touched`);
    }
    const headers = { [HEADERS.fence]: String(fence) };
    return await probe.send({ method: "DELETE", id, headers, body: spec.deleteBody });
  }

  return {
    ...starts,
    options,
    probe,
    ports,
    restoredInto: [],
    announced,
    capabilities: () => capabilitiesOf(announced),
    needsExtension: (word) => needExtension(announced, word),
    look: (id, mayNotTell) => lookAt(probe, id, mayNotTell),
    untilEnd: (id) => lookUntilEnd(probe, id, clock, backupLimitMs, pause),
    remove,
    pause,
  };
}
