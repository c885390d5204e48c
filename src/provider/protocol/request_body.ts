// Reads the JSON body of a call to a provider: bounded in size and time, checked, refused in words.

import { announcedLength } from "../../domain/http/announced_body.ts";
import { joinBytes } from "../../domain/bytes.ts";
import { z } from "zod";
import type { Json } from "../../domain/job.ts";
import type { Clock } from "../../ports/host.ts";
import { MAX_BODY_BYTES } from "./protocol.ts";
import { within } from "../time_limit.ts";

/** A body, or the status and sentence to refuse it with; an empty one is undefined. */
export type ReadBody =
  | { ok: true; value: Json | undefined }
  | { ok: false; status: 400 | 408 | 413 | 415; problem: string };

/** A sender slower than this is not waited for. */
const READ_LIMIT_MS = 30_000;
const MAX_DEPTH = 64;

const bodySchema = z.json();

/** Never rejects. The type of the content is not asked for. */
export async function readJsonBody(request: Request, clock: Clock): Promise<ReadBody> {
  const refuse = (status: 400 | 408 | 413, why: string): ReadBody => ({
    ok: false,
    status,
    problem: `Cannot read the body: ${why}`,
  });
  const tooLarge = () => refuse(413, `it is over ${MAX_BODY_BYTES} bytes: expected a smaller one`);
  const length = announcedLength(request.headers);
  if (length !== "unknown" && length > MAX_BODY_BYTES) return tooLarge();
  if (request.body === null) return { ok: true, value: undefined };
  const reader = request.body.getReader();
  let bytes: Uint8Array | undefined;
  try {
    bytes = await within(clock, READ_LIMIT_MS, readAll(reader), "it did not arrive in time");
  } catch (error) {
    // Not awaited: a sender that stopped may never confirm.
    reader.cancel().catch(() => {});
    return refuse(408, (error as Error).message);
  }
  if (bytes === undefined) return tooLarge();
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.trim() === "") return { ok: true, value: undefined };
    value = JSON.parse(text);
  } catch (error) {
    return refuse(
      400,
      `it is not JSON (${(error as Error).message}): expected a JSON value or an empty body`,
    );
  }
  if (depthOf(value) > MAX_DEPTH) return refuse(400, `it is nested deeper than ${MAX_DEPTH}`);
  const parsed = bodySchema.safeParse(value);
  return parsed.success
    ? { ok: true, value: parsed.data as Json }
    : refuse(400, parsed.error.issues[0]!.message);
}

/** Undefined when it is too long. */
async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MAX_BODY_BYTES) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    parts.push(value);
  }
  return joinBytes(parts, size);
}

/** Stops counting beyond the limit; never recurses, since the depth is the sender's choice. */
function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (level.length > 0 && depth <= MAX_DEPTH) {
    level = level.flatMap((one) => one !== null && typeof one === "object" ? Object.values(one) : []);
    depth++;
  }
  return depth;
}
