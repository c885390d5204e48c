// What stands behind the doors of one running app: probes at once, the API and the page when they are first asked for.

import type { ApiDeps } from "../../api/deps.ts";
import { answerProbes } from "../../api/probes.ts";
import { createStanding } from "../../api/standing.ts";
import { peerBehind } from "../../domain/http/proxies.ts";
import type { ListenSpec, RequestHandler } from "../../ports/host.ts";
import type { Operations } from "../../ports/operations.ts";
import type { Visits } from "../../ports/visits.ts";
import type { Doors } from "../doors.ts";
import { recordEvent } from "../followers.ts";
import { loadFront } from "../front.ts";
import { VisitBook } from "../visit_book.ts";
import type { Shared } from "./running_parts.ts";

/** Records who was refused and who came in. */
export function visitBookOf({ host: { clock }, store, followers }: Shared): VisitBook {
  return new VisitBook({ clock, record: (event) => recordEvent(store, followers.sink, event) });
}

/** The API and the page are loaded when they are first asked for more than whether this lives. */
export function handlerOf(
  shared: Shared,
  doors: Doors,
  operations: Operations,
  visits: Visits,
): RequestHandler {
  const { host, store, watch, followers, closing, config } = shared;
  const deps: ApiDeps = {
    reads: store,
    operations,
    auth: () => shared.auth,
    basePath: () => shared.config.server.basePath,
    hostnames: config.server.listen === null ? [] : [config.server.listen.hostname],
    clock: host.clock,
    watch,
    sink: followers.sink,
    visits,
    version: host.version.version,
    subscribe: followers.committed.subscribe,
    closing: closing.signal,
  };
  const address = () => shared.config.server.publicUrl ?? doors.browserAddress(shared.config.server.basePath);
  return answerProbes(
    deps,
    () =>
      loadFront({ ...deps, visits, secrets: host.secrets, history: store, closing: closing.signal, address }),
  );
}

/** What of callers is told before their requests are looked at, by the configuration in force. */
export function callersAt(shared: Shared): Pick<ListenSpec, "standing" | "peerOf"> {
  return {
    standing: createStanding(() => shared.auth, shared.host.clock, () => shared.config.server.basePath),
    peerOf: (peer, headers) =>
      peerBehind(shared.config.server.trustedProxies ?? [], peer, headers ?? new Headers()),
  };
}
