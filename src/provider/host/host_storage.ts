// The host's calls into a Backuper's storage: bounded in time, their failures told as ProviderErrors.

import { ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import { unusableReason } from "../../domain/unusable.ts";
import type { Clock } from "../../ports/host.ts";
import type { Backuper, BackupOrigin, BackupOutcome, StoredBackup } from "../../ports/provider.ts";
import type { LockKeeper } from "../../ports/storage_locks.ts";
import { BackupFailure, LockedUntil } from "./backup_failure.ts";
import { SlowError, within } from "../time_limit.ts";

export interface HostStorage {
  /** True when the Backuper can look one backup up. */
  readonly canGet: boolean;
  readonly canList: boolean;
  /** True when its look-up needs no data id. */
  readonly findsById: boolean;
  get(id: string, dataId: string, origin?: BackupOrigin): Promise<StoredBackup | undefined>;
  list(): Promise<StoredBackup[]>;
  /** Resolves false when it was not there; rejects with the Backuper's own error. */
  delete(
    id: string,
    dataId: string,
    body: Json | undefined,
    outcome: BackupOutcome,
    origin?: BackupOrigin,
  ): Promise<boolean>;
  /** What a failed `delete` means for the caller: `locked` and a lock surely deleted nothing, all else is unknown. */
  deletionError(id: string, error: unknown): ProviderError;
  /** Empty where the Backuper has no locks to show. */
  readonly lockKeeper: Partial<LockKeeper>;
}

/** A Backuper that ignores its signal gets so much longer to tell its own reason. */
const OBEY_MS = 15_000;
const LATE = "the storage did not answer in time";

/** Wraps a Backuper; `textOf` renders an error without secrets. */
export function createHostStorage(
  clock: Clock,
  backuper: Backuper,
  limits: { getMs: number; deleteMs: number },
  textOf: (error: unknown) => string,
): HostStorage {
  async function look<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await within(clock, limits.getMs, Promise.resolve().then(call), LATE);
    } catch (error) {
      const status = error instanceof SlowError ? 504 : 503;
      const unusable = error instanceof BackupFailure ? unusableReason(error.reason) : undefined;
      const details = { status, cause: error, ...(unusable === undefined ? {} : { unusable }) };
      throw new ProviderError("unknown", `Cannot ${what}: ${textOf(error)}`, details);
    }
  }

  return {
    get canGet() {
      return backuper.get !== undefined;
    },
    get canList() {
      return backuper.list !== undefined;
    },
    get findsById() {
      return backuper.findsById === true;
    },
    get: (id, dataId, origin) =>
      look(`look backup '${id}' up`, async () => await backuper.get?.(id, dataId, origin)),
    list: () => look("list the backups", async () => await backuper.list?.() ?? []),
    async delete(id, dataId, body, outcome, origin) {
      const limit = clock.timeout(limits.deleteMs);
      try {
        const work = Promise.resolve().then(() =>
          backuper.delete(id, dataId, body, limit.signal, outcome, origin)
        );
        return await within(clock, limits.deleteMs + OBEY_MS, work, LATE);
      } finally {
        limit.dispose();
      }
    },
    deletionError(id, error) {
      const message = `Cannot delete backup '${id}': ${textOf(error)}`;
      if (error instanceof BackupFailure && error.reason === "locked") {
        return new ProviderError("unsent", message, { status: 503, cause: error });
      }
      if (error instanceof LockedUntil) {
        const lock = { until: error.until };
        return new ProviderError("unsent", message, { status: 423, lock, cause: error });
      }
      const status = error instanceof SlowError ? 504 : 500;
      return new ProviderError("unknown", message, { status, cause: error });
    },
    lockKeeper: backuper.locks === undefined ? {} : {
      async locks() {
        const { locks, unread } = await look("look at the locks", async () => await backuper.locks!());
        return { locks: locks.map((lock) => ({ ...lock, why: textOf(lock.why) })), unread };
      },
      async unlock(ids) {
        const answers = await look("remove locks", async () => await backuper.unlock!(ids));
        return answers.map((answer) => ({ ...answer, message: textOf(answer.message) }));
      },
    },
  };
}
