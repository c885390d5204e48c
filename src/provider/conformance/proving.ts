// Checks of the extension `verify`: it proves a backup, once for each id, and ends when it is told to.

import type { VerificationReport } from "../../ports/verification.ts";
import type { Check } from "./check.ts";
import { CheckFailure, needs, Skip } from "./outcome.ts";
import { CANNOT_TELL } from "./reading.ts";
import { askToVerify, isTaken, lookAtVerification, untilVerified, verifyOne } from "./session_tasks.ts";
import type { Trial } from "./steps.ts";

/** Those that need the first backup while it is there; in the order in which they are done. */
export const PROVING_CHECKS: readonly Check[] = [
  {
    name: "verify",
    group: "extension",
    clause: "a verification is answered 202, shows in its backup, and ends: a sound backup passes",
    run: (trial) => proves(trial, "check"),
  },
  {
    name: "verify-again",
    group: "extension",
    clause: "the same verification_id again begins nothing, and the answer stays",
    async run(trial) {
      await trial.needsExtension("verify");
      const { made } = await needs(trial.steps.firstEnd);
      const { verificationId, report } = await needs(trial.steps.verified);
      const seen = await askToVerify(trial, made.id, verificationId, report.method);
      const mend = "remember the verification_id with what came of it, and answer that again";
      if (!isTaken(seen)) throw new CheckFailure("expected 202 (or 200)", mend, seen);
      const now = await lookAtVerification(trial, made.id, verificationId);
      if (now.report.state === report.state) return `${seen.status}, and '${report.state}' still`;
      throw new CheckFailure(`expected '${report.state}' still`, mend, now.seen);
    },
  },
  {
    name: "verify-by-restore",
    group: "extension",
    clause: "a verification by restore ends, too: a sound backup passes",
    run: (trial) => proves(trial, "restore"),
  },
  {
    name: "verify-unknown",
    group: "extension",
    clause: "a verification of an id that was never given is answered 404 (422, 503: it cannot tell)",
    async run(trial) {
      await trial.needsExtension("verify");
      await needs(trial.steps.firstEnd);
      const seen = await askToVerify(trial, `no-such-backup-${trial.newRunId()}`, trial.newRunId(), "check");
      if (seen.status === 404) return "404";
      if (seen.status === 422 || seen.status === 503) throw new Skip(`${seen.status}: ${CANNOT_TELL}`);
      throw new CheckFailure("expected 404", "answer 404 where there is no such backup", seen);
    },
  },
  {
    name: "verify-cancel",
    group: "extension",
    clause: "DELETE ends a verification, which then says nothing against its backup",
    async run(trial) {
      await trial.needsExtension("verify");
      const { made } = await needs(trial.steps.firstEnd);
      const verificationId = trial.newRunId();
      const asked = await askToVerify(trial, made.id, verificationId, "check");
      if (!isTaken(asked)) {
        throw new CheckFailure("expected 202", "take a second verification as well", asked);
      }
      const query = `verification_id=${encodeURIComponent(verificationId)}`;
      const seen = await trial.probe.send({ method: "DELETE", id: made.id, below: "verify", query });
      if (seen.status === undefined || ![200, 202, 204, 404, 409].includes(seen.status)) {
        const mend = "answer 200 once it has ended, 202 while it is ending, 404 where it is over";
        throw new CheckFailure("expected 200, 202 or 204 to the DELETE of a verification", mend, seen);
      }
      const end = await untilVerified(trial, made.id, verificationId);
      if (end.report.state === "passed") return "it was over before it could be ended";
      if (end.report.state === "inconclusive") return `DELETE ${seen.status}, then 'inconclusive'`;
      throw new CheckFailure("expected 'inconclusive'", "say 'failed' of damage alone", end.seen);
    },
  },
];

async function proves(trial: Trial, method: VerificationReport["method"]): Promise<string> {
  await trial.needsExtension("verify");
  const { made } = await needs(trial.steps.firstEnd);
  const { report, seen } = method === "check"
    ? await trial.steps.verified.take()
    : await verifyOne(trial, made.id, method);
  const { state, message = "no message" } = report;
  if (state === "passed") return `'passed': ${message}`;
  if (state === "inconclusive") throw new Skip(`nothing was found out: ${message}`);
  throw new CheckFailure(
    `expected 'passed': the backup was made a moment ago: ${message}`,
    "fix what damages its backups; say 'inconclusive' where nothing was found out",
    seen,
  );
}
