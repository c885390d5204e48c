// What the settings of every kind of provider are built with.

import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { ClientTls, TlsTrouble } from "../../ports/host.ts";
import type { Report } from "../document/report.ts";
import type { ResticPlaces } from "../environment/restic_places.ts";
import type { Secrets } from "../environment/secrets.ts";
import type { Mapping, Marks } from "../document/tree.ts";

export interface ProviderBuild {
  report: Report;
  secrets: Secrets;
  places: ResticPlaces;
  root: Mapping;
  marks: Marks;
  env: Record<string, string>;
  base: string;
  mode: "required" | "optional";
  /** UTC ms. */
  now: number;
  /** Asks the runtime whether certificates can be used; absent: nothing can be said. */
  tlsTrouble?: (tls: ClientTls) => TlsTrouble | undefined;
  /** Where nothing else says it. */
  timezone: { name: string };
}

/** What create and delete calls carry. */
export type Bodies = Pick<HttpProviderSpec, "createBody" | "deleteBody">;
