// The one place where errors become answers: RFC 9457 problem+json.

import { HTTPException } from "hono/http-exception";
import {
  ConfigError,
  formatIssue,
  InvalidCursor,
  OverBudget,
  ProviderError,
  StoreError,
  TooBusy,
} from "../domain/errors.ts";
import type { Refusal } from "../ports/door.ts";
import type { ProblemView } from "../ports/views/problem.ts";

const TITLES: Record<number, string> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  408: "Too slow",
  409: "Conflict",
  412: "Precondition failed",
  413: "Body too large",
  414: "Address too long",
  415: "Not JSON",
  421: "Wrong host",
  422: "Not valid",
  429: "Too many requests",
  431: "Headers too large",
  500: "Internal error",
  502: "Provider failed",
  503: "Not available",
};

type Extras = Partial<Pick<ProblemView, "errors" | "candidates" | "retention" | "reason">>;

/** An answer other than success, thrown by handlers; `detail` is for the person who asked. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly extras: Extras = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(detail);
    this.name = "Problem";
  }
}

/** One wrong field of a request. */
interface FieldError {
  /** Name of the query parameter, header or dotted path in the body. */
  field: string;
  /** The value and what was expected. */
  message: string;
}

/** Most wrong fields that one answer names, so that a small request cannot make a large one. */
const MAX_ERRORS = 20;

/** 400 that names the wrong fields, the first 20 of them; `errors` says what is wrong with each. */
export function badRequest(where: string, found: FieldError[]): Problem {
  const known = new Map(found.map((error) => [`${error.field} ${error.message}`, error]));
  const errors = [...known.values()].slice(0, MAX_ERRORS);
  const fields = [...new Set(errors.map((error) => `'${error.field}'`))];
  return new Problem(
    400,
    `Cannot read the ${where} as ${fields.join(", ")} ${fields.length === 1 ? "is" : "are"} not as expected`,
    { errors },
  );
}

/** Turns any thrown thing into a problem; what is not foreseen says nothing of its inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreError) {
    const unsure = error.kind === "unknown"
      ? "; it is not known whether the change was saved: look before asking again"
      : "";
    // Where it lies is for the log.
    const message = error.message.replace(/\bstate(?: at)? '[^']*'/g, "state");
    return new Problem(503, `The state store failed: ${message}${unsure}`, {}, { "retry-after": "5" });
  }
  if (error instanceof ProviderError) return new Problem(502, error.message);
  if (error instanceof OverBudget) return new Problem(422, error.message);
  if (error instanceof TooBusy) return new Problem(503, error.message, {}, { "retry-after": "10" });
  if (error instanceof ConfigError) {
    return new Problem(422, "The configuration is not valid: nothing was changed", {
      errors: error.issues.map((issue) => ({ field: issue.path, message: formatIssue(issue) })),
    });
  }
  if (error instanceof InvalidCursor) {
    return new Problem(400, error.message, {
      errors: [{
        field: "cursor",
        message: "is not one of ours: expected the cursor of a 'next' link, unchanged",
      }],
    });
  }
  if (error instanceof HTTPException && error.status < 500) return new Problem(error.status, error.message);
  return new Problem(500, "An error inside Schelly stopped this request; its log says more");
}

/** A refusal at the door as a problem. */
export function problemOf(refusal: Refusal): Problem {
  return refusal instanceof Problem
    ? refusal
    : new Problem(refusal.status, refusal.detail, {}, refusal.headers);
}

/** The answer that carries a problem. */
export function problemResponse(problem: Problem): Response {
  const view: ProblemView = {
    type: "about:blank",
    title: TITLES[problem.status] ?? "Error",
    status: problem.status,
    detail: problem.detail,
    ...problem.extras,
  };
  return new Response(JSON.stringify(view), {
    status: problem.status,
    headers: { ...problem.headers, "content-type": "application/problem+json" },
  });
}

interface Issue {
  code?: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
}

const WHERE: Record<string, string> = { query: "query", param: "path", header: "headers", json: "body" };

/** 400 from what zod found wrong; `values` is what was sent, so that the message can show it. */
export function fromIssues(target: string, issues: readonly Issue[], values: unknown): Problem {
  const errors = issues.flatMap((issue): FieldError[] => {
    const expected = issue.message.replace(/^Invalid input: /, "");
    if (issue.code === "unrecognized_keys") {
      return (issue.keys ?? []).map((key) => ({ field: shorten(key), message: `is not known: ${expected}` }));
    }
    // Only a body has fields within fields; `status.1` of a query is the second word of one parameter.
    const path = target === "json" ? issue.path : issue.path.slice(0, 1);
    const value = valueAt(values, path);
    const isWord = issue.path.length > path.length && Array.isArray(value);
    const field = path.map(String).join(".") || "body";
    // A parameter or header given twice arrives as an array.
    const isTwice = Array.isArray(value) && !isWord && target !== "json";
    const what = isTwice ? "is given several times" : told(isWord ? value.join(",") : value);
    return [{ field, message: `${what}: ${expected}` }];
  });
  return badRequest(WHERE[target] ?? "request", errors);
}

function valueAt(values: unknown, path: PropertyKey[]): unknown {
  let value = values;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function told(value: unknown): string {
  if (value === undefined) return "is missing";
  // Not shown as they are: they may be of any size and depth.
  if (Array.isArray(value)) return "is a list";
  if (typeof value === "object" && value !== null) return "is an object";
  return `is ${typeof value === "string" ? `'${shorten(value)}'` : String(value)}`;
}

/** Long or unprintable input is not repeated in full. */
function shorten(text: string): string {
  // deno-lint-ignore no-control-regex
  const printable = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd");
  return printable.length > 80 ? `${printable.slice(0, 80)}…` : printable;
}
