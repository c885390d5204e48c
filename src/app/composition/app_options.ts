// What an app is started with, and what it is once it runs. Types only.

import type { ConfigEdit } from "../../config/document/edited_texts.ts";
import type { FileEdit } from "../../config/document/edited_files.ts";
import type { Config } from "../../config/values/config.ts";
import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Host } from "../../ports/host.ts";
import type { Operations } from "../../ports/operations.ts";
import type { Ending } from "./ending.ts";

/** What one is started with. */
export interface AppOptions {
  config: Config;
  /** Loads the configuration anew from where it came, by `schedules` if there are any; rejects with `ConfigError`. */
  reload: () => Promise<Config>;
  /** Loads it as if an edit were written, without secrets; rejects in the same way. */
  loadPlanned: (edit: ConfigEdit) => Promise<Config>;
  /** The same as it would be after an edit of one of its files. */
  loadEdited: (edit: FileEdit) => Promise<Config>;
  host: Host;
  schedules?: ScheduleCache;
  /** Aborted where it is to stop before it has started. */
  stopping?: AbortSignal;
}

/** A running scheduler, or one that waits for its turn. */
export interface App extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:8080`, `unix:/run/…`. */
  addresses: string[];
  operations: Pick<Operations, "reload">;
  nextSlots: { job: string; slot: number | null }[];
  /** Stops taking slots and requests, lets calls under way finish, saves the rest; bounded. */
  stop(): Promise<void>;
  /** Resolves when it ended by itself: the exit code and why. */
  done: Promise<Ending>;
}
