// The JSON of the extension `verify`: what is asked for, and what a verification found.

import { z } from "zod";
import { iso } from "../../domain/instant.ts";
import type { VerificationReport, VerifyCall } from "../../ports/verification.ts";
import { readTime } from "./wire_time.ts";

/** Longest id of ours that is taken. */
export const MAX_OUR_ID = 200;

const callSchema = z.object({
  verification_id: z.string({ error: "expected a text" }).min(1, "it is empty").max(MAX_OUR_ID),
  method: z.enum(["check", "restore"], { error: "expected 'check' or 'restore'" }).default("check"),
}, { error: "expected a JSON object with 'verification_id' and 'method'" });

/** The body of a call for a verification. */
export function verifyCallToWire({ verificationId, method }: VerifyCall): z.input<typeof callSchema> {
  return { verification_id: verificationId, method };
}

/** Reads such a body, or says why it cannot be taken. */
export function readVerifyCall(
  body: unknown,
): { ok: true; call: Pick<VerifyCall, "verificationId" | "method"> } | { ok: false; problem: string } {
  const parsed = callSchema.safeParse(body);
  if (!parsed.success) return { ok: false, problem: bodyProblem(parsed.error) };
  return { ok: true, call: { verificationId: parsed.data.verification_id, method: parsed.data.method } };
}

/** What is wrong with a body, as a sentence. */
export function bodyProblem(error: z.ZodError): string {
  const { path, message } = error.issues[0]!;
  return `Cannot take the body: ${path.length === 0 ? message : `its '${path.join(".")}': ${message}`}`;
}

const amount = z.number().nonnegative().max(1e18).optional().catch(undefined);
const reportSchema = z.looseObject({
  state: z.enum(["running", "passed", "failed", "inconclusive"]),
  method: z.enum(["check", "restore"]).catch("check"),
  verification_id: z.string().min(1).max(MAX_OUR_ID).optional().catch(undefined),
  bytes: amount,
  files: amount,
  duration_ms: amount,
  partial: z.boolean().optional().catch(undefined),
});

/**
 * Reads the `verification` of a backup; undefined where there is none that can be used, which a note tells. `clean` takes
 * secrets out of what people will read. Where it names no time, `now` stands for it.
 */
export function readVerification(
  value: unknown,
  clean: (text: string) => string,
  notes: string[],
): VerificationReport | undefined {
  if (value === undefined || value === null) return undefined;
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) {
    notes.push("'verification' has no 'state' of running, passed, failed or inconclusive and was dropped");
    return undefined;
  }
  const { state, method, verification_id, bytes, files, duration_ms, partial, at, message } = parsed.data;
  return {
    state,
    method,
    at: readTime(at, "verification.at", notes) ?? 0,
    ...(typeof message === "string" && message !== "" ? { message: clean(message) } : {}),
    ...(verification_id === undefined ? {} : { verificationId: verification_id }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(files === undefined ? {} : { files }),
    ...(duration_ms === undefined ? {} : { durationMs: duration_ms }),
    ...(partial ? { partial } : {}),
  };
}

/** The JSON that `readVerification` reads. */
export function verificationToWire(report: VerificationReport): Record<string, unknown> {
  const { state, method, at, message, verificationId, bytes, files, durationMs, partial } = report;
  return {
    state,
    method,
    at: iso(at),
    ...{ message, verification_id: verificationId, bytes, files, duration_ms: durationMs, partial },
  };
}
