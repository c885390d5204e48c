// The headers of everything that the page answers.

/** Nothing but our own files, no script and no style in a page, no frame around it, no form to elsewhere. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // Not `no-referrer`: with it a browser does not say either that a form is our own.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
};
/** Half a year, for this name alone. */
const STRICT_TRANSPORT = "max-age=15552000";
/** Files have their digest in their address. */
const FOR_EVER = "public, max-age=31536000, immutable";

/** The same answer with the headers of every page; what is no file is kept nowhere. */
export function guarded(
  answer: Response,
  { isFile, isSecure }: { isFile: boolean; isSecure: boolean },
): Response {
  for (const [name, value] of Object.entries(HEADERS)) answer.headers.set(name, value);
  answer.headers.set("cache-control", isFile ? FOR_EVER : "no-store");
  if (isSecure) answer.headers.set("strict-transport-security", STRICT_TRANSPORT);
  return answer;
}
