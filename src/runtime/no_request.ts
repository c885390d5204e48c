// What the runtime lets through and is no request to anybody here: answered before it is handed on.

import { lastAnswer } from "./last_answer.ts";

/** What it is answered; undefined where it is a request. */
export function refuseNoRequest({ method, url }: Request): Response | undefined {
  if (method === "CONNECT") {
    // Where it names another server there is no path, and so nothing that has methods of its own.
    const answer = lastAnswer(
      405,
      "Method not allowed",
      "This is no proxy: expected a request to this server",
    );
    answer.headers.set("allow", "DELETE, GET, HEAD, POST, PUT");
    return answer;
  }
  if (URL.canParse(url)) return undefined;
  return lastAnswer(
    400,
    "Bad request",
    "The header Host names no host: expected a name or an address, and a port",
  );
}
