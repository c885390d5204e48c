// What callers may ask about restores by the server, and about what lies in a backup; part of the composition root.

import type { ProviderCalls } from "../../engine/context/calls.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RestoreBook } from "../restores/restore_book.ts";

/** What they act through. */
export interface RestoreOperationsParts {
  restoreBook: RestoreBook;
  callsOf(providerKey: string, job: string): ProviderCalls | undefined;
}

/** Builds them. */
export function restoreOperations(
  { restoreBook, callsOf }: RestoreOperationsParts,
): Pick<
  Operations,
  "restoreBackup" | "lookAtRestore" | "restores" | "restore" | "cancelRestore" | "filesOf"
> {
  return {
    restoreBackup: (run, wish, by) => restoreBook.begin(run, wish, by),
    lookAtRestore: (run, wish) => restoreBook.look(run, wish),
    restores: (query) => restoreBook.list(query),
    restore: (operationId) => restoreBook.get(operationId),
    cancelRestore: (operationId) => restoreBook.cancel(operationId),
    async filesOf(run, path, after, limit) {
      const conflict = (why: string) =>
        ({
          outcome: "conflict",
          message: `Cannot look into backup '${run.id ?? run.runId}': ${why}`,
        }) as const;
      const { id } = run;
      if (run.status !== "available" || id === null) {
        return conflict(`it is '${run.status}': expected 'available'`);
      }
      const calls = callsOf(run.providerKey, run.job);
      if (calls === undefined) {
        return conflict(`its provider '${run.providerKey}' is not in the configuration`);
      }
      if ((await calls.capabilities()).browse !== true) {
        return conflict(`its provider '${run.providerKey}' has no extension 'browse'`);
      }
      const page = await calls.ask((provider) => provider.browse!(id, path, after, limit));
      if (page !== undefined) return { outcome: "page", page };
      return { outcome: "none", message: `Backup '${id}' has no folder '${path.slice(0, 200)}'` };
    },
  };
}
