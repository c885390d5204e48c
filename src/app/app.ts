// The composition root: a checked configuration becomes a running scheduler.

import { stateFile } from "../store/database/state_location.ts";
import { startActive } from "./composition/active.ts";
import type { App, AppOptions } from "./composition/app_options.ts";
import { startShared } from "./standby/shared_state.ts";

/**
 * Opens the state, recovers, listens, and begins to schedule. Where others may use the state of a server, it does so once it
 * is free. Rejects with `StoreError` or `ConfigError`.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const isOwn = stateFile(options.config.state.url) !== undefined;
  return isOwn ? await startActive(options) : await startShared(options);
}
