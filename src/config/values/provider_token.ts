// The token of a provider as files hold it: one file for both sides, in whichever way the scheduler takes it.

/** How the scheduler writes it: the header's value (`headers_file`), or headers (`WEBHOOK_HEADERS_FILE`). */
const AS_HEADERS = /(?:^|,)\s*Authorization\s*=\s*([^,]*)/i;
const AS_VALUE = /^Bearer(?: +|$)(.*)$/is;

/**
 * The token in a text: alone, as `Bearer TOKEN`, or as `Authorization=Bearer TOKEN` among other headers; else what is wrong
 * with it, as the end of a sentence that begins with where it stands.
 */
export function readProviderToken(text: string): { token: string } | { error: string } {
  const trimmed = text.trim();
  const value = AS_HEADERS.exec(trimmed)?.[1]?.trim() ?? trimmed;
  const token = (AS_VALUE.exec(value)?.[1] ?? value).trim();
  if (token === "") return { error: "is empty: expected a token" };
  if (/[^\u0021-\u007e]/.test(token)) {
    return {
      error:
        "has spaces or other characters in its token: expected printable ASCII alone, or 'Authorization=Bearer TOKEN'",
    };
  }
  return { token };
}
