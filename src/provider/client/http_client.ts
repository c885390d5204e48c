// Sends the calls of one HTTP provider: URLs, headers, time limits, events, and errors a person can act on.

import { assert, ProviderError, type ProviderErrorKind } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock, Http } from "../../ports/host.ts";
import { type Answer, exchange, type ExchangeRequest } from "./exchange.ts";
import { cleanText, encodeId, idProblem } from "../protocol/protocol.ts";
import { createRedactor, excerpt, secretsIn } from "../protocol/redact.ts";
import { retryAfterMs } from "../protocol/retry_after.ts";
import { statusKind } from "../protocol/status_kind.ts";

export interface HttpProviderPorts {
  http: Http;
  clock: Clock;
  sink: EventSink;
}

/** One call of the protocol. */
export interface Call extends Pick<ExchangeRequest, "method" | "url" | "needsBody" | "limitMs" | "maxBytes"> {
  /** What `provider.call` names it; the first three are the original's metric labels. */
  operation: "create" | "info" | "delete" | "list" | "lookup" | "options";
  /** `start a backup of job 'x'`: follows "Cannot". */
  what: string;
  headers?: Record<string, string>;
  body?: Json;
  runId?: string;
  job?: string;
}

/** An answer, still bound to the call it answers. */
export interface Answered extends Answer {
  /** The error that says which call, what came back and what was expected. */
  failure(kind: ProviderErrorKind, found: string, expected: string): ProviderError;
  /** The error for a status that is no success of this call. */
  unexpected(expected: string): ProviderError;
  /** The JSON of the whole answer, or what is there instead and what that means where nothing was to be changed. */
  json(): ReadJson;
}

type ReadJson = { ok: true; value: unknown } | { ok: false; problem: string; kind: "unknown" | "malformed" };

export interface HttpClient {
  /** The base URL as people may see it: its query can hold a key. */
  readonly shownUrl: string;
  /** The base URL, a backup's, or the base with one more query parameter; the base's own query stays. */
  url(part?: { id: string } | { query: string }): string;
  /** Rejects with `ProviderError` when no answer came, `refused` before sending when the call cannot be sent. */
  send(call: Call): Promise<Answered>;
  /** Throws `refused` for an id that would reach another path than its own. */
  demandSendable(id: string, what: string): void;
  /** Takes the secrets of the settings out of a text. */
  redact(text: string): string;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The client of the provider at `spec.url`. */
export function createHttpClient(spec: HttpProviderSpec, ports: HttpProviderPorts): HttpClient {
  const { clock, sink } = ports;
  const base = new URL(spec.url);
  assert(
    base.username === "" && base.password === "",
    "credentials of a provider's URL travel in its headers",
  );
  const path = base.pathname.replace(/\/+$/, "");
  const shownUrl = `${base.origin}${path}`;
  const bodySecrets = new Set([...secretsIn(spec.createBody), ...secretsIn(spec.deleteBody)]);
  let redactKnown = createRedactor(spec, bodySecrets);
  const redact = (text: string) => redactKnown(text);

  /** A job may have a body of its own, which the settings of the provider do not show. */
  function learnSecrets(body: Json | undefined): void {
    const before = bodySecrets.size;
    for (const secret of secretsIn(body)) bodySecrets.add(secret);
    if (bodySecrets.size > before) redactKnown = createRedactor(spec, bodySecrets);
  }

  function error(
    kind: ProviderErrorKind,
    what: string,
    problem: string,
    details?: { status?: number; retryAfterMs?: number },
  ): ProviderError {
    return new ProviderError(
      kind,
      redact(`Cannot ${what} at '${shownUrl}' (provider '${spec.key}'): ${problem}`),
      details,
    );
  }

  /** `unreadable`: JSON was to be in the answer, and is not. */
  function tell(call: Call, status: number | "error", unreadable: boolean, startedAt: number): void {
    const duration = Math.max(0, Math.round(clock.monotonic() - startedAt));
    const answered = `it answered ${status}${unreadable ? " without readable JSON" : ""}`;
    const outcome = status === "error" ? "no answer" : answered;
    const isUseful = status !== "error" && !unreadable && (status < 300 || status === 404 || status === 410);
    sink.emit({
      type: "provider.call",
      level: isUseful ? "debug" : "info",
      at: clock.now(),
      job: call.job,
      runId: call.runId,
      message: redact(`Asked provider '${spec.key}' to ${call.what}: ${outcome} after ${duration} ms`),
      data: {
        ...{ provider: spec.key, operation: call.operation, status, duration_ms: duration },
        ...(unreadable ? { unreadable } : {}),
      },
    });
  }

  // Later ones win: our own plain ones, the configured ones, and then those of the protocol.
  const plainHeaders = {
    accept: "application/json",
    // Answers are small; the size limit also holds for a provider that packs them all the same.
    "accept-encoding": "identity",
    "user-agent": "Schelly",
  };
  const ownHeaders = { ...plainHeaders, ...lowerNames(spec.headers) };
  const ownHeadersWithBody = {
    ...plainHeaders,
    "content-type": "application/json",
    ...lowerNames(spec.headers),
  };

  function bind(call: Call, answer: Answer): Answered {
    const { status, headers, bytes } = answer;
    const details = { status, retryAfterMs: retryAfterMs(headers.get("retry-after"), clock.now()) };
    const failure = (kind: ProviderErrorKind, found: string, expected: string) =>
      error(kind, call.what, `${found}: expected ${expected}`, details);
    let json: ReadJson | undefined;
    return {
      ...answer,
      failure,
      unexpected(expected) {
        const target = status >= 300 && status < 400 ? redirectTarget(headers.get("location"), call.url) : "";
        const text = excerpt(bytes, redact);
        const said = text === "" ? "" : ` and said '${text}'`;
        return failure(statusKind(status), `it answered ${status}${target}${said}`, expected);
      },
      json: () => json ??= readJson(answer),
    };
  }

  function readJson({ bytes, broken, cutOff }: Answer): ReadJson {
    if (broken !== undefined) {
      const kind = cutOff ? "unknown" : "malformed";
      return { ok: false, kind, problem: `its answer could not be read as ${broken}` };
    }
    try {
      return { ok: true, value: JSON.parse(UTF8.decode(bytes)) };
    } catch {
      const text = excerpt(bytes, redact);
      const problem = text === "" ? "its answer is empty" : `its answer is not JSON: '${text}'`;
      return { ok: false, kind: "malformed", problem };
    }
  }

  return {
    shownUrl,
    redact,

    url(part = { query: "" }) {
      if ("id" in part) return `${shownUrl}/${encodeId(part.id)}${base.search}`;
      const query = [base.search.slice(1), part.query].filter((text) => text !== "").join("&");
      return `${shownUrl}${path === "" ? "/" : ""}${query === "" ? "" : `?${query}`}`;
    },

    async send(call) {
      const { method, url, limitMs, needsBody, maxBytes } = call;
      learnSecrets(call.body);
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const headers = {
        ...body === undefined ? ownHeaders : ownHeadersWithBody,
        ...lowerNames(call.headers ?? {}),
      };
      const startedAt = clock.monotonic();
      const answer = await exchange(ports, { method, url, headers, body, limitMs, needsBody, maxBytes });
      if (answer.answered) {
        const answered = bind(call, answer);
        const unreadable = needsBody.includes(answer.status) && !answered.json().ok;
        tell(call, answer.status, unreadable, startedAt);
        return answered;
      }
      if (answer.sent === "never") {
        throw error("refused", call.what, `${answer.why}: expected header names and values of plain ASCII`);
      }
      tell(call, "error", false, startedAt);
      if (answer.sent === "no") {
        const advice = "nothing was sent; check the URL and that the provider runs there";
        throw error("unsent", call.what, `${answer.why}: ${advice}`);
      }
      throw error("unknown", call.what, `${answer.why}: whether the call took effect is not known`);
    },

    demandSendable(id, what) {
      const problem = idProblem(id);
      if (problem === undefined) return;
      throw error(
        "refused",
        what,
        `the id ${JSON.stringify(shorten(id))} cannot be put into a URL: ${problem}`,
      );
    },
  };
}

function lowerNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** An id or word of a provider, short enough for a message and without control characters. */
export function shorten(text: string): string {
  const plain = cleanText(text, text.length).replace(/[\t\n]/g, " ");
  return plain.length > 120 ? `${plain.slice(0, 120).toWellFormed()}…` : plain;
}

/** Where a redirect points, without its query and credentials. */
function redirectTarget(location: string | null, url: string): string {
  if (location === null || !URL.canParse(location, url)) return "";
  const target = new URL(location, url);
  return ` (a redirect to '${shorten(`${target.origin}${target.pathname}`)}', which is not followed)`;
}
