// The token of a provider as files hold it: one file for both sides, in whichever way the scheduler takes it.

/** How the scheduler writes it: the header's value (`headers_file`), or headers (`WEBHOOK_HEADERS_FILE`). */
const AS_HEADERS = /(?:^|,)\s*Authorization\s*=\s*([^,]*)/i;
const AS_VALUE = /^Bearer(?: +|$)(.*)$/is;

/**
 * The token in a text: alone, as `Bearer TOKEN`, or as `Authorization=Bearer TOKEN` among other headers; else what is wrong
 * with it.
 */
export function readProviderToken(text: string): { token: string } | { error: string } {
  const trimmed = text.trim();
  const value = AS_HEADERS.exec(trimmed)?.[1]?.trim() ?? trimmed;
  const token = (AS_VALUE.exec(value)?.[1] ?? value).trim();
  if (token === "") return { error: "there is no token: expected one" };
  if (/[^\u0021-\u007e]/.test(token)) {
    return {
      error:
        "the token has spaces or other characters: expected printable ASCII alone, or 'Authorization=Bearer TOKEN'",
    };
  }
  return { token };
}
