// What is answered before a request is handed on: a problem, with which its connection ends.

/** A problem in the shape of the API's. */
export function lastAnswer(status: number, title: string, detail: string): Response {
  return new Response(JSON.stringify({ type: "about:blank", title, status, detail }), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      connection: "close",
    },
  });
}
