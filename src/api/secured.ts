// The headers that every answer of the API has, whoever made it.

/** Nothing of ours is a page, may be shown in one, or may be kept: not by a browser, not by a proxy. */
const SECURE_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};
/** Half a year, for this name alone. */
const STRICT_TRANSPORT = "max-age=15552000";

/** The same answer with the headers that every answer has. */
export function secured(answer: Response, url: string): Response {
  for (const [name, value] of Object.entries(SECURE_HEADERS)) answer.headers.set(name, value);
  if (url.startsWith("https:")) answer.headers.set("strict-transport-security", STRICT_TRANSPORT);
  return answer;
}
