// Looks one backup up over HTTP, by its id.

import type { GetAnswer, GetOptions } from "../../ports/provider.ts";
import { NO_CACHE, readBackup } from "../protocol/protocol.ts";
import { shorten } from "./call_errors.ts";
import type { HttpCalls } from "./http_calls.ts";

/** `get` of a provider reached by HTTP. */
export async function getByHttp(
  { client, spec, accept }: HttpCalls,
  id: string,
  { anew = false }: GetOptions = {},
): Promise<GetAnswer> {
  const what = `look up backup '${shorten(id)}'`;
  client.demandSendable(id, what);
  const answer = await client.send({
    operation: "info",
    what,
    method: "GET",
    url: client.url({ id }),
    limitMs: spec.timeouts.getMs,
    needsBody: [200],
    ...(anew ? { headers: NO_CACHE } : {}),
  });
  if (answer.status === 404) return { found: "no" };
  if (answer.status === 410) return { found: "gone" };
  if (answer.status !== 200) throw answer.unexpected("200, 404 or 410");
  const expected = "JSON with its 'id' and 'status'";
  const json = answer.json();
  if (!json.ok) throw answer.failure(json.kind, json.problem, expected);
  const read = readBackup(json.value, client.redact);
  if (!read.ok) throw answer.failure("malformed", `its answer is no backup: ${read.problem}`, expected);
  if (read.backup.id !== id) {
    throw answer.failure("malformed", `it answered another backup '${shorten(read.backup.id)}'`, expected);
  }
  return { found: "yes", backup: accept(read) };
}
