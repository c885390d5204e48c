// Sends single calls of the protocol to a provider under test, and tells in words what was sent and what came back.
// Concludes nothing: that is for the checks.

import type { Json } from "../../domain/job.ts";
import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { Clock, Http } from "../../ports/host.ts";
import type { Evidence } from "./outcome.ts";
import { exchange, type ExchangeRequest } from "../client/exchange.ts";
import { createHttpClient } from "../client/http_client.ts";
import { lowerNames } from "../client/request_headers.ts";
import { excerpt } from "../protocol/redact.ts";
import { retryAfterMs } from "../protocol/retry_after.ts";

/** One call; the URL is the base's, or that of `id`. */
interface ProbeCall {
  method: ExchangeRequest["method"];
  id?: string;
  /** What lies below that. */
  below?: "verify" | "restore" | "files";
  /** Of a restore, instead of `id`. */
  operationId?: string;
  /** Encode every byte of the id, also those that need it not. */
  encodeAll?: boolean;
  query?: string;
  headers?: Record<string, string>;
  body?: Json;
  /** Without the headers that the tester was given. */
  withoutHeaders?: boolean;
}

/** What became of a call. */
export interface Seen extends Evidence {
  /** Undefined: no answer came. */
  status: number | undefined;
  /** Nothing was sent, as no connection could be made. */
  unreachable: boolean;
  headers: Headers;
  /** Undefined: the body is no JSON, or was not whole. */
  json: unknown;
  ms: number;
  /** As Retry-After asks. */
  retryAfterMs: number | undefined;
}

export interface Probe {
  /** The base URL as people may see it. */
  readonly shownUrl: string;
  /** Never rejects. */
  send(call: ProbeCall): Promise<Seen>;
  /** Calls so far that took more than half of their time limit, slowest first. */
  slow(): Seen[];
}

/** A storage may have to read much to list one folder. */
const FILES_MS = 60_000;

/** Answers whose body matters. */
const WITH_BODY = [200, 201, 202, 409];

const OWN_HEADERS = {
  accept: "application/json",
  "accept-encoding": "identity",
  "user-agent": "Schelly provider test",
};

/** A probe of the provider at `spec.url`; its time limits are those of `spec.timeouts`. */
export function createProbe(spec: HttpProviderSpec, ports: { http: Http; clock: Clock }): Probe {
  const { clock } = ports;
  const client = createHttpClient(spec, { ...ports, sink: { emit() {} } });
  const slow: Seen[] = [];

  function urlOf({ id, below, operationId, encodeAll, query }: ProbeCall): string {
    if (operationId !== undefined) return client.url({ operationId });
    if (id === undefined) return client.url(query === undefined ? undefined : { query });
    if (!encodeAll) return client.url({ id, below, query });
    const bytes = [...new TextEncoder().encode(id)];
    return `${client.shownUrl}/${bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")}`;
  }

  function limitOf({ method, below }: ProbeCall): number {
    const { createMs, getMs, deleteMs } = spec.timeouts;
    if (below === "files") return Math.max(getMs, FILES_MS);
    return method === "POST" ? createMs : method === "DELETE" ? deleteMs : getMs;
  }

  return {
    shownUrl: client.shownUrl,
    slow: () => slow.toSorted((a, b) => b.ms - a.ms),

    async send(call) {
      const url = urlOf(call);
      const limitMs = limitOf(call);
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const headers = lowerNames({
        ...OWN_HEADERS,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(call.withoutHeaders ? {} : spec.headers),
        ...call.headers,
      });
      const startedAt = clock.monotonic();
      const answer = await exchange(ports, {
        method: call.method,
        url,
        headers,
        body,
        limitMs,
        needsBody: WITH_BODY,
      });
      const ms = Math.round(clock.monotonic() - startedAt);
      const sent = client.redact(tellSent(call, url, body));
      if (!answer.answered) {
        const seen: Seen = {
          sent,
          received: client.redact(answer.why),
          status: undefined,
          unreachable: answer.sent === "no",
          headers: new Headers(),
          json: undefined,
          ms,
          retryAfterMs: undefined,
        };
        if (ms > limitMs / 2) slow.push(seen);
        return seen;
      }
      const text = excerpt(answer.bytes, client.redact);
      const broken = answer.broken === undefined || !WITH_BODY.includes(answer.status)
        ? ""
        : `, and its body cannot be read as ${answer.broken}`;
      const seen: Seen = {
        sent,
        received: `${answer.status} after ${ms} ms${broken}${text === "" ? "" : `: ${text}`}`,
        status: answer.status,
        unreachable: false,
        headers: answer.headers,
        json: answer.broken === undefined ? parse(answer.bytes) : undefined,
        ms,
        retryAfterMs: retryAfterMs(answer.headers.get("retry-after"), clock.now()),
      };
      if (ms > limitMs / 2) slow.push(seen);
      return seen;
    },
  };
}

/** The body is only counted: it may hold secrets. */
function tellSent(call: ProbeCall, url: string, body: string | undefined): string {
  const headers = Object.entries(call.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const parts = [
    ...(call.withoutHeaders ? ["without the given headers"] : []),
    ...(headers.length === 0 ? [] : [headers.join(", ")]),
    ...(body === undefined ? [] : [`a body of ${new TextEncoder().encode(body).length} bytes`]),
  ];
  return `${call.method} ${url}${parts.length === 0 ? "" : ` (${parts.join("; ")})`}`;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
