// Sends the calls of one HTTP provider: URLs, headers, time limits, events, and errors a person can act on.

import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock, Http } from "../../ports/host.ts";
import { HEADERS, idProblem } from "../protocol/protocol.ts";
import { excerpt } from "../protocol/redact.ts";
import { type Answered, bindAnswer } from "./answered.ts";
import type { Call } from "./call.ts";
import { createCallError, noAnswerError, shorten } from "./call_errors.ts";
import { callEvent, type CallOutcome, isUseful } from "./call_event.ts";
import { exchange } from "./exchange.ts";
import { createLearningRedactor } from "./learning_redactor.ts";
import { createProviderUrls, type ProviderUrls } from "./provider_urls.ts";
import { createRequestHeaders } from "./request_headers.ts";

export interface HttpProviderPorts {
  http: Http;
  clock: Clock;
  sink: EventSink;
}

export interface HttpClient {
  /** The base URL as people may see it: its query can hold a key. */
  readonly shownUrl: string;
  url: ProviderUrls["url"];
  /** Rejects with `ProviderError` when no answer came, `refused` before sending when the call cannot be sent. */
  send(call: Call): Promise<Answered>;
  /** Throws `refused` for an id that would reach another path than its own. */
  demandSendable(id: string, what: string): void;
  /** Takes the secrets of the settings out of a text. */
  redact(text: string): string;
}

/** The client of the provider at `spec.url`. */
export function createHttpClient(spec: Omit<HttpProviderSpec, "kind">, ports: HttpProviderPorts): HttpClient {
  const { clock, sink } = ports;
  const urls = createProviderUrls(spec.url, spec.shownUrl);
  const { redact, learn } = createLearningRedactor(spec);
  const headersOf = createRequestHeaders({
    ...spec.headers,
    ...(spec.host === undefined ? {} : { [HEADERS.host]: spec.host }),
  });
  const error = createCallError(spec.key, urls.shown, redact);
  /** What is wrong with calls of each kind, as last seen. */
  const troubles = new Map<Call["operation"], string>();
  const tell = (call: Call, outcome: CallOutcome) => {
    const trouble = isUseful(outcome) ? undefined : `${outcome.status} ${outcome.unreadable}`;
    const again = trouble !== undefined && troubles.get(call.operation) === trouble;
    if (trouble === undefined) troubles.delete(call.operation);
    else troubles.set(call.operation, trouble);
    sink.emit(callEvent(clock, spec.key, call, { ...outcome, again }, redact));
  };

  return {
    shownUrl: urls.shown,
    url: urls.url,
    redact,

    async send(call) {
      const { method, url, limitMs, needsBody, maxBytes } = call;
      learn(call.body);
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const headers = headersOf(call.headers ?? {}, body !== undefined);
      const startedAt = clock.monotonic();
      const answer = await exchange(ports, { method, url, headers, body, limitMs, needsBody, maxBytes });
      if (answer.answered) {
        const answered = bindAnswer(call, answer, clock.now(), error, redact);
        const unreadable = needsBody.includes(answer.status) && !answered.json().ok;
        const outcome = { status: answer.status, unreadable };
        const said = isUseful(outcome) ? "" : excerpt(answer.bytes, redact);
        const why = said === "" ? {} : { why: `'${said}' (status ${answer.status})` };
        tell(call, { ...outcome, startedAt, ...why });
        return answered;
      }
      // One that cannot be sent asked nobody.
      if (answer.sent !== "never") {
        tell(call, { status: "error", unreadable: false, startedAt, why: answer.why });
      }
      throw noAnswerError(error, call.what, answer);
    },

    demandSendable(id, what) {
      const problem = idProblem(id);
      if (problem === undefined) return;
      throw error(
        "refused",
        what,
        `the id ${JSON.stringify(shorten(id))} cannot be put into a URL`,
        problem,
      );
    },
  };
}
