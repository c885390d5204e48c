// The two composition roots as commands start them. Loaded only by the commands that serve.

import type { ConfigEdit } from "../../config/document/edited_texts.ts";
import type { FileEdit } from "../../config/document/edited_files.ts";
import type { Config } from "../../config/values/config.ts";
import type { BuiltinProviderSpec, ConductorProviderSpec } from "../../domain/provider_spec.ts";
import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Host } from "../../ports/host.ts";
import type { Operations } from "../../ports/operations.ts";
import type { ServedProvider, ServeOptions } from "../../provider_kit.ts";

/** A running scheduler. */
export interface Scheduler extends AsyncDisposable {
  addresses: string[];
  /** Stops taking slots, finishes or saves what runs; bounded by `stop_timeout`. */
  stop(): Promise<void>;
  /** Resolves when it ended by itself. */
  done: Promise<{ code: number; message?: string }>;
  nextSlots: { job: string; slot: number | null }[];
  operations: Pick<Operations, "reload">;
}

/** A running provider. */
type Serving = Pick<ServedProvider, "url" | "check" | "close">;

export interface Roots {
  startApp(options: {
    config: Config;
    reload: () => Promise<Config>;
    loadEdited: (edit: FileEdit) => Promise<Config>;
    loadPlanned: (edit: ConfigEdit) => Promise<Config>;
    host: Host;
    schedules: ScheduleCache;
    stopping: AbortSignal;
  }): Promise<Scheduler>;
  serveBuiltin(
    spec: BuiltinProviderSpec | ConductorProviderSpec,
    options: ServeOptions,
    host: Host,
  ): Promise<Serving>;
}

/** The real ones. */
export const ROOTS: Roots = {
  startApp: async (options) => {
    const { startApp } = await import("../../app/app.ts");
    return startApp(options);
  },
  serveBuiltin: async (spec, options, host) =>
    (await import("../../provider_kit.ts")).serveBuiltin(spec, options, host),
};
