// What channels and rules of notifications are built with.

import type { Job } from "../../domain/job.ts";
import type { ClientTls, TlsTrouble } from "../../ports/host.ts";
import type { Mapping, Marks } from "../document/tree.ts";
import type { ServerBuild } from "./server_build.ts";

export interface NotifyBuild extends ServerBuild {
  root: Mapping;
  marks: Marks;
  jobs: readonly Pick<Job, "name">[];
  /** The zone of jobs where neither they nor the defaults name one. */
  timezone: { name: string };
  /** Asks the runtime whether certificates can be used; absent: nothing can be said. */
  tlsTrouble?: (tls: ClientTls) => TlsTrouble | undefined;
}
