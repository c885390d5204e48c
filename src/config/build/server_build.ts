// What the parts of the server section are built with.

import type { Files } from "../../ports/host.ts";
import type { Report } from "../document/report.ts";
import type { Secrets } from "../environment/secrets.ts";

/** Where findings go, and what the section's own values stand on. */
export interface ServerBuild {
  report: Report;
  secrets: Secrets;
  files: Files;
  /** Relative paths of the configuration stand on this folder; those of flags and variables on `working`. */
  base: string;
  working: string;
  mode: "required" | "optional";
  /** UTC ms. */
  now: number;
}
