// Starts a backup over HTTP. Whatever comes back that does not surely mean "none" leaves open whether one runs.

import type { BackupInfo, CreateCall } from "../../ports/provider.ts";
import { writeCallHeaders } from "../protocol/call_headers.ts";
import { readStarted } from "../protocol/protocol.ts";
import { shorten } from "./call_errors.ts";
import type { HttpCalls } from "./http_calls.ts";

const STARTED = [200, 201, 202];

/** `create` of a provider reached by HTTP. */
export async function createByHttp(
  { client, spec, accept }: HttpCalls,
  call: CreateCall,
): Promise<BackupInfo> {
  const answer = await client.send({
    operation: "create",
    what: "start a backup",
    method: "POST",
    url: client.url(),
    headers: writeCallHeaders(call),
    body: call.body === undefined ? spec.createBody : call.body,
    limitMs: spec.timeouts.createMs,
    needsBody: STARTED,
    runId: call.runId,
    job: call.job,
  });
  if (!STARTED.includes(answer.status)) throw answer.unexpected("200, 201 or 202");
  const expected = "JSON with the 'id' of the backup it started; one may be running there now";
  const json = answer.json();
  if (!json.ok) throw answer.failure("unknown", json.problem, expected);
  const read = readStarted(json.value, client.redact);
  if (!read.ok) {
    throw answer.failure("unknown", `its answer names no usable backup: ${read.problem}`, expected);
  }
  const { id, runId } = read.backup;
  if (runId !== undefined && runId !== call.runId) {
    const found = `it answered backup '${shorten(id)}' of another run '${shorten(runId)}'`;
    throw answer.failure("unknown", found, `one of run '${call.runId}'`);
  }
  return accept(read);
}
