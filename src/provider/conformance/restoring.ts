// Checks of the extension `restore`: into the folder that was named and nowhere else, once for each id, to an end that is told.

import type { Check } from "./check.ts";
import { CheckFailure, needs, Skip } from "./outcome.ts";
import { CANNOT_TELL } from "./reading.ts";
import { askToRestore, isRefused, isTaken, newFolder, operationIn, untilRestored } from "./session_tasks.ts";
import type { Trial } from "./steps.ts";

/** Those that need the first backup while it is there; in the order in which they are done. */
export const RESTORING_CHECKS: readonly Check[] = [
  {
    name: "restore-dry-run",
    group: "extension",
    clause: "a dry run ends, and writes nothing",
    async run(trial) {
      await needsFolder(trial);
      const { operation } = await trial.steps.dryRun.take();
      if (operation.state === "failed") throw new Skip(`it makes none: ${operation.message}`);
      return amountOf(operation);
    },
  },
  {
    name: "restore",
    group: "extension",
    clause: "a restore into a new folder is answered 202, can be followed, and ends as done",
    async run(trial) {
      await needsFolder(trial);
      const { operation } = await trial.steps.restored.take();
      return `${amountOf(operation)} in ${operation.target}`;
    },
  },
  {
    name: "restore-again",
    group: "extension",
    clause: "the same operation_id again begins nothing, and answers what became of it",
    async run(trial) {
      await needsFolder(trial);
      const { operation: { operationId, id, target } } = await needs(trial.steps.restored);
      const seen = await askToRestore(trial, id, { operationId, target });
      const now = operationIn(seen, operationId, id);
      if (now.state === "done") return `${seen.status} and 'done'`;
      const mend = "remember the operation_id with what came of it, and answer that again";
      throw new CheckFailure("expected 'done' still", mend, seen);
    },
  },
  {
    name: "restore-target",
    group: "extension",
    clause: "a target that is not empty, not absolute, or has '..' in it is refused",
    run: refusesTargets,
  },
  {
    name: "restore-part",
    group: "extension",
    clause: "a path that the backup does not have, or that leaves it, is refused or ends as failed",
    run: refusesParts,
  },
  {
    name: "restore-unknown",
    group: "extension",
    clause:
      "an id that was never given is answered 404 (422, 503: it cannot tell), and so is a restore of none",
    async run(trial) {
      await trial.needsExtension("restore");
      await needs(trial.steps.firstEnd);
      const operationId = trial.newRunId();
      const none = await trial.probe.send({ method: "GET", operationId });
      if (none.status !== 404 && none.status !== 410) {
        throw new CheckFailure("expected 404", "answer 404 for a restore that nobody asked for", none);
      }
      const { target } = newFolder(trial, "/schelly-test");
      const id = `no-such-backup-${trial.newRunId()}`;
      const seen = await askToRestore(trial, id, { operationId, target, dryRun: true });
      if (seen.status === 404) return "404 to both";
      if (seen.status === 422 || seen.status === 503) throw new Skip(`${seen.status}: ${CANNOT_TELL}`);
      throw new CheckFailure("expected 404", "answer 404 where there is no such backup", seen);
    },
  },
  {
    name: "restore-cancel",
    group: "extension",
    clause: "DELETE ends a restore that runs, and its end is told",
    async run(trial) {
      await needsFolder(trial);
      const { operation: { id } } = await needs(trial.steps.restored);
      const { target, operationId } = newFolder(trial);
      const begun = await askToRestore(trial, id, { operationId, target });
      if (operationIn(begun, operationId, id).state !== "running") return "it was over at once";
      const seen = await trial.probe.send({ method: "DELETE", operationId });
      if (seen.status === undefined || ![200, 202, 204, 404, 409].includes(seen.status)) {
        const mend = "answer 200 once it has ended, 202 while it is ending";
        throw new CheckFailure("expected 200, 202 or 204 to the DELETE of a restore", mend, seen);
      }
      const end = await untilRestored(trial, operationId);
      if (end.operation.state === "done") return "it was over before it could be ended";
      return `DELETE ${seen.status}, then 'failed': ${end.operation.message}`;
    },
  },
];

async function needsFolder({ needsExtension, options }: Trial): Promise<void> {
  await needsExtension("restore");
  if (options.restoreTo === undefined) throw new Skip("no --restore-to was given");
}

async function refusesTargets(trial: Trial): Promise<string> {
  await trial.needsExtension("restore");
  const { made: { id } } = await needs(trial.steps.firstEnd);
  const full = trial.options.restoreTo === undefined
    ? undefined
    : (await needs(trial.steps.restored)).operation.target;
  const { target: out } = newFolder(trial, "/..");
  // What is wrongly taken writes nothing: of the full one it may replace what the test itself has restored there.
  const wrong = [
    ...(full === undefined ? [] : [{ target: full, what: "a folder that is not empty", dryRun: false }]),
    { target: "schelly-test-relative", what: "a path that is not absolute", dryRun: true },
    { target: `${trial.options.restoreTo ?? "/tmp"}${out}`, what: "a path with '..' in it", dryRun: true },
  ];
  for (const { target, what, dryRun } of wrong) {
    const operationId = trial.newRunId();
    const seen = await askToRestore(trial, id, { operationId, target, dryRun });
    if (isRefused(seen)) continue;
    if (isTaken(seen)) await trial.probe.send({ method: "DELETE", operationId });
    const mend = "answer 422 with a sentence, and write nothing";
    throw new CheckFailure(`expected 422 to a target that is ${what}`, mend, seen);
  }
  return `refused: ${wrong.map(({ what }) => what).join(", ")}`;
}

async function refusesParts(trial: Trial): Promise<string> {
  await needsFolder(trial);
  const { operation: { id } } = await needs(trial.steps.restored);
  for (const path of [`no-such-path-${trial.newRunId()}`, "../schelly-test"]) {
    const { target, operationId } = newFolder(trial);
    const seen = await askToRestore(trial, id, { operationId, target, include: [path] });
    if (isRefused(seen)) continue;
    operationIn(seen, operationId, id);
    const end = await untilRestored(trial, operationId);
    if (end.operation.state === "failed") continue;
    const mend = "fail, with a message, where the backup lacks a path that was asked for";
    throw new CheckFailure(`expected 422, or 'failed', for the path '${path}'`, mend, end.seen);
  }
  return "both are refused";
}

function amountOf({ files, bytes, message }: { files?: number; bytes?: number; message: string }): string {
  return files === undefined ? message || "done" : `${files} files, ${bytes ?? "?"} bytes`;
}
