// Asks over HTTP for restores, and how far they are: the extension `restore`.

import type { RestoreOperation, Restorer } from "../../ports/restore.ts";
import { cleanText, MAX_MESSAGE } from "../protocol/protocol.ts";
import { readOperation, restoreCallToWire } from "../protocol/restore_wire.ts";
import type { Answered } from "./answered.ts";
import { shorten } from "./call_errors.ts";
import { endByHttp, type HttpCalls, TAKEN } from "./http_calls.ts";

/** The restores of a provider reached by HTTP. */
export function restorerByHttp(calls: HttpCalls): Restorer {
  const { client, spec } = calls;
  function read(answer: Answered, isOurs: (operation: RestoreOperation) => boolean): RestoreOperation {
    const expected = "JSON with 'operation_id', 'id', 'state' and 'message' of that restore";
    const json = answer.json();
    if (!json.ok) throw answer.failure(json.kind, json.problem, expected);
    const clean = (text: string) => cleanText(client.redact(cleanText(text, text.length)), MAX_MESSAGE);
    const found = readOperation(json.value, clean);
    if (!found.ok) {
      throw answer.failure("malformed", `its answer is no restore: ${found.problem}`, expected);
    }
    if (!isOurs(found.operation)) throw answer.failure("malformed", "it answered another restore", expected);
    return found.operation;
  }

  return {
    async restore(id, call) {
      const what = `restore backup '${shorten(id)}'`;
      client.demandSendable(id, what);
      const answer = await client.send({
        operation: "restore",
        what,
        method: "POST",
        url: client.url({ id, below: "restore" }),
        body: restoreCallToWire(call),
        limitMs: spec.timeouts.createMs,
        needsBody: TAKEN,
      });
      if (!TAKEN.includes(answer.status)) throw answer.unexpected("202");
      return read(answer, (one) => one.id === id && one.operationId === call.operationId);
    },
    async operation(operationId) {
      const what = `look up restore '${shorten(operationId)}'`;
      client.demandSendable(operationId, what);
      const answer = await client.send({
        operation: "restore",
        what,
        method: "GET",
        url: client.url({ operationId }),
        limitMs: spec.timeouts.getMs,
        needsBody: [200],
      });
      if (answer.status === 404 || answer.status === 410) return undefined;
      if (answer.status !== 200) throw answer.unexpected("200 or 404");
      return read(answer, (one) => one.operationId === operationId);
    },
    async cancelOperation(operationId) {
      const what = `end restore '${shorten(operationId)}'`;
      client.demandSendable(operationId, what);
      await endByHttp(calls, "restore", what, client.url({ operationId }));
    },
  };
}
