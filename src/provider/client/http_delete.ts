// Deletes one backup over HTTP, by its id.

import { ProviderError } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import type { Json } from "../../domain/job.ts";
import type { DeleteAnswer } from "../../ports/provider.ts";
import { HEADERS } from "../protocol/protocol.ts";
import { lockOfAnswer } from "../protocol/wire_lock.ts";
import { shorten } from "./call_errors.ts";
import type { HttpCalls } from "./http_calls.ts";

/** `delete` of a provider reached by HTTP. */
export async function deleteByHttp(
  { client, spec }: HttpCalls,
  id: string,
  body: Json | undefined,
  fence: number,
): Promise<DeleteAnswer> {
  const what = `delete backup '${shorten(id)}'`;
  client.demandSendable(id, what);
  const answer = await client.send({
    operation: "delete",
    what,
    method: "DELETE",
    url: client.url({ id }),
    headers: { [HEADERS.fence]: String(fence) },
    body: body === undefined ? spec.deleteBody : body,
    limitMs: spec.timeouts.deleteMs,
    needsBody: [],
  });
  switch (answer.status) {
    case 200:
    case 204:
      return "deleted";
    case 202:
      return "accepted";
    case 404:
      return "absent";
    case 410:
      return "gone";
    default: {
      const json = answer.json();
      const lock = lockOfAnswer(answer.status, answer.headers, json.ok ? json.value : undefined);
      if (lock === undefined) throw answer.unexpected("200, 202, 204, 404 or 410");
      const { message, status } = answer.unexpected(
        lock.until === null
          ? "200 once its storage lets it be deleted"
          : `200 after ${iso(lock.until)}, when its lock ends`,
      );
      throw new ProviderError("unsent", message, { status, lock });
    }
  }
}
