// Who tells the outside how runs end, and that Schelly lives; part of the composition root.

import type { Config } from "../../config/values/config.ts";
import type { Job } from "../../domain/job.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Clock, Host } from "../../ports/host.ts";
import type { RunStore } from "../../ports/store.ts";
import { type Followers, recordEvent } from "../followers.ts";
import type { ProviderSet } from "../provider_set.ts";
import { Heartbeat } from "./heartbeat.ts";
import { JobHooks } from "./job_hooks.ts";
import { JobPings } from "./job_pings.ts";

interface OutcomeTellersParts {
  host: Host;
  clock: Clock;
  store: RunStore;
  followers: Pick<Followers, "sink" | "add">;
  providers: Pick<ProviderSet, "outputOf">;
  /** A job as it is declared now; they are there once the engine has taken them up. */
  job(name: string): Job | undefined;
}

/** All of them. Disposing gives what is under way a little time. */
export interface OutcomeTellers extends EventSink, AsyncDisposable {
  /** The scheduler's loop came round. */
  beat(): void;
  /** Goes by this configuration from now on. Rejects with `StoreError`. */
  take(config: Pick<Config, "heartbeat" | "jobs">): Promise<void>;
}

/** None has told anything yet; they follow from now on. */
export function createOutcomeTellers(
  { host: { http, processes, env }, clock, store, followers, providers, job }: OutcomeTellersParts,
): OutcomeTellers {
  const { sink } = followers;
  const record = (event: EngineEvent) => recordEvent(store, sink, event);
  const pings = new JobPings({
    clock,
    http,
    sink,
    record,
    output: (run) => providers.outputOf(run),
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
  const hooks = new JobHooks({ clock, processes, env, store, job, sink });
  const tellers: OutcomeTellers = {
    emit(event) {
      pings.emit(event);
      hooks.emit(event);
    },
    beat: () => heartbeat.beat(),
    async take({ heartbeat: spec, jobs }) {
      heartbeat.take(spec);
      await hooks.take(jobs);
    },
    async [Symbol.asyncDispose]() {
      heartbeat[Symbol.dispose]();
      await Promise.all([hooks[Symbol.asyncDispose](), pings[Symbol.asyncDispose]()]);
    },
  };
  followers.add(tellers);
  return tellers;
}
