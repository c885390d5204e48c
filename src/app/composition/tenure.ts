// How one instance takes a state that others may want, keeps it, and gives it back; part of the composition root.

import { StoreError } from "../../domain/errors.ts";
import { type Free, leaseTimes, type Renewed } from "../../engine/lease/lease_rules.ts";
import { LeaseKeeper } from "../../engine/lease/lease_keeper.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Host } from "../../ports/host.ts";
import type { HeldLease } from "../../ports/lease.ts";
import type { OpenStore } from "../../store/run_store.ts";
import type { LeaseClaim } from "../../store/write/lease.ts";
import type { Followers } from "../followers.ts";

/** How the state is taken. */
export interface Tenure {
  claim: LeaseClaim;
  /** Of this boot. */
  holder: string;
  /** Why it was free. */
  free: Free;
}

interface LeaseParts {
  store: Pick<OpenStore, "lease">;
  host: Host;
  followers: Pick<Followers, "sink" | "say">;
  /** The clocks before it was taken. */
  takenAt: Renewed;
  tenure: Pick<Tenure, "claim">;
  fatal(error: unknown): void;
}

/** Renews it until `resources` are disposed, which then gives it back: another instance may take it at once. */
export function keepLease(
  { store: { lease }, host: { clock }, followers, takenAt, tenure, fatal }: LeaseParts,
  resources: AsyncDisposableStack,
): LeaseKeeper {
  resources.defer(async () => {
    try {
      await lease.release();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      followers.say(
        "lease.renewal",
        "warning",
        `The lease on the state could not be given back, so another instance takes over later: ${error.message}`,
      );
    }
  });
  const keeper = resources.use(
    new LeaseKeeper({
      lease,
      clock,
      takenAt,
      times: leaseTimes(tenure.claim.ttlMs),
      sink: followers.sink,
      lost: fatal,
    }),
  );
  keeper.start();
  return keeper;
}

const WHY: Partial<Record<Free, string>> = {
  released: "which had given it back",
  still: "which renewed its lease no more",
};

/** What the audit trail is told where another instance had the state before; undefined where none had. */
export function takenOverEvent(
  at: number,
  { claim: { instance }, free }: Tenure,
  { epoch, former }: Pick<HeldLease, "epoch" | "former">,
): EngineEvent | undefined {
  const why = WHY[free];
  const isOwn = former?.node === instance.node && (former.place === instance.place || former.place === null);
  if (former === null || why === undefined || (isOwn && free === "released")) return undefined;
  const isSame = former.fingerprint === instance.fingerprint;
  const edit = isSame
    ? ""
    : "; its configuration was another one, and where that changes a policy it counts as an edit";
  return {
    type: "state.taken_over",
    level: "warning",
    at,
    message: `'${instance.node}' took over the state from '${
      former.node ?? "an instance without a name"
    }', ${why}${edit}`,
    data: {
      node: instance.node,
      epoch,
      from: former.node,
      from_address: former.address,
      from_epoch: former.epoch,
      why: free,
      same_configuration: isSame,
    },
  };
}
