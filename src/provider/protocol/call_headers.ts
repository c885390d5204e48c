// The headers of the provider protocol, as a client writes them and a server reads them.

import { z } from "zod";
import { iso } from "../../domain/instant.ts";
import type { Capabilities } from "../../ports/provider.ts";
import { HEADERS } from "./protocol.ts";

/** Reads `Schelly-Provider: idempotency, list, host=nas`; words it does not know are for later versions. */
export function parseCapabilities(header: string | null): Capabilities {
  const given = (header ?? "").split(",").map((word) => word.trim());
  const words = new Set(given.map((word) => word.toLowerCase()));
  const host = given.map((word) => /^host=([\w.-]{1,255})$/i.exec(word)?.[1]).find((name) =>
    name !== undefined
  );
  return {
    idempotency: words.has("idempotency"),
    list: words.has("list"),
    lookup: words.has("lookup"),
    fence: words.has("fence"),
    ...Object.fromEntries(
      (["verify", "restore", "browse", "immutable"] as const).filter((word) => words.has(word)).map((
        word,
      ) => [word, true]),
    ),
    ...(host === undefined ? {} : { host }),
  };
}

/** Writes the header that `parseCapabilities` reads. */
export function writeCapabilities(capabilities: Capabilities): string {
  const { host } = capabilities;
  const hostPart = host !== undefined && /^[\w.-]{1,255}$/.test(host) ? [`host=${host}`] : [];
  return [renderCapabilities(capabilities), ...hostPart].filter((part) => part !== "").join(", ");
}

/** The extensions, for people. */
export function renderCapabilities(capabilities: Capabilities): string {
  const all = ["idempotency", "list", "lookup", "fence", "verify", "restore", "browse", "immutable"] as const;
  return all.filter((word) => capabilities[word]).join(", ");
}

/** What the headers of a start say; absent ones are null, as from a program that is not Schelly. */
interface CallHeaders {
  runId: string | null;
  job: string | null;
  /** UTC ms. */
  slot: number | null;
  fence: number | null;
}

/** The headers a client sends with a start. */
export function writeCallHeaders(
  call: { runId: string; job: string; slot: number | null; fence: number },
): Record<string, string> {
  const headers: Record<string, string> = {
    [HEADERS.idempotencyKey]: call.runId,
    [HEADERS.run]: call.runId,
    [HEADERS.job]: call.job,
    [HEADERS.fence]: String(call.fence),
  };
  if (call.slot !== null) headers[HEADERS.slot] = iso(call.slot);
  return headers;
}

const callHeadersSchema = z.object({
  runId: z.string().max(200, "it is longer than 200 characters").nullable(),
  job: z.string().max(200, "it is longer than 200 characters").nullable(),
  slot: z.iso.datetime({ offset: true, error: "expected an ISO 8601 time such as 2026-11-20T03:00:00Z" })
    .nullable(),
  fence: z.string().regex(/^[0-9]{1,15}$/, "expected a whole number").nullable(),
});

/**
 * Reads the headers of a call. The run is `Idempotency-Key`, else `X-Schelly-Run`; a quoted key
 * (RFC 8941 writes it `"key"`) means the same as a bare one.
 */
export function readCallHeaders(
  headers: Headers,
): { ok: true; call: CallHeaders } | { ok: false; problem: string } {
  const key = headers.get(HEADERS.idempotencyKey)?.replace(/^"(.*)"$/, "$1") || null;
  const parsed = callHeadersSchema.safeParse({
    runId: key ?? (headers.get(HEADERS.run) || null),
    job: headers.get(HEADERS.job) || null,
    slot: headers.get(HEADERS.slot) || null,
    fence: headers.get(HEADERS.fence) || null,
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const names = {
      runId: HEADERS.idempotencyKey,
      job: HEADERS.job,
      slot: HEADERS.slot,
      fence: HEADERS.fence,
    };
    const name = names[issue.path[0] as keyof typeof names];
    return { ok: false, problem: `Cannot read the header '${name}': ${issue.message}` };
  }
  const { runId, job, slot, fence } = parsed.data;
  return {
    ok: true,
    call: {
      runId,
      job,
      slot: slot === null ? null : Date.parse(slot),
      fence: fence === null ? null : Number(fence),
    },
  };
}
