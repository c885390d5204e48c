// Turns what goes wrong between a command and its server into one clear line with an exit code.

import type { z } from "zod";
import { ProblemView } from "../../ports/views/problem.ts";
import { neverSent, reasonOf, type Target } from "./discovery.ts";
import { lenient } from "./lenient.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { clean } from "../../domain/steering.ts";

/** What was asked, for messages. */
export interface Asked {
  method: string;
  path: string;
}

/** RFC 9457, as far as it is shown. */
const Problem = lenient(ProblemView.partial({ detail: true, title: true }), {
  needed: ["errors.message", "candidates.job", "candidates.run_id"],
  unread: ["type", "status", "candidates.id", "retention"],
});

/** No answer came; what is said depends on whether something may have been changed. */
export function noAnswer(error: unknown, target: Target, asked: Asked): Failure {
  const reason = reasonOf(error);
  if (asked.method === "GET" || neverSent(error)) {
    return new Failure(
      EXIT.unreachable,
      `Cannot reach the server: tried ${target.name} (${reason}): is \`schelly run\` running there?`,
    );
  }
  return new Failure(
    EXIT.unreachable,
    `No answer of ${target.name} to ${asked.method} ${asked.path} (${reason}): it may have been done all the same, ` +
      "see `schelly runs list` and `schelly events`",
  );
}

/** Reads an answer by its schema. */
export function parseAnswer<T>(body: unknown, answer: z.ZodType<T>, target: Target, asked: Asked): T {
  const parsed = answer.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const at = issue.path.length === 0 ? "the answer" : `'${issue.path.join(".")}'`;
  throw new Failure(
    EXIT.failed,
    `Cannot read the answer of ${target.name} to ${asked.method} ${asked.path}: ${at}: ${issue.message}: ` +
      "the server may be of another version than this command",
  );
}

const CODES: Record<number, number> = { 400: EXIT.usage, 404: EXIT.notFound };
/** The refusal of an invalid configuration names what is wrong in it. */
const INVALID = 422;

/** An answer that says no: its words and every field it names, in one line. */
export function refusal(response: Response, text: string, target: Target): Failure {
  const { status } = response;
  const isProblem = /json/.test(response.headers.get("content-type") ?? "");
  const problem = isProblem ? Problem.safeParse(parseJson(text)) : undefined;
  if (problem === undefined || !problem.success) return strange(response, target);
  const { detail, title, reason, errors = [], candidates = [] } = problem.data;
  const parts = [detail ?? title ?? `the server answered ${status}`];
  for (const { field, message } of errors) {
    if (!parts[0]!.includes(message)) {
      parts.push(typeof field === "string" ? `${field}: ${message}` : message);
    }
  }
  for (const { job, run_id } of candidates) {
    if (!parts[0]!.includes(`${run_id}`)) parts.push(`run ${run_id} of job ${job}`);
  }
  if (status === 401 || status === 403) {
    const passed = target.passed.length === 0 ? "" : `; not asked: ${target.passed.join(" and ")}`;
    // Where nobody has a token, to ask for one leads nowhere: the server says what has to be set.
    const withoutToken = parts[0]!.includes("server.auth.tokens");
    if (withoutToken) parts[0] += ", then by --token-file or SCHELLY_TOKEN";
    const help = withoutToken ? "" : ": give a token by --token-file or SCHELLY_TOKEN";
    parts.push(`asked ${target.name}${passed}${help}`);
  }
  const code = status === INVALID && errors.length > 0 ? EXIT.config : CODES[status] ?? EXIT.failed;
  return new Failure(code, parts.join("; "), status, reason, errors.map(({ message }) => message));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Something that speaks HTTP but not as Schelly does. */
export function strange(response: Response, target: Target): Failure {
  const location = response.headers.get("location");
  const what = location !== null
    ? `redirects to ${clean(location)}`
    : `answered ${response.status}, not as Schelly does`;
  return new Failure(
    EXIT.unreachable,
    `Cannot use the server at ${target.name}: it ${what}: expected the address of a running \`schelly run\``,
    response.status,
  );
}
