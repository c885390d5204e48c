// The backups that several checks build on, each made once and only when a check asks for it.

import type { RestoreOperation } from "../../ports/restore.ts";
import { iso } from "../../domain/instant.ts";
import { lockOfAnswer } from "../protocol/wire_lock.ts";
import type { Session } from "./session.ts";
import type { Look } from "./session_looks.ts";
import type { Made } from "./session_starts.ts";
import { CheckFailure, createStep, needs, Skip, type Step } from "./outcome.ts";
import type { Seen } from "./probe.ts";
import {
  askToRestore,
  isRefused,
  newFolder,
  operationIn,
  untilRestored,
  verifyOne,
} from "./session_tasks.ts";

/** A backup that the provider called available, as it was then. */
type Available = { made: Made } & Extract<Look, { found: "yes" }>;

interface Steps {
  /** The first backup, verified. */
  verified: Step<Awaited<ReturnType<typeof verifyOne>>>;
  /** The first backup, as a dry run and then restored into the same folder. */
  dryRun: Step<{ operation: RestoreOperation; target: string }>;
  restored: Step<{ operation: RestoreOperation }>;
  /** A first backup, for a slot. */
  first: Step<Made>;
  firstEnd: Step<Available>;
  /** A backup that was deleted while it ran. */
  cancelled: Step<{ made: Made; removal: Seen; after: Look }>;
  /** A second backup, by hand, after the cancelled one. */
  second: Step<Made>;
  secondEnd: Step<Available>;
  /** The first backup, deleted. */
  deleted: Step<{ made: Made; removal: Seen }>;
  /** A backup that ran when the provider was killed; `kept` is the second one before that. */
  restarted: Step<{ made: Made; kept: Available }>;
}

/** A session and its steps: what a check gets. */
export interface Trial extends Session {
  steps: Steps;
}

/** Statuses of a DELETE that did, or will do, what was asked. */
const REMOVED = [200, 202, 204];
const GONE = [404, 410];
/** How long a provider may take to answer again after it was started anew. */
const RESTART_LIMIT_MS = 120_000;

/** No step is taken yet. */
export function createTrial(session: Session): Trial {
  const { ports: { clock }, options } = session;

  const first = createStep("start", () => session.start({ slot: Math.floor(clock.now() / 1000) * 1000 }));
  const firstEnd = createStep("available", async () => await available(session, await needs(first)));
  const cancelled = createStep("cancel", async () => {
    await needs(firstEnd);
    const made = await session.start({});
    await demandRunning(session, made, "cancelled");
    const removal = await session.remove(made.id);
    if (removal.status === 409) {
      throw new Skip("it ended just before it could be cancelled: give a longer backup");
    }
    if (removal.status === undefined || ![...REMOVED, ...GONE].includes(removal.status)) {
      throw new CheckFailure(
        "expected 200, 202 or 204 to a DELETE of a running backup",
        "end the work, remove what it left, answer 200; 202 while that still goes on",
        removal,
      );
    }
    return { made, removal, after: await session.untilEnd(made.id) };
  });
  const second = createStep("second-backup", async () => {
    await needs(firstEnd);
    return await session.start({ slot: null });
  });
  const secondEnd = createStep("second-backup", async () => await available(session, await second.take()));
  const deleted = createStep("delete", async () => {
    const { made } = await needs(firstEnd);
    // Its neighbour must be there to show that it is left alone.
    await settled(secondEnd);
    const removal = await session.remove(made.id);
    if (removal.status !== undefined && REMOVED.includes(removal.status)) return { made, removal };
    const lock = lockOfAnswer(removal.status ?? 0, new Headers(), removal.json);
    if (lock !== undefined) {
      throw new Skip(
        `its storage refuses it ${
          lock.until === null ? "without a date" : `until ${iso(lock.until)}`
        }, as it may`,
      );
    }
    throw new CheckFailure(
      "expected 200 (or 202, 204) to a DELETE of an available backup",
      "delete it and answer 200; 202 while that still goes on",
      removal,
    );
  });
  const restarted = createStep("restart", async () => {
    if (options.restart === undefined) throw new Skip("no --restart-command was given");
    const kept = await needs(secondEnd);
    const there = await session.look(kept.made.id);
    if (there.found !== "yes") {
      throw new Skip(`the backup '${kept.made.id}' that should outlive it is gone already`);
    }
    const made = await session.start({});
    await demandRunning(session, made, "interrupted");
    try {
      await options.restart();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CheckFailure("expected the restart command to succeed", "fix the command", {
        sent: "the restart command",
        received: why,
      });
    }
    await untilBack(session);
    return { made, kept };
  });
  const proofs = createProofSteps(session, firstEnd);
  return {
    ...session,
    steps: { first, firstEnd, cancelled, second, secondEnd, deleted, restarted, ...proofs },
  };
}

/** What is done to the first backup while it is there. */
function createProofSteps(
  session: Session,
  firstEnd: Step<Available>,
): Pick<Steps, "verified" | "dryRun" | "restored"> {
  const verified = createStep(
    "verify",
    async () => await verifyOne(session, (await needs(firstEnd)).made.id, "check"),
  );
  const dryRun = createStep("restore-dry-run", async () => {
    const { made: { id } } = await needs(firstEnd);
    const { operationId, target } = newFolder(session);
    const seen = await askToRestore(session, id, { operationId, target, dryRun: true });
    if (isRefused(seen)) throw new Skip(`it makes none: ${seen.received}`);
    operationIn(seen, operationId, id);
    return { ...await untilRestored(session, operationId), target };
  });
  const restored = createStep("restore", async () => {
    const { made: { id } } = await needs(firstEnd);
    await settled(dryRun);
    // Where a dry run went well the same folder must be empty still.
    const target = await dryRun.take().then((dry) => dry.target, () => newFolder(session).target);
    const operationId = session.newRunId();
    operationIn(await askToRestore(session, id, { operationId, target }), operationId, id);
    const { operation, seen } = await untilRestored(session, operationId);
    if (operation.state === "done") return { operation };
    const mend = "fix what keeps it from restoring; it was given a new folder";
    throw new CheckFailure(`expected 'done': it says '${operation.message}'`, mend, seen);
  });
  return { verified, dryRun, restored };
}

/** Waits for a step that may as well have failed: only that it is over matters. */
async function settled(step: Step<unknown>): Promise<void> {
  try {
    await step.take();
  } catch (error) {
    if (!(error instanceof CheckFailure || error instanceof Skip)) throw error;
  }
}

async function available(session: Session, made: Made): Promise<Available> {
  const end = await session.untilEnd(made.id);
  if (end.found !== "yes") {
    throw new CheckFailure(
      "expected the backup to become available",
      "answer 200 for every id that was answered to a POST, from that moment on",
      end.seen,
    );
  }
  if (end.backup.state === "available") return { made, ...end };
  const why = end.backup.message === undefined ? "" : `: it says '${end.backup.message}'`;
  throw new CheckFailure(
    `expected the backup to become available${why}`,
    "fix what makes its backups fail, then test again",
    end.seen,
  );
}

/** Rejects with `Skip` when the backup is over already. */
async function demandRunning(session: Session, made: Made, done: string): Promise<void> {
  const now = await session.look(made.id);
  if (now.found === "yes" && now.backup.state === "running") return;
  throw new Skip(`the backup was over before it could be ${done}: give a --create-body that takes longer`);
}

async function untilBack(session: Session): Promise<void> {
  const { clock } = session.ports;
  const end = clock.monotonic() + RESTART_LIMIT_MS;
  for (;;) {
    const seen = await session.probe.send({ method: "GET", id: "schelly-test-is-it-back" });
    if (seen.status !== undefined && seen.status < 500) return;
    // One that cannot tell of what it does not know answers 503 to that for ever.
    const extensions = seen.status === 503 ? await session.probe.send({ method: "OPTIONS" }) : undefined;
    if (extensions?.status !== undefined && extensions.status < 500) return;
    if (clock.monotonic() >= end) {
      throw new CheckFailure(
        `expected the provider to answer again within ${RESTART_LIMIT_MS / 1000} s of its restart`,
        "see why it does not start after it was killed while a backup ran",
        seen,
      );
    }
    await session.pause();
  }
}
