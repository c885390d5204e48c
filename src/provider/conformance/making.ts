// Checks of making backups: a start, its polls, what is said of it, a second one, a cancel.

import type { Check } from "./check.ts";
import { strangeWord } from "./session_looks.ts";
import { isBusy, type Made } from "./session_starts.ts";
import type { Trial } from "./steps.ts";
import { CheckFailure, needs, Skip } from "./outcome.ts";
import { foldStatus } from "../protocol/protocol.ts";
import { statusKind } from "../protocol/status_kind.ts";

/** A start that takes longer seems to wait for the backup. */
const AT_ONCE_MS = 10_000;
const CONCURRENT = 8;
const LOOKS = 3;

/** In the order in which they are done: those that need a running backup come right after its start. */
export const MAKING_CHECKS: readonly Check[] = [
  {
    name: "start",
    group: "base",
    clause: "POST answers 202 at once with the new backup's id and the status 'running'",
    async run({ steps }) {
      const { id, seen, foreign } = await steps.first.take();
      if (foreign) {
        throw new CheckFailure(
          "expected the id of a new backup",
          "never give an id again: this one was listed before the start",
          seen,
        );
      }
      const word = (seen.json as { status?: unknown }).status;
      if (typeof word !== "string" || !foldStatus(word).known) throw strangeWord(seen);
      if (foldStatus(word).state === "failed") {
        throw new CheckFailure(
          "expected a backup that has begun",
          "answer 409 or 503 when none was begun",
          seen,
        );
      }
      if (seen.ms > AT_ONCE_MS) {
        throw new CheckFailure(
          `expected an answer within ${AT_ONCE_MS / 1000} s`,
          "answer as soon as the backup has begun, and make it in the background",
          seen,
        );
      }
      return `${seen.status} '${id}' ${word} after ${seen.ms} ms`;
    },
  },
  {
    name: "get-at-once",
    group: "base",
    clause: "GET right after the POST answers 200 with the same id",
    async run({ steps, look }) {
      const { id } = await needs(steps.first);
      const now = await look(id);
      if (now.found !== "yes") {
        const mend = "know the id before it is answered: from then on 404 means that the backup is lost";
        throw new CheckFailure("expected 200", mend, now.seen);
      }
      if (!foldStatus(now.backup.status).known) throw strangeWord(now.seen);
      return now.backup.status;
    },
  },
  {
    name: "second-start",
    group: "base",
    clause: "POST while a backup runs answers 409, or begins one more with an id of its own",
    run: secondStart,
  },
  {
    name: "concurrent-gets",
    group: "base",
    clause: "calls at the same time are all answered, in time and each about its own id",
    async run({ steps, look, ports }) {
      const { id } = await needs(steps.first);
      const looks = await Promise.all(
        Array.from(
          { length: CONCURRENT },
          (_, i) => i % 2 === 0 ? look(id) : look(`no-such-backup-${ports.ids.uuidv7()}`, true),
        ),
      );
      const wrong = looks.find(({ found }, i) => (found === "yes") !== (i % 2 === 0));
      if (wrong === undefined) return `${CONCURRENT} at the same time`;
      const mend = "keep nothing of a call where another one sees it";
      throw new CheckFailure("expected 200 for the known id, 404 for all others", mend, wrong.seen);
    },
  },
  {
    name: "available",
    group: "base",
    clause: "the backup is polled until its status is 'available'",
    async run({ steps }) {
      const { made, seen, backup } = await steps.firstEnd.take();
      return `'${made.id}' is available${
        backup.message === undefined ? "" : ` (${backup.message})`
      }: ${seen.status}`;
    },
  },
  {
    name: "fields",
    group: "base",
    clause: "data_id is a text; message, size_mb, start_time and end_time can be used where they are there",
    async run({ steps, ports }) {
      const { seen, backup, notes: [odd] } = await needs(steps.firstEnd);
      if (odd !== undefined) {
        const mend = "send the field as the protocol has it, or leave it out";
        throw new CheckFailure(`expected fields that can be used: ${odd}`, mend, seen);
      }
      if (backup.dataId === undefined) {
        const mend = "send the storage's own id as 'data_id', or the same as 'id'";
        throw new CheckFailure("expected a 'data_id'", mend, seen);
      }
      const ahead = Math.max(backup.startTime ?? 0, backup.endTime ?? 0) - ports.clock.now();
      if (ahead > 120_000) {
        const mend = "set the provider's clock: a backup from the future counts for nothing";
        throw new CheckFailure("expected times that are not ahead of now", mend, seen);
      }
      return backup.sizeMb === undefined
        ? "without a size: nobody can tell an empty backup"
        : `${backup.sizeMb} MB`;
    },
  },
  {
    name: "stays-available",
    group: "base",
    clause: "an available backup stays so, with the same data_id",
    async run({ steps, look, pause }) {
      const { made, backup } = await needs(steps.firstEnd);
      for (let i = 0; i < LOOKS; i++) {
        await pause();
        const now = await look(made.id);
        if (now.found !== "yes" || now.backup.state !== "available") {
          const mend = "say 'available' only when that is final, and remember it";
          throw new CheckFailure("expected 'available' again", mend, now.seen);
        }
        if (now.backup.dataId !== backup.dataId) {
          const mend =
            "fix 'data_id' before the status becomes 'available': it is compared before a deletion";
          throw new CheckFailure(`expected the data_id '${backup.dataId}' again`, mend, now.seen);
        }
      }
      return `${LOOKS} more GETs agree`;
    },
  },
  {
    name: "encoded-id",
    group: "base",
    clause: "a percent-encoded id means the same as a plain one",
    async run({ steps, probe }) {
      const { made } = await needs(steps.firstEnd);
      const seen = await probe.send({ method: "GET", id: made.id, encodeAll: true });
      if (seen.status === 200 && (seen.json as { id?: unknown } | undefined)?.id === made.id) return "200";
      throw new CheckFailure("expected 200 and the same id", "percent-decode the id in the path, once", seen);
    },
  },
];

/** What comes after the first backup: a cancel, and backups after it. */
export const FURTHER_CHECKS: readonly Check[] = [
  {
    name: "cancel",
    group: "base",
    clause: "DELETE of a running backup ends it, and it is never said to be available",
    async run({ steps }) {
      const { removal, after } = await steps.cancelled.take();
      if (after.found === "yes" && after.backup.state === "available") {
        const mend = "end the work on DELETE and remove what it left; 409 when it had ended before";
        throw new CheckFailure("expected 404, 410 or 'failed' after the cancel", mend, after.seen);
      }
      const then = after.found === "yes" ? `'${after.backup.status}'` : after.seen.status;
      return `DELETE ${removal.status}, then ${then}`;
    },
  },
  {
    name: "second-backup",
    group: "base",
    clause: "the next start is accepted, also by hand and after a cancel, with an id never given before",
    async run({ steps, made }) {
      const one = await steps.second.take();
      const twice = one.foreign || made.get(one.id)?.runId !== one.runId;
      if (twice) {
        const mend = "give every backup an id of its own, which is never given again";
        throw new CheckFailure("expected an id that was never given before", mend, one.seen);
      }
      await steps.secondEnd.take();
      return `'${one.id}' is available`;
    },
  },
  {
    name: "failed-backup",
    group: "base",
    clause: "a backup that fails becomes 'failed' or 404, and is never said to be available",
    async run({ options, steps, postWhenFree, untilEnd }) {
      if (options.failingBody === undefined) throw new Skip("no --failing-body was given");
      await needs(steps.firstEnd);
      const { seen, made } = await postWhenFree({ body: options.failingBody });
      if (made === undefined) {
        if (seen.status !== undefined && statusKind(seen.status) === "refused") {
          return `refused with ${seen.status}`;
        }
        throw new CheckFailure(
          "expected 202, or a refusal such as 400",
          "refuse, or begin and then fail",
          seen,
        );
      }
      const end = await untilEnd(made.id);
      if (end.found === "yes" && end.backup.state === "available") {
        const mend = "say 'failed', with the reason as 'message', when the work did not end well";
        throw new CheckFailure("expected 'failed' or 404", mend, end.seen);
      }
      return end.found === "yes"
        ? `'${end.backup.status}': ${end.backup.message ?? "no message"}`
        : `${end.seen.status}`;
    },
  },
];

/** Looks back at the calls of all checks before it. */
export const TIME_CHECKS: readonly Check[] = [
  {
    name: "in-time",
    group: "base",
    clause: "no call takes more than half of its time limit, also while a backup is made",
    run({ probe }) {
      const [slowest] = probe.slow();
      if (slowest === undefined) return Promise.resolve("all of them");
      const mend =
        "answer calls beside the work on a backup, or raise the time limit (--timeout) in both places";
      return Promise.reject(new CheckFailure("expected quick answers", mend, slowest));
    },
  },
];

async function secondStart({ steps, look, post }: Trial): Promise<string> {
  const first = await needs(steps.first);
  await demandRunning({ look }, first);
  const attempt = await post({});
  const { seen, made } = attempt;
  if (made === undefined) {
    if (isBusy(attempt)) return `${seen.status}: one at a time`;
    const mend = "answer 409 when no further backup can be begun now: only then it is tried again later";
    throw new CheckFailure("expected 409 or 202", mend, seen);
  }
  if (made.id !== first.id) {
    await demandRunning({ look }, first);
    return `${seen.status} with another id: it makes several at a time`;
  }
  const mend = "answer 409 instead of the backup that another run began";
  throw new CheckFailure("expected 409, or an id of its own", mend, seen);
}

async function demandRunning({ look }: Pick<Trial, "look">, { id }: Made): Promise<void> {
  const now = await look(id);
  if (now.found === "yes" && now.backup.state === "running") return;
  throw new Skip("the backup was over too soon: give a --create-body that takes longer");
}
