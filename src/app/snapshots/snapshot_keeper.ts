// Copies the state into a folder on a schedule: each copy is opened and compared before it counts, and older ones go only
// after that. Where it fails, it shows. Part of the composition root.

import type { SnapshotsConfig } from "../../config/values/config.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { SnapshotsRow } from "../../observe/snapshot_gauges.ts";
import type { EventSink } from "../../ports/events.ts";
import type { FileTree } from "../../ports/file_tree.ts";
import type { Clock, Files } from "../../ports/host.ts";
import type { OpenStore } from "../../store/run_store.ts";
import { type Snapshot, verifySnapshot } from "../../store/read/snapshot.ts";
import { snapshotName, stampOf, toThin } from "./snapshot_names.ts";

interface KeeperOptions {
  /** By which copies are named: one that a wrong reading does not move. */
  clock: Clock;
  files: Files;
  tree: Pick<FileTree, "freeBytes">;
  /** In force now; undefined: none are wanted. */
  config(): SnapshotsConfig | undefined;
  store: Pick<OpenStore, "storeId" | "snapshot" | "room" | "latched">;
  /** Rejects where the copy is not what it is said to be. */
  verify(snapshot: Snapshot): Promise<void>;
  /** Says, once for each new trouble, that it fails. */
  tell(message: string): void;
}

/** The one of a running scheduler, whose configuration may change. */
export function createSnapshotKeeper(scheduler: {
  host: Pick<KeeperOptions, "clock" | "files" | "tree">;
  config: { state: { snapshots?: SnapshotsConfig } };
  store: KeeperOptions["store"];
  followers: { sink: EventSink };
}): SnapshotKeeper {
  const { host: { clock, files, tree }, store, followers } = scheduler;
  return new SnapshotKeeper({
    ...{ clock, files, tree, store },
    config: () => scheduler.config.state.snapshots,
    verify: (snapshot) => verifySnapshot(snapshot, clock),
    tell: (message) =>
      followers.sink.emit({ type: "snapshot.failed", level: "error", at: clock.now(), message }),
  });
}

const LOOK_MS = 30_000;

/** Does nothing before `start`. */
export class SnapshotKeeper implements AsyncDisposable {
  readonly #options: KeeperOptions;
  readonly #stopping = new AbortController();
  /** The folder that the last one went to, and when (monotonic, ms). */
  #last: { to: string; at: number } | undefined;
  #trouble: string | null = null;
  #good: Snapshot | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Why there is no new copy; null where there is, or none is wanted. */
  trouble(): string | null {
    return this.#options.config() === undefined ? null : this.#trouble;
  }

  /** Undefined where none are wanted. */
  figures(): SnapshotsRow | undefined {
    if (this.#options.config() === undefined) return undefined;
    return {
      takenAt: this.#good?.takenAt ?? null,
      bytes: this.#good?.bytes ?? null,
      isFailing: this.#trouble !== null,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, config } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const wanted = config();
      if (wanted !== undefined) await this.#look(wanted);
      await clock.sleep(LOOK_MS, signal).catch(() => {});
    }
  }

  async #look(wanted: SnapshotsConfig): Promise<void> {
    const { tell } = this.#options;
    try {
      if (!await this.#isDue(wanted)) return;
      await this.#take(wanted);
      this.#trouble = null;
    } catch (error) {
      const message =
        `Cannot keep a copy of the state in '${wanted.to}': ${(error as Error).message}; it is tried ` +
        "again every 30 s, and no older copy goes meanwhile";
      if (message !== this.#trouble) tell(message);
      this.#trouble = message;
    }
  }

  /** A program that is started again and again goes by the copies that are there, so that they do not crowd each other out. */
  async #isDue({ to, everyMs }: SnapshotsConfig): Promise<boolean> {
    const { clock, files, store } = this.#options;
    if (this.#last?.to === to) return clock.monotonic() - this.#last.at >= everyMs;
    const now = clock.now();
    const newest = (await files.list(to)).map((name) => stampOf(name, store.storeId) ?? -Infinity)
      // Of a clock that was wrong.
      .filter((at) => at <= now).reduce((left, right) => Math.max(left, right), -Infinity);
    if (now - newest >= everyMs) return true;
    this.#last = { to, at: clock.monotonic() - (now - newest) };
    return false;
  }

  async #take({ to, keep }: SnapshotsConfig): Promise<void> {
    const { clock, files, store, verify } = this.#options;
    await this.#demandRoom(to);
    const name = snapshotName(clock.now(), store.storeId);
    // Under a name that is none until it is known to be good.
    const unproved = `${to}/.${name}.unproved`;
    for (const left of await files.list(to)) {
      if (/^\.state-[0-9a-f]{8}-.*\.db\.unproved(\.part)?$/.test(left)) await files.remove(`${to}/${left}`);
    }
    const snapshot = await store.snapshot(unproved);
    try {
      await verify(snapshot);
      await files.rename(unproved, `${to}/${name}`);
    } catch (error) {
      await files.remove(unproved).catch(() => {});
      throw error;
    }
    this.#good = snapshot;
    this.#last = { to, at: clock.monotonic() };
    await this.#thin(to, keep, name);
  }

  /** What fills the disk of the state with its copies would stop it. */
  async #demandRoom(to: string): Promise<void> {
    const { store, tree } = this.#options;
    const bytes = (await store.room())?.bytes ?? 0;
    const free = await tree.freeBytes(to);
    if (free >= 2 * bytes) return;
    throw new Error(
      `it needs ${bytesText(bytes)}, and ${
        bytesText(free)
      } are free there: expected room for two, so that none of ` +
        "them fills the disk",
    );
  }

  /** A state that may have gone back in time crowds out no copy of what it was before. */
  async #thin(to: string, keep: number, newest: string): Promise<void> {
    const { files, store } = this.#options;
    if ((await store.latched()).some(({ guard }) => guard === "restored_store")) return;
    for (const name of toThin(await files.list(to), { newest, keep, storeId: store.storeId })) {
      await files.remove(`${to}/${name}`);
    }
  }
}
