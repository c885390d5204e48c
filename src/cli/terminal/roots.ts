// The two composition roots as commands start them. Loaded only by the commands that serve.

import type { Config } from "../../config/values/config.ts";
import type { BuiltinProviderSpec } from "../../domain/provider_spec.ts";
import type { Host } from "../../ports/host.ts";
import type { Operations } from "../../ports/operations.ts";
import type { ServedProvider, ServeOptions } from "../../provider_kit.ts";
import { EXIT, Failure } from "./exit.ts";

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
  startApp(options: { config: Config; reload: () => Promise<Config>; host: Host }): Promise<Scheduler>;
  serveBuiltin(spec: BuiltinProviderSpec, options: ServeOptions, host: Host): Promise<Serving>;
}

/** The real ones. */
export const ROOTS: Roots = {
  startApp: async (options) => {
    const { startApp } = await import("../../app/app.ts").catch((error) => {
      throw libraryFailure(error, options.host);
    });
    return startApp(options);
  },
  serveBuiltin: async (spec, options, host) =>
    (await import("../../provider_kit.ts")).serveBuiltin(spec, options, host),
};

/** The compiled program unpacks the library of its state store into the temporary folder, and runs it from there. */
function libraryFailure(error: unknown, { files }: Host): unknown {
  const text = error instanceof Error ? error.message : "";
  if (!/native addon|shared object|\.node\b/i.test(text)) return error;
  const why = /failed to map|permission/i.test(text)
    ? "it is mounted noexec, or closed to this user"
    : "it cannot be written";
  return new Failure(
    EXIT.notWritable,
    `Cannot load the library of the state store from the temporary folder '${files.tempFolder()}': ${why}: ` +
      "set TMPDIR to a folder in which this user may write and run programs " +
      "(in a container: --tmpfs /tmp:exec)",
  );
}
