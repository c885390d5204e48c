// A dead man's switch on loopback that judges what it is told by the rules of healthchecks.io, and answers as a test wants.

import assert from "node:assert/strict";
import { z } from "zod";
import { type RawRequest, startRawServer } from "./raw_server.ts";

/** The address of a check, and what healthchecks.io lets follow it. */
const CHECK = "/5f8b1a52-3a1e-4f8e-9a5b-0c8d6f1e2a3b";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One ping as healthchecks.io would take it; whatever else comes is refused by the test. */
const PingSchema = z.strictObject({
  method: z.enum(["HEAD", "GET", "POST"]),
  check: z.string().regex(/^\/([0-9a-f-]{36}|[A-Za-z0-9_-]{22}\/[a-z0-9_-]+)$/),
  signal: z.enum(["start", "success", "fail", "log"]),
  rid: z.string().regex(UUID).nullable(),
  /** It keeps the first 10 kB. */
  body: z.string().refine((text) => new TextEncoder().encode(text).length <= 10_000, "is too long"),
});

export type TakenPing = z.infer<typeof PingSchema>;

/** How it answers: by its own rules, so but for starts, with another status, or not at all. */
export type Manner =
  | "takes"
  | "takes_no_start"
  | "hangs"
  | "drops"
  | { status: number; body?: string; headers?: Record<string, string> };

export interface CheckReceiver extends AsyncDisposable {
  /** Of the check; `/PINGKEY/slug` stand for others. */
  url: string;
  origin: string;
  /** What it took, in order of arrival. */
  pings: TakenPing[];
  /** Requests of any kind, also those that were not answered. */
  count(): number;
  /** May be changed at any time. */
  manner: Manner;
}

/** Listens on a free port. */
export async function startCheckReceiver(manner: Manner = "takes"): Promise<CheckReceiver> {
  const pings: TakenPing[] = [];
  const server = await startRawServer((request, socket) => {
    let { manner } = receiver;
    if (manner === "takes_no_start") manner = request.target.includes("/start") ? { status: 500 } : "takes";
    if (manner === "hangs") return;
    if (manner === "drops") return void socket.destroy();
    if (manner === "takes") pings.push(pingOf(request));
    const { status, body = "OK", headers = {} } = manner === "takes" ? { status: 200 } : manner;
    const lines = Object.entries({ ...headers, "content-length": String(body.length) })
      .map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} Word\r\n${lines.join("")}\r\n${body}`);
  });
  const receiver: CheckReceiver = {
    url: `${server.url}${CHECK}`,
    origin: server.url,
    pings,
    count: () => server.requests.length,
    manner,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return receiver;
}

function pingOf({ method, target, body }: RawRequest): TakenPing {
  const { pathname, searchParams } = new URL(target, "http://receiver");
  const [, check, signal = "success"] = /^(.*?)(?:\/(start|fail|log))?$/.exec(pathname)!;
  assert.deepEqual([...searchParams.keys()].filter((key) => key !== "rid" && key !== "create"), []);
  return PingSchema.parse({ method, check, signal, rid: searchParams.get("rid"), body });
}
