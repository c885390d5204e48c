// Looks over HTTP into a backup: the extension `browse`.

import type { BackupPage } from "../../ports/restore.ts";
import { readPage } from "../protocol/restore_wire.ts";
import { shorten } from "./call_errors.ts";
import type { HttpCalls } from "./http_calls.ts";

/** A storage may have to read much to list one folder. */
const LEAST_LIMIT_MS = 60_000;

/** `browse` of a provider reached by HTTP. */
export async function browseByHttp(
  { client, spec }: HttpCalls,
  id: string,
  path: string,
  after: string | undefined,
  limit: number,
): Promise<BackupPage | undefined> {
  const what = `list what is in backup '${shorten(id)}'`;
  client.demandSendable(id, what);
  const query = new URLSearchParams({
    path,
    ...(after === undefined ? {} : { after }),
    limit: String(limit),
  });
  const answer = await client.send({
    operation: "browse",
    what,
    method: "GET",
    url: client.url({ id, below: "files", query: query.toString() }),
    limitMs: Math.max(spec.timeouts.getMs, LEAST_LIMIT_MS),
    needsBody: [200],
  });
  if (answer.status === 404 || answer.status === 410) return undefined;
  if (answer.status !== 200) throw answer.unexpected("200 or 404");
  const expected = "JSON with 'entries', each with 'path' and 'type'";
  const json = answer.json();
  if (!json.ok) throw answer.failure(json.kind, json.problem, expected);
  const read = readPage(json.value);
  if (!read.ok) throw answer.failure("malformed", `its answer is no page: ${read.problem}`, expected);
  return read.page;
}
