// What the parts of one running app share, and what the health of its jobs is read through.

import type { ConfigEdit } from "../../config/document/edited_texts.ts";
import type { AuthConfig, Config } from "../../config/values/config.ts";
import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { SteadyClockWatch } from "../../engine/clock/clock_watch.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Host } from "../../ports/host.ts";
import type { InstanceView } from "../../ports/views/instance.ts";
import type { OpenStore } from "../../store/run_store.ts";
import type { StartedWith } from "../config_changes.ts";
import { intervalsOf } from "../expected_intervals.ts";
import type { Followers } from "../followers.ts";
import type { JobFactsParts } from "../operations/job_facts.ts";
import type { OutcomeTellers } from "../outcomes/outcome_tellers.ts";
import type { ProviderSet } from "../provider_set.ts";
import type { Supervision } from "../supervision.ts";

/** What the parts of one running app share. */
export interface Shared {
  host: Host;
  /** In force; each reload puts another in its place. */
  config: Config;
  /** That of the start: what is bound and begun once is as it says. */
  started: StartedWith;
  /** What it would be after an edit, with no secret read; rejects with `ConfigError`. */
  loadPlanned: (edit: ConfigEdit) => Promise<Config>;
  /** Who may ask; the same object for as long as that stays the same. */
  auth: AuthConfig;
  followers: Followers;
  /** Aborts when the app stops. */
  closing: AbortController;
  watch: SteadyClockWatch;
  store: OpenStore;
  schedules: ScheduleCache;
  providers: ProviderSet;
  supervision: Supervision;
  tellers: OutcomeTellers;
  engine: Engine;
  /** Why the lease on the state may be another's; null where it is not. */
  leaseTrouble(): string | null;
  /** Which instance this is, as of now. */
  instance(): InstanceView;
}

/** What the health of jobs is read through, with how often each is expected to run. */
export type Facts = JobFactsParts & { intervalOf: ReturnType<typeof intervalsOf> };

/** Reads what is in force at each call. */
export function factsOf(shared: Shared): Facts {
  const { host: { clock }, watch, store, schedules, providers, engine, followers } = shared;
  const intervalOf = intervalsOf(schedules, () => clock.now());
  return {
    engine,
    store,
    clock,
    watch,
    storeTrouble: () => followers.storeTrouble() ?? shared.leaseTrouble(),
    providerTroubleOf: (key) => providers.troubleOf(key),
    startedAgoOf: (key) => providers.startedAgo(key),
    upkeepTroubleOf: (key) => followers.upkeep.troubleOf(key),
    contactOf: (key) => followers.contacts.of(key),
    contactTroubles: () => followers.contacts.troubles(shared.config.providers),
    storageOf: (key) => followers.upkeep.storageOf(key),
    intervalOf,
    expectedOf(job) {
      const interval = intervalOf(job);
      return interval === null ? null : interval + job.graceMs;
    },
    begunAt: clock.monotonic(),
  };
}
