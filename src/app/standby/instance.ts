// How an instance shows itself to others, and how it sees the active one; part of the composition root.

import { jobsFingerprint } from "../../config/jobs_fingerprint.ts";
import type { Config } from "../../config/values/config.ts";
import { drain } from "../../domain/slices.ts";
import type { Host } from "../../ports/host.ts";
import type { Instance, LeaseSeen } from "../../ports/lease.ts";
import type { InstanceView } from "../../ports/views/instance.ts";

/** What of it is compared and shown. */
export type Own = Pick<Instance, "node" | "fingerprint">;

const fingerprints = new WeakMap<Config, string>();

/** How this instance shows itself. `place`: see `Instance`. */
export function instanceOf(
  config: Config,
  { machine }: Pick<Host, "machine">,
  place: string | null,
): Instance {
  const fingerprint = fingerprints.get(config) ?? drain(jobsFingerprint(config));
  fingerprints.set(config, fingerprint);
  return {
    node: config.standby?.name ?? machine().name,
    address: config.standby?.address ?? null,
    place,
    fingerprint,
  };
}

/** A standby as its callers see it. */
export function viewOf(own: Own, { node, address, fingerprint, isReleased }: LeaseSeen): InstanceView {
  return {
    role: "standby",
    node: own.node,
    active: isReleased ? null : { node, address },
    same_configuration: fingerprint === null ? null : fingerprint === own.fingerprint,
  };
}
