// Checks of a provider that is killed while it makes a backup, and started again.

import type { Check } from "./check.ts";
import { CheckFailure, needs } from "./outcome.ts";
import { statusKind } from "../protocol/status_kind.ts";

/** In the order in which they are done. */
export const RESTARTING_CHECKS: readonly Check[] = [
  {
    name: "restart",
    group: "restart",
    clause: "a backup that was cut off by a restart ends: it does not run for ever",
    async run({ steps, untilEnd }) {
      const { made } = await steps.restarted.take();
      const end = await untilEnd(made.id);
      if (end.found !== "yes") return `${end.seen.status}: it is taken for lost; 'failed' would say more`;
      return `'${end.backup.status}': ${end.backup.message ?? "no message"}`;
    },
  },
  {
    name: "restart-keeps",
    group: "restart",
    clause: "backups that were available before a restart are available after it",
    async run({ steps, look }) {
      const { kept } = await needs(steps.restarted);
      const now = await look(kept.made.id);
      if (
        now.found === "yes" && now.backup.state === "available" && now.backup.dataId === kept.backup.dataId
      ) {
        return `'${kept.made.id}' is still available`;
      }
      const mend =
        "keep what is known of backups where a restart does not reach it, or read it from the storage";
      throw new CheckFailure(`expected '${kept.made.id}' to be available, as before`, mend, now.seen);
    },
  },
  {
    name: "restart-starts",
    group: "restart",
    clause: "after a restart the next start is accepted",
    async run({ steps, start }) {
      await needs(steps.restarted);
      return `'${(await start({})).id}'`;
    },
  },
  {
    name: "restart-idempotency",
    group: "restart",
    clause: "the Idempotency-Key of a run from before a restart begins no second backup",
    async run({ steps, needsExtension, post }) {
      await needsExtension("idempotency");
      const { kept: { made: first } } = await needs(steps.restarted);
      const { seen, made } = await post({ runId: first.runId });
      if (made?.id === first.id) return `${seen.status} and the same id`;
      if (made === undefined && seen.status !== undefined && statusKind(seen.status) === "refused") {
        return `${seen.status}`;
      }
      const mend = "write the key to disk before the start is answered";
      throw new CheckFailure(`expected '${first.id}' again`, mend, seen);
    },
  },
];
