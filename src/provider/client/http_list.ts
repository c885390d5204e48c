// Asks over HTTP for all backups, or for those of one run; an answer that cannot be read in full proves nothing.

import type { BackupInfo } from "../../ports/provider.ts";
import { MAX_LIST, MAX_LIST_BYTES, readBackup } from "../protocol/protocol.ts";
import { shorten } from "./call_errors.ts";
import type { HttpCalls } from "./http_calls.ts";
import type { Read } from "./oddities.ts";

/** `list` of a provider reached by HTTP. */
export async function listByHttp({ client, spec, accept }: HttpCalls): Promise<BackupInfo[]> {
  const answer = await client.send({
    operation: "list",
    what: "list the backups",
    method: "GET",
    url: client.url(),
    limitMs: spec.timeouts.getMs,
    needsBody: [200],
    maxBytes: MAX_LIST_BYTES,
  });
  const expected = `200 with a JSON array of at most ${MAX_LIST} backups`;
  if (answer.status !== 200) throw answer.unexpected(expected);
  const json = answer.json();
  if (!json.ok) throw answer.failure(json.kind, json.problem, expected);
  if (!Array.isArray(json.value)) throw answer.failure("malformed", "its answer is no array", expected);
  const items = readItems(json.value, client.redact);
  if (!items.ok) throw answer.failure("malformed", items.problem, expected);
  return items.reads.map(accept);
}

/** `lookup` of a provider reached by HTTP. */
export async function lookupByHttp(
  { client, spec, accept }: HttpCalls,
  runId: string,
): Promise<BackupInfo | undefined> {
  const answer = await client.send({
    operation: "lookup",
    what: `look up the backup of run '${shorten(runId)}'`,
    method: "GET",
    url: client.url({ query: `run_id=${encodeURIComponent(runId)}` }),
    limitMs: spec.timeouts.getMs,
    needsBody: [200],
    runId,
  });
  const expected = "200 with a JSON array of the backups whose 'run_id' it is, an empty one for none";
  const { status } = answer;
  // That there is none must be said in words: a 404 may as well come from a wrong path or a proxy.
  if (status === 404) throw answer.failure("malformed", "it answered 404", expected);
  if (status !== 200) throw answer.unexpected(expected);
  const json = answer.json();
  if (!json.ok) throw answer.failure(json.kind, json.problem, expected);
  const items = readItems(Array.isArray(json.value) ? json.value : [json.value], client.redact);
  if (!items.ok) throw answer.failure("malformed", items.problem, expected);
  const ours = items.reads.filter((read) => read.backup.runId === runId);
  // Then the question was not understood, and that ours is not among them proves nothing.
  if (items.reads.length > 0 && ours.length === 0) {
    throw answer.failure("malformed", "it answered backups of other runs", expected);
  }
  return furthestOn(ours.map(accept));
}

/** Should it have made several for one run, the one furthest on serves best. */
function furthestOn(backups: BackupInfo[]): BackupInfo | undefined {
  return backups.find((one) => one.state === "available") ??
    backups.find((one) => one.state === "running") ??
    backups[0];
}

/** Reads every item; one unreadable item spoils the whole, as it may be the one that is looked for. */
function readItems(
  values: unknown[],
  redact: (text: string) => string,
): { ok: true; reads: Read[] } | { ok: false; problem: string } {
  if (values.length > MAX_LIST) return { ok: false, problem: `it lists ${values.length} backups` };
  const reads: Read[] = [];
  for (const [index, value] of values.entries()) {
    const read = readBackup(value, redact);
    if (!read.ok) return { ok: false, problem: `its item ${index} is no backup: ${read.problem}` };
    reads.push(read);
  }
  return { ok: true, reads };
}
