// An answer bound to its call: its JSON, and the errors that say which call, what came back and what was expected.

import type { ProviderError, ProviderErrorKind } from "../../domain/errors.ts";
import { type UnusableReason, unusableReason } from "../../domain/unusable.ts";
import { excerpt } from "../protocol/redact.ts";
import { retryAfterMs } from "../protocol/retry_after.ts";
import { mayBeGateway, statusKind } from "../protocol/status_kind.ts";
import type { Call } from "./call.ts";
import { type CallError, shorten } from "./call_errors.ts";
import type { Answer } from "./exchange.ts";

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

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Binds an answer that came at `now` (UTC ms). */
export function bindAnswer(
  call: Call,
  answer: Answer,
  now: number,
  error: CallError,
  redact: (text: string) => string,
): Answered {
  const { status, headers, bytes } = answer;
  const details = {
    status,
    retryAfterMs: retryAfterMs(headers.get("retry-after"), now),
    ...(call.operation === "create" && mayBeGateway(status, headers) ? { gateway: true as const } : {}),
  };
  const failure = (kind: ProviderErrorKind, found: string, expected: string) => {
    const mayWait = call.operation === "create" ? kind === "unsent" : WAITING.has(call.operation);
    const unusable = mayWait ? reasonOf(bytes) : undefined;
    return error(kind, call.what, found, `expected ${expected}`, { ...details, unusable });
  };
  let json: ReadJson | undefined;
  return {
    ...answer,
    failure,
    unexpected(expected) {
      const target = status >= 300 && status < 400 ? redirectTarget(headers.get("location"), call.url) : "";
      const text = excerpt(bytes, redact);
      const found = text === "" ? `status ${status}${target}` : `'${text}' (status ${status}${target})`;
      return failure(statusKind(status), found, expected);
    },
    json: () => json ??= readJson(answer, redact),
  };
}

/** What is asked again for a while where it fails, unless the answer says that somebody must fix something. */
const WAITING: ReadonlySet<Call["operation"]> = new Set(["info", "verify"]);

function readJson({ bytes, broken, cutOff }: Answer, redact: (text: string) => string): ReadJson {
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

/** The word for why nothing begins until somebody fixes it; undefined where it says none. */
function reasonOf(bytes: Uint8Array): UnusableReason | undefined {
  try {
    return unusableReason(JSON.parse(UTF8.decode(bytes))?.reason);
  } catch {
    return undefined;
  }
}

/** Where a redirect points, without its query and credentials. */
function redirectTarget(location: string | null, url: string): string {
  if (location === null || !URL.canParse(location, url)) return "";
  const target = new URL(location, url);
  return `, a redirect to '${shorten(`${target.origin}${target.pathname}`)}', which is not followed`;
}
