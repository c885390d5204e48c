// Who tells the outside how runs end, and that Schelly lives; part of the composition root.

import type { Run } from "../../domain/backup.ts";
import type { HeartbeatSpec } from "../../domain/ping.ts";
import type { Job } from "../../domain/job.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Host } from "../../ports/host.ts";
import type { RunStore } from "../../ports/store.ts";
import { recordEvent } from "../followers.ts";
import { Heartbeat } from "./heartbeat.ts";
import { JobPings } from "./job_pings.ts";

interface OutcomeTellersParts {
  host: Host;
  store: RunStore;
  sink: EventSink;
  /** A job as it is declared now. */
  job(name: string): Job | undefined;
  /** The output that a provider kept of a run. */
  output(run: Run): Promise<string | undefined>;
}

/** All of them. Disposing gives what is under way a little time. */
export interface OutcomeTellers extends EventSink, AsyncDisposable {
  /** The scheduler's loop came round. */
  beat(): void;
  /** The heartbeat that is configured, from now on. */
  heartbeat(spec: HeartbeatSpec | undefined): void;
}

/** None has told anything yet. */
export function createOutcomeTellers(
  { host: { clock, http }, store, sink, job, output }: OutcomeTellersParts,
): OutcomeTellers {
  const record = (event: EngineEvent) => recordEvent(store, sink, event);
  const pings = new JobPings({
    clock,
    http,
    sink,
    record,
    output,
    pingOf: (name) => job(name)?.ping,
    run: (runId) => store.run(runId),
  });
  const heartbeat = new Heartbeat({
    clock,
    http,
    sink,
    record,
    save: () => store.commit({ job: "", writes: [] }),
  });
  return {
    emit: (event) => pings.emit(event),
    beat: () => heartbeat.beat(),
    heartbeat: (spec) => heartbeat.take(spec),
    async [Symbol.asyncDispose]() {
      heartbeat[Symbol.dispose]();
      await pings[Symbol.asyncDispose]();
    },
  };
}
