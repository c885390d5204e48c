// How an edited configuration is put into force, part by part, and who is told of it.

import type { Config } from "../../config/values/config.ts";
import { isSame } from "../../domain/same.ts";
import { reloadEvent } from "../audit_events.ts";
import { changesOf, isSameAccess, renewCertificate } from "../config_changes.ts";
import { declare } from "../declared_jobs.ts";
import type { Doors } from "../doors.ts";
import { recordEvent } from "../followers.ts";
import { Reloads } from "../reloads.ts";
import { keepUnchanged } from "../unchanged_jobs.ts";
import type { Shared } from "./running_parts.ts";

/** `applied` is called as soon as another configuration is in force; `isActive`: and its jobs are at work here. */
export function reloadsOf(
  shared: Shared,
  doors: Doors,
  load: () => Promise<Config>,
  applied: () => void,
  isActive: boolean,
): Reloads {
  const { host, closing, providers, engine, schedules, followers, store } = shared;
  const tell = (isTaken: boolean, text: string, by: readonly string[]) => {
    const event = reloadEvent(host.clock.now(), isTaken, text, by, shared.config.digest);
    void recordEvent(store, followers.sink, event);
  };
  return new Reloads({
    clock: host.clock,
    stop: closing.signal,
    load,
    busy: (next) => providers.busyBuiltins(next.providers),
    async apply(next) {
      await keepUnchanged(shared.config, next, host.clock);
      const changes = changesOf(shared.config, next);
      // First: nothing else is changed yet when the certificate cannot be used.
      await renewCertificate(doors.tcp, shared.config.server, next.server);
      const isTrustSame = isSame(shared.config.server.trustedProxies, next.server.trustedProxies);
      if (!isTrustSame || !isSameAccess(shared.auth, next.server.auth)) shared.auth = next.server.auth;
      await providers.replace(next.providers);
      const declared = declare(next, schedules, providers);
      const left = isActive ? await engine.reload(declared) : await engine.show(declared).then(() => []);
      followers.upkeep.changed();
      shared.config = next;
      applied();
      if (isActive) await shared.tellers.take(next);
      return [...changes, ...left];
    },
    taken: (text, by) => tell(true, text, by),
    refused: (text, by) => tell(false, text, by),
  });
}
