// What the URL and the headers of a provider may be.

import type { Report } from "../document/report.ts";
import { REDACTED, redactUrl } from "../document/redact.ts";
import type { ProviderSettings } from "../schema/schema_provider.ts";
import type { Secrets } from "../environment/secrets.ts";
import type { Path } from "../document/tree.ts";

/** A normalised base URL; user and password of it as the value of an Authorization header. */
type ProviderUrl = { url: string; authorization: string | null } | { error: string; hint?: string };

/**
 * Reads a provider's base URL: http or https, a host, no query, no fragment; a slash at its end is dropped. `template` is
 * how it was written where variables gave a part of it.
 */
export function readProviderUrl(written: string, template?: string): ProviderUrl {
  const shown = `'${redactUrl(template ?? written).replace(/#.*$/s, `#${REDACTED}`).slice(0, 120)}'`;
  const trimmed = written.trim();
  if (!/^https?:\/\//i.test(trimmed)) {
    const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed);
    return {
      error: `${shown} is not an http URL: expected http://host:port/path or https://…`,
      ...(scheme || template !== undefined || !/^[\w.-]+(:\d+)?(\/|$)/.test(trimmed)
        ? {}
        : { hint: `did you mean http://${trimmed}?` }),
    };
  }
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u0020\u007f\\]/.test(trimmed) || !URL.canParse(trimmed)) {
    return { error: `${shown} is not a valid URL: expected http://host:port/path` };
  }
  const url = new URL(trimmed);
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(trimmed)) {
    return { error: `${shown} has a query or fragment: expected a plain URL, to which /ID is added` };
  }
  let authorization: string | null = null;
  if (url.username !== "" || url.password !== "") {
    try {
      const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      authorization = `Basic ${base64(pair)}`;
    } catch {
      return { error: `${shown} has a user or password with a bad % sign: expected %25 for one` };
    }
    url.username = "";
    url.password = "";
  }
  return { url: (url.origin + url.pathname).replace(/\/+$/, ""), authorization };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Headers that HTTP or Schelly itself sets. */
const RESERVED = new Set([
  "host",
  "content-length",
  "content-encoding",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "te",
  "trailer",
  "expect",
  "idempotency-key",
]);

/** The headers written as values and as files together; each problem is reported. */
export function checkHeaders(
  settings: Pick<ProviderSettings, "headers" | "headers_file">,
  path: Path,
  secrets: Secrets,
  report: Report,
): Record<string, string> {
  const headers: Record<string, string> = {};
  const seen = new Set<string>();
  for (const key of ["headers", "headers_file"] as const) {
    for (const [name, written] of Object.entries(settings[key] ?? {})) {
      const at = [...path, key, name];
      const value = key === "headers" ? written : secrets.textAt(at);
      const lower = name.toLowerCase();
      if (!TOKEN.test(name)) {
        report.add(at, {
          message: `'${JSON.stringify(name).slice(1, 60)}' is no header name: expected letters, digits and -`
            .replace(/"'/, "'"),
          atKey: true,
        });
      } else if (RESERVED.has(lower) || lower.startsWith("x-schelly-")) {
        report.add(at, {
          message: `the header ${name} is set by Schelly: expected another one`,
          atKey: true,
        });
      } else if (seen.has(lower)) {
        report.add(at, { message: `the header ${name} is given twice: expected once`, atKey: true });
      } else if (value !== undefined) {
        const problem = headerValueProblem(value);
        if (problem !== undefined) report.add(at, { message: problem });
        else headers[name] = value.trim();
      }
      seen.add(lower);
    }
  }
  return headers;
}

function headerValueProblem(value: string): string | undefined {
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
    return "the value has control characters, such as a line end: expected one line of text";
  }
  // deno-lint-ignore no-control-regex
  if (/[^\u0009\u0020-\u007e]/.test(value)) {
    return "the value has other than ASCII characters: expected plain ASCII";
  }
  return undefined;
}
