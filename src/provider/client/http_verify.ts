// Asks over HTTP for verifications: the extension `verify`.

import type { Verifier } from "../../ports/verification.ts";
import { HEADERS, readBackup } from "../protocol/protocol.ts";
import { verifyCallToWire } from "../protocol/verification_wire.ts";
import { shorten } from "./call_errors.ts";
import { endByHttp, type HttpCalls, TAKEN } from "./http_calls.ts";

/** The verifications of a provider reached by HTTP. */
export function verifierByHttp(calls: HttpCalls): Verifier {
  const { client, spec } = calls;
  return {
    async verify(id, call) {
      const what = `verify backup '${shorten(id)}'`;
      client.demandSendable(id, what);
      const answer = await client.send({
        operation: "verify",
        what,
        method: "POST",
        url: client.url({ id, below: "verify" }),
        headers: { [HEADERS.job]: call.job, [HEADERS.fence]: String(call.fence) },
        body: verifyCallToWire(call),
        limitMs: spec.timeouts.createMs,
        needsBody: TAKEN,
        job: call.job,
      });
      if (!TAKEN.includes(answer.status)) throw answer.unexpected("202, or 409 while it cannot");
      const json = answer.json();
      const read = json.ok
        ? readBackup({ status: "available", ...asObject(json.value), id }, client.redact)
        : undefined;
      const report = read?.ok ? read.backup.verification : undefined;
      // It was taken, whatever else the answer says; a look at the backup tells more.
      return report ?? {
        state: "running",
        method: call.method,
        at: 0,
        verificationId: call.verificationId,
      };
    },
    async cancelVerification(id, verificationId) {
      const what = `end the verification of backup '${shorten(id)}'`;
      client.demandSendable(id, what);
      const query = `verification_id=${encodeURIComponent(verificationId)}`;
      await endByHttp(calls, "verify", what, client.url({ id, below: "verify", query }));
    },
  };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
