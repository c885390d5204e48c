// Asks a provider under test for verifications and restores, follows them to their ends, and looks into backups.

import type { BackupPage, RestoreOperation } from "../../ports/restore.ts";
import type { VerificationReport } from "../../ports/verification.ts";
import { HEADERS, readBackup } from "../protocol/protocol.ts";
import { readOperation, readPage, restoreCallToWire } from "../protocol/restore_wire.ts";
import { statusKind } from "../protocol/status_kind.ts";
import { verifyCallToWire } from "../protocol/verification_wire.ts";
import type { Seen } from "./probe.ts";
import type { Session } from "./session.ts";
import { FENCE } from "./session_starts.ts";
import { CheckFailure, Skip } from "./outcome.ts";

/** By what a verification proves. */
type Method = VerificationReport["method"];

/** What a restore is asked for with, beside what is always the same. */
interface RestoreAsk {
  operationId: string;
  target: string;
  include?: string[];
  dryRun?: boolean;
}

const TAKEN = [200, 201, 202];

const VERIFY_MEND =
  'answer GET of the backup with "verification": {"state": "running", "verification_id": "…"}, and in the end ' +
  "passed, failed or inconclusive";
const OPERATION_MEND =
  'answer with JSON such as {"operation_id": "o1", "id": "b1", "state": "running", "target": "/x", "message": ""}';

/** True where the call was taken. */
export function isTaken({ status }: Seen): boolean {
  return status !== undefined && TAKEN.includes(status);
}

/** True where the provider surely did not and will not do what was asked. */
export function isRefused({ status }: Seen): boolean {
  return status !== undefined && (statusKind(status) === "refused" || status === 409);
}

/** One POST for a verification; waits while the provider is busy with something else. */
export async function askToVerify(
  session: Session,
  id: string,
  verificationId: string,
  method: Method,
): Promise<Seen> {
  const call = { verificationId, method, fence: FENCE, job: session.job };
  return await whenFree(session, () =>
    session.probe.send({
      method: "POST",
      id,
      below: "verify",
      headers: { [HEADERS.job]: session.job, [HEADERS.fence]: String(FENCE) },
      body: verifyCallToWire(call),
    }));
}

/** Its report as GET of the backup shows it; rejects with `CheckFailure` where that is another one, or none. */
export async function lookAtVerification(
  { probe }: Session,
  id: string,
  verificationId: string,
): Promise<{ seen: Seen; report: VerificationReport }> {
  const seen = await probe.send({ method: "GET", id });
  const read = readBackup(seen.json);
  const report = read.ok ? read.backup.verification : undefined;
  if (report === undefined) {
    const odd = read.ok ? read.notes.find((note) => note.includes("verification")) : read.problem;
    const why = odd === undefined ? "" : `: ${odd}`;
    throw new CheckFailure(`expected a 'verification' in the backup${why}`, VERIFY_MEND, seen);
  }
  if (report.verificationId === verificationId) return { seen, report };
  throw new CheckFailure(`expected the verification_id '${verificationId}'`, VERIFY_MEND, seen);
}

/** Follows a verification until it runs no more; rejects with `CheckFailure` when that takes too long. */
export async function untilVerified(
  session: Session,
  id: string,
  verificationId: string,
): Promise<{ seen: Seen; report: VerificationReport }> {
  const { ports: { clock }, options } = session;
  const end = clock.monotonic() + options.backupLimitMs;
  for (;;) {
    const now = await lookAtVerification(session, id, verificationId);
    if (now.report.state !== "running") return now;
    if (clock.monotonic() >= end) {
      // So that the backup can be deleted.
      const query = `verification_id=${encodeURIComponent(verificationId)}`;
      await session.probe.send({ method: "DELETE", id, below: "verify", query });
      throw new CheckFailure(
        `expected an end within ${options.backupLimitMs / 1000} s (--backup-timeout)`,
        "end every verification in passed, failed or inconclusive",
        now.seen,
      );
    }
    await session.pause();
  }
}

/** Asks for one, and follows it to its end. */
export async function verifyOne(
  session: Session,
  id: string,
  method: Method,
): Promise<Awaited<ReturnType<typeof untilVerified>> & { verificationId: string }> {
  const verificationId = session.newRunId();
  const seen = await askToVerify(session, id, verificationId, method);
  if (!isTaken(seen)) {
    const mend = "answer 202 and verify in the background; 409 while it cannot";
    throw new CheckFailure("expected 202 to a POST for a verification", mend, seen);
  }
  return { ...await untilVerified(session, id, verificationId), verificationId };
}

/** A new folder and a new id; the folder is remembered where something may come to lie in it. */
export function newFolder(
  { newRunId, options, restoredInto }: Session,
  below = options.restoreTo,
): { operationId: string; target: string } {
  const operationId = newRunId();
  const target = `${below?.replace(/\/+$/, "")}/schelly-test-${operationId}`;
  if (below === options.restoreTo) restoredInto.push(target);
  return { operationId, target };
}

/** One POST for a restore; waits while the provider is busy with something else. */
export async function askToRestore(session: Session, id: string, ask: RestoreAsk): Promise<Seen> {
  const { operationId, target, include = [], dryRun = false } = ask;
  const call = { operationId, target, include, dryRun, overwrite: false, anyOwner: true };
  const body = restoreCallToWire(call);
  return await whenFree(
    session,
    () => session.probe.send({ method: "POST", id, below: "restore", body }),
  );
}

/** The restore that an answer tells of; rejects with `CheckFailure`. */
export function operationIn(seen: Seen, operationId: string, id?: string): RestoreOperation {
  if (!isTaken(seen)) throw new CheckFailure("expected 202 (or 200)", OPERATION_MEND, seen);
  const read = readOperation(seen.json, (text) => text);
  if (!read.ok) throw new CheckFailure(`expected a restore in JSON: ${read.problem}`, OPERATION_MEND, seen);
  const { operation } = read;
  if (operation.operationId !== operationId || (id !== undefined && operation.id !== id)) {
    throw new CheckFailure(`expected the restore '${operationId}' of that backup`, OPERATION_MEND, seen);
  }
  return operation;
}

/** Follows a restore until it runs no more; rejects with `CheckFailure` when that takes too long. */
export async function untilRestored(
  session: Session,
  operationId: string,
): Promise<{ seen: Seen; operation: RestoreOperation }> {
  const { ports: { clock }, options } = session;
  const end = clock.monotonic() + options.backupLimitMs;
  for (;;) {
    const seen = await session.probe.send({ method: "GET", operationId });
    const operation = operationIn(seen, operationId);
    if (operation.state !== "running") return { seen, operation };
    if (clock.monotonic() >= end) {
      await session.probe.send({ method: "DELETE", operationId });
      throw new CheckFailure(
        `expected an end within ${options.backupLimitMs / 1000} s (--backup-timeout)`,
        "end every restore in done or failed",
        seen,
      );
    }
    await session.pause();
  }
}

/** One page of what lies in a folder of a backup; rejects with `CheckFailure`. */
export async function pageOf(
  { probe }: Session,
  id: string,
  { path = "", after, limit = 1000 }: { path?: string; after?: string; limit?: number },
): Promise<{ seen: Seen; page: BackupPage }> {
  const query = new URLSearchParams({
    path,
    ...(after === undefined ? {} : { after }),
    limit: String(limit),
  });
  const seen = await probe.send({ method: "GET", id, below: "files", query: query.toString() });
  const mend = 'answer 200 with {"entries": [{"path": "a/b", "type": "file", "size": 1}], "next": "b"}';
  if (seen.status !== 200) throw new CheckFailure("expected 200 to a look into a backup", mend, seen);
  const read = readPage(seen.json);
  if (!read.ok) throw new CheckFailure(`expected a page of entries: ${read.problem}`, mend, seen);
  const start = path === "" ? "" : `${path}/`;
  const odd = read.page.entries.find((entry) =>
    !entry.path.startsWith(start) || entry.path.slice(start.length).includes("/") || entry.path === path
  );
  if (odd !== undefined) {
    throw new CheckFailure(
      `expected what lies directly in '${path}', not '${odd.path}'`,
      "list one folder alone; each path is that from the root of the backup",
      seen,
    );
  }
  if (read.page.entries.length <= limit) return { seen, page: read.page };
  throw new CheckFailure(
    `expected at most ${limit} entries`,
    "keep to 'limit', and say what is 'next'",
    seen,
  );
}

async function whenFree(session: Session, send: () => Promise<Seen>): Promise<Seen> {
  const { ports: { clock }, options } = session;
  const end = clock.monotonic() + options.backupLimitMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const seen = await send();
    const isBusy = seen.status !== undefined && seen.status >= 400 && statusKind(seen.status) === "unsent";
    if (!isBusy) return seen;
    if (clock.monotonic() >= end) throw new Skip(`it was busy all the time: ${seen.received}`);
    await session.pause(seen.retryAfterMs);
  }
}
