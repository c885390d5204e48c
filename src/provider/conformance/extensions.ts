// Checks of the extensions: echo of the run, list, look-up, idempotency, fence.

import type { Json } from "../../domain/job.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { Check } from "./check.ts";
import type { Seen } from "./probe.ts";
import { type Attempt, FENCE, type Made } from "./session_starts.ts";
import type { Trial } from "./steps.ts";
import { CheckFailure, needs, Skip } from "./outcome.ts";
import { HEADERS, readBackup } from "../protocol/protocol.ts";
import { statusKind } from "../protocol/status_kind.ts";

const NO_LIST = [404, 405, 501];

/** Those that need the first backup while it is there. */
export const EXTENSION_CHECKS: readonly Check[] = [
  {
    name: "run-id",
    group: "extension",
    clause: "the backup carries the run id that it was started with",
    async run({ steps, look, capabilities }) {
      const { made } = await needs(steps.firstEnd);
      const now = await look(made.id);
      const told = [made.backup.runId, now.found === "yes" ? now.backup.runId : undefined];
      if (told.every((runId) => runId === made.runId)) return "in the answers to POST and GET";
      if (told.every((runId) => runId === undefined) && !(await capabilities()).lookup) {
        throw new Skip("no answer has a run_id");
      }
      const mend = `answer the '${HEADERS.run}' of its start as 'run_id', to POST and GET alike`;
      throw new CheckFailure(`expected the run_id '${made.runId}'`, mend, now.seen);
    },
  },
  {
    name: "list",
    group: "extension",
    clause: "GET of the base URL lists every backup",
    async run(trial) {
      const { made } = await needs(trial.steps.firstEnd);
      const { items, seen } = await listed(trial);
      const found = items.filter(({ id }) => id === made.id);
      if (found.length === 1 && found[0]!.state === "available") {
        return `${items.length} backups, ours among them`;
      }
      const mend = "list each backup once, with the same fields as a GET of it";
      throw new CheckFailure(`expected '${made.id}' once, as available`, mend, seen);
    },
  },
  {
    name: "list-run-ids",
    group: "extension",
    clause: "the list says which run each backup is of, and when it was started",
    async run(trial) {
      await trial.needsExtension("list");
      const { made } = await needs(trial.steps.firstEnd);
      const { items, seen } = await listed(trial);
      const item = items.find(({ id }) => id === made.id);
      if (item?.runId === made.runId && item.startTime !== undefined) return "run_id and start_time";
      const mend =
        "give each item 'run_id' and 'start_time' (such as 2026-11-20T03:00:00Z): so it can be adopted";
      throw new CheckFailure(`expected the run_id '${made.runId}' and a start_time`, mend, seen);
    },
  },
  {
    name: "lookup",
    group: "extension",
    clause: "GET with ?run_id= finds the backup of that run, and says in words that another run has none",
    async run({ steps, needsExtension, probe, newRunId }) {
      await needsExtension("lookup");
      const { made } = await needs(steps.firstEnd);
      const ask = (runId: string) =>
        probe.send({ method: "GET", query: `run_id=${encodeURIComponent(runId)}` });
      const found = await ask(made.runId);
      const [one, ...others] = readList(found);
      if (one?.id !== made.id || one.runId !== made.runId || others.length > 0) {
        const mend = "answer 200 with an array of the one backup whose 'run_id' it is";
        throw new CheckFailure(`expected '${made.id}' alone, with its run_id`, mend, found);
      }
      const none = await ask(newRunId());
      if (none.status === 200 && readList(none).length === 0) return "one for ours, [] for another run";
      const mend = "answer 200 with [] for a run without a backup: only that proves that there is none";
      throw new CheckFailure("expected 200 with an empty array", mend, none);
    },
  },
  {
    name: "idempotency",
    group: "extension",
    clause: "POST with a used Idempotency-Key answers the same backup and begins none",
    async run({ steps, needsExtension, post }) {
      await needsExtension("idempotency");
      const { made } = await needs(steps.firstEnd);
      const again = await post({ runId: made.runId });
      if (again.made?.id === made.id) return `${again.seen.status} and the same id`;
      throw new CheckFailure(
        `expected 2xx and '${made.id}'`,
        "remember the key with the backup, for a day at least, and answer that backup again",
        again.seen,
      );
    },
  },
  {
    name: "idempotency-body",
    group: "extension",
    clause: "POST with a used Idempotency-Key and another body begins nothing",
    async run({ steps, needsExtension, post }) {
      await needsExtension("idempotency");
      const { made } = await needs(steps.firstEnd);
      const body: Json = { schelly_provider_test: "not the body this key came with" };
      return beginsNothing(made, await post({ runId: made.runId, body }), "422");
    },
  },
  {
    name: "idempotency-at-once",
    group: "extension",
    clause: "two POSTs with one new Idempotency-Key at the same time begin one backup",
    async run({ needsExtension, postWhenFree, newRunId, steps, untilEnd, remove }) {
      await needsExtension("idempotency");
      await needs(steps.firstEnd);
      const runId = newRunId();
      const both = await Promise.all([postWhenFree({ runId }), postWhenFree({ runId })]);
      const ids = new Set(both.flatMap(({ made }) => made === undefined ? [] : [made.id]));
      const wrong = both.find(({ made }) => made === undefined);
      if (ids.size !== 1 || wrong !== undefined) {
        throw new CheckFailure(
          "expected one backup, its id in both answers",
          "look the key up and write it down in one step, which no other call can come between",
          (wrong ?? both[1]!).seen,
        );
      }
      const [id] = ids;
      // Only to make room for the next one: whether a DELETE ends it is for the check 'cancel' to say.
      await remove(id!);
      await untilEnd(id!).catch((error) => {
        if (!(error instanceof CheckFailure)) throw error;
      });
      return "one backup";
    },
  },
  {
    name: "fence",
    group: "extension",
    clause: "POST with a lower fence than the job's last one is refused",
    async run({ needsExtension, postWhenFree, steps }) {
      await needsExtension("fence");
      await needs(steps.firstEnd);
      return refusedByFence((await postWhenFree({ fence: FENCE - 1 })).seen);
    },
  },
];

/** Needs a second backup. */
export const FENCE_CHECKS: readonly Check[] = [
  {
    name: "fence-delete",
    group: "extension",
    clause: "DELETE with a lower fence than the job's last one is refused, and deletes nothing",
    async run({ needsExtension, remove, look, steps }) {
      await needsExtension("fence");
      const { made } = await needs(steps.secondEnd);
      const before = await look(made.id);
      if (before.found !== "yes") throw new Skip(`the backup '${made.id}' is gone already`);
      const answer = refusedByFence(await remove(made.id, FENCE - 1));
      const now = await look(made.id);
      if (now.found === "yes" && now.backup.state === "available") return answer;
      throw new CheckFailure(
        "expected the backup to be there still",
        "refuse before anything is done",
        now.seen,
      );
    },
  },
];

/** Those that need the first backup deleted. */
export const AFTERLIFE_CHECKS: readonly Check[] = [
  {
    name: "list-after-delete",
    group: "extension",
    clause: "a deleted backup is listed no more",
    async run(trial) {
      const { made } = await needs(trial.steps.deleted);
      const { items, seen } = await listed(trial);
      if (!items.some(({ id }) => id === made.id)) return "it is not listed";
      throw new CheckFailure(`expected a list without '${made.id}'`, "list what exists only", seen);
    },
  },
  {
    name: "idempotency-after-delete",
    group: "extension",
    clause: "the Idempotency-Key of a deleted backup begins no new one",
    async run({ needsExtension, post, steps }) {
      await needsExtension("idempotency");
      const { made } = await needs(steps.deleted);
      return beginsNothing(made, await post({ runId: made.runId }), "422");
    },
  },
];

function beginsNothing(first: Made, { seen, made }: Attempt, best: string): string {
  if (made?.id === first.id) return `${seen.status} and the first backup`;
  if (
    made === undefined && seen.status !== undefined && seen.status >= 400 &&
    statusKind(seen.status) !== "unknown"
  ) {
    return `${seen.status}`;
  }
  throw new CheckFailure(
    `expected a refusal such as ${best}`,
    "a key stands for the call it came with first, for a day at least, also when its backup was deleted",
    seen,
  );
}

function refusedByFence(seen: Seen): string {
  if (seen.status !== undefined && statusKind(seen.status) === "refused" && seen.status !== 404) {
    return `${seen.status}`;
  }
  const mend =
    `remember the highest ${HEADERS.fence} of each ${HEADERS.job}; answer 412 to a lower one and do nothing`;
  throw new CheckFailure("expected 412", mend, seen);
}

/** The whole list; rejects with `Skip` when the provider neither announces one nor has one. */
async function listed({ probe, capabilities }: Trial): Promise<{ items: BackupInfo[]; seen: Seen }> {
  const seen = await probe.send({ method: "GET" });
  const announced = (await capabilities()).list;
  if (!announced && seen.status !== undefined && NO_LIST.includes(seen.status)) {
    throw new Skip(`it does not list: ${seen.status}`);
  }
  return { items: readList(seen), seen };
}

/** The backups of an answer that should be an array of them. */
function readList(seen: Seen): BackupInfo[] {
  const mend = "answer 200 with an array of backups, each as a GET of it answers";
  if (seen.status !== 200 || !Array.isArray(seen.json)) {
    throw new CheckFailure("expected 200 with a JSON array", mend, seen);
  }
  return seen.json.map((item, index) => {
    const read = readBackup(item);
    if (read.ok) return read.backup;
    throw new CheckFailure(`expected backups only: item ${index} is none: ${read.problem}`, mend, seen);
  });
}
