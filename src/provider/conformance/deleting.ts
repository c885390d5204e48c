// Checks of deleting: the backup that was named goes, stays gone, and takes no other one with it.

import type { Check } from "./check.ts";
import type { Look } from "./session_looks.ts";
import { CheckFailure, needs, Skip } from "./outcome.ts";

/** In the order in which they are done. */
export const DELETING_CHECKS: readonly Check[] = [
  {
    name: "delete",
    group: "base",
    clause: "DELETE of an available backup answers 200",
    async run({ steps }) {
      return `${(await steps.deleted.take()).removal.status}`;
    },
  },
  {
    name: "get-after-delete",
    group: "base",
    clause: "GET of a deleted backup answers 404 or 410",
    async run({ steps, look, pause, ports, options }) {
      const { made, removal } = await needs(steps.deleted);
      // 202 means that the deletion still goes on.
      const end = ports.clock.monotonic() + (removal.status === 202 ? options.backupLimitMs : 0);
      let now: Look = await look(made.id);
      while (now.found === "yes" && now.backup.state !== "failed" && ports.clock.monotonic() < end) {
        await pause();
        now = await look(made.id);
      }
      if (now.found !== "yes") return `${now.seen.status}`;
      const mend = "answer 404 (or 410) once it is deleted; 202 to the DELETE while that goes on";
      throw new CheckFailure("expected 404 or 410", mend, now.seen);
    },
  },
  {
    name: "delete-again",
    group: "base",
    clause: "DELETE of a deleted backup answers 404, 410 or 200, and harms nothing",
    async run({ steps, remove }) {
      const { made } = await needs(steps.deleted);
      const seen = await remove(made.id);
      if (seen.status !== undefined && [200, 202, 204, 404, 410].includes(seen.status)) {
        return `${seen.status}`;
      }
      const mend = "answer 404 or 410: a DELETE whose answer was lost is sent again";
      throw new CheckFailure("expected 404, 410 or 200", mend, seen);
    },
  },
  {
    name: "delete-others",
    group: "base",
    clause: "DELETE of one backup leaves every other one as it was",
    async run({ steps, look }) {
      const kept = await needs(steps.secondEnd);
      await needs(steps.deleted);
      const now = await look(kept.made.id);
      if (
        now.found === "yes" && now.backup.state === "available" && now.backup.dataId === kept.backup.dataId
      ) {
        return `'${kept.made.id}' is still available`;
      }
      throw new CheckFailure(
        `expected '${kept.made.id}' to be available still, with its data_id '${kept.backup.dataId}'`,
        "delete by the whole id only, and nothing that another backup needs",
        now.seen,
      );
    },
  },
  {
    name: "gone",
    group: "extension",
    clause: "410 tells a deleted backup from one that never was",
    async run({ steps, look, remove }) {
      const { made } = await needs(steps.deleted);
      const now = await look(made.id);
      if (now.found !== "gone") throw new Skip(`it answers ${now.seen.status} for a deleted backup`);
      const seen = await remove(made.id);
      if (seen.status === 410) return "410 to GET and DELETE";
      throw new CheckFailure("expected 410 to a DELETE, as to a GET", "answer 410 to both", seen);
    },
  },
];
