// Turns what goes wrong at a state server into what the store says: a broken constraint, or a StoreError with advice.

import { StoreError } from "../../domain/errors.ts";
import { codeOf, ConstraintFailed, type Doing } from "./database_errors.ts";
import { ServerRefusal } from "./server_calls.ts";

/** Translates a failure at a libSQL server. */
export function remoteFailure(shown: string, doing: Doing, error: unknown): Error {
  const refusal = refusalIn(error);
  const { code, message } = refusal === undefined ? codeOf(error) : { code: "", message: refusal.message };
  if (code === "SQLITE_CONSTRAINT") return new ConstraintFailed(message, error);
  const say = (kind: StoreError["kind"], advice: string) =>
    new StoreError(kind, `Cannot ${doing} the state at '${shown}': ${message}: ${advice}`, error);
  if (refusal !== undefined) return say(fateOf(refusal, doing), adviceOf(refusal));
  if (code === "SQLITE_BUSY" || code === "SQLITE_LOCKED") {
    return say("failed", "the server is busy; try again");
  }
  if (code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB") {
    return say("corrupt", "restore the server's data");
  }
  if (code === "SQLITE_FULL" || code === "SQLITE_READONLY" || code === "BLOCKED") {
    return say("not_writable", "expected a server that accepts writes");
  }
  // Codes of SQLite are the server's own word that the batch was rolled back.
  if (code.startsWith("SQLITE_") && code !== "SQLITE_IOERR") return say("failed", "nothing was saved");
  if (doing !== "write") return say("failed", connectAdvice(code, message));
  return say("unknown", "the answer was lost, so it is not known whether the change was saved");
}

/** The library passes on what its `fetch` rejects with, as it is or as a cause. */
function refusalIn(error: unknown): ServerRefusal | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if (at instanceof ServerRefusal) return at;
  }
  return undefined;
}

/** What was refused was not done. Who speaks for a server behind it may not know what that has done. */
function fateOf({ status, kind }: ServerRefusal, doing: Doing): StoreError["kind"] {
  if (doing !== "write" || kind === "redirect") return "failed";
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 499;
  return isRefusal || status === 501 ? "failed" : "unknown";
}

function adviceOf({ status, kind }: ServerRefusal): string {
  if (kind === "redirect") return "expected the server's own address in 'state.url'";
  if (kind === "foreign") return "no libSQL server answers there: check 'state.url'";
  if (status === 401) return "expected a token that the server takes: check 'state.token_file'";
  if (status === 403) return "expected a token with the right to write: check 'state.token_file'";
  if (status === 404) {
    return "the server has no such database: check the host in 'state.url', which may name it";
  }
  if (status < 500) return "the server refused the request; check 'state.url' and 'state.token_file'";
  return "check the server, and what stands before it";
}

/** Of what failed before there was an answer, as the runtimes word it. */
function connectAdvice(code: string, message: string): string {
  if (/InvalidContentType|wrong version number/i.test(message)) {
    return "it speaks no TLS there: expected http:// in 'state.url'";
  }
  if (/invalid peer certificate|UnknownIssuer|certificate/i.test(message)) {
    return "its certificate is not trusted here: expected one of that name, by an authority that this machine trusts";
  }
  if (code === "HRANA_PROTO_ERROR" || /invalid HTTP version|HTTP\/|JSON/.test(message)) {
    return "no libSQL server answers there: check the port and the scheme (http, or https for TLS) of 'state.url'";
  }
  // Something listens there, and hung up.
  if (/SendRequest/.test(message)) {
    return "check that it is a libSQL server that runs there, and the scheme (http, or https for TLS) of 'state.url'";
  }
  return "check that the server runs and can be reached";
}
