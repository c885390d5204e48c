// Serves the mock provider over HTTP: the real server in front of it, bad answers as the settings say, and /mock to
// see and change the settings while it runs.

import type { Clock } from "../../ports/host.ts";
import { createMockHost } from "./host.ts";
import type { MockPorts, MockState } from "./memory.ts";
import { createSeededRandom, draw, happens } from "./random.ts";
import { changeMockSettings, type MockSettings, showMockSettings } from "./settings.ts";
import { readJsonBody } from "../protocol/request_body.ts";
import { createProviderHandler } from "../server/server.ts";
import type { ProviderAuth } from "../server/callers.ts";

export interface MockOptions {
  settings: MockSettings;
  auth?: ProviderAuth;
  /** Folders in which the target of a restore must lie; default none: then it has no `restore`. */
  restoreRoots?: readonly string[];
  /** As of `createProviderHandler`. */
  hostnames?: readonly string[];
  /** Told of each call and of what becomes of each backup. */
  tell: MockState["tell"];
}

interface MockProvider extends AsyncDisposable {
  /** Never rejects. */
  handle(request: Request): Promise<Response>;
}

/** A caller that waits longer for an answer that never comes has given up. */
const HANG_MS = 3_600_000;

/** A mock without backups. */
export async function createMockProvider(options: MockOptions, ports: MockPorts): Promise<MockProvider> {
  const { clock } = ports;
  const { tell } = options;
  let { settings } = options;
  let chance = chanceOf(settings.seed);
  const state: MockState = {
    settings: () => settings,
    random: () => chance.backups,
    taskRandom: () => chance.tasks,
    tell,
  };
  const host = await createMockHost(state, ports, options.restoreRoots ?? []);
  const serve = createProviderHandler(host, { clock, auth: options.auth, hostnames: options.hostnames });

  function show(): Response {
    return json(200, { ...showMockSettings(settings), backups: host.totals() });
  }

  async function control(request: Request): Promise<Response> {
    if (request.method === "GET") return show();
    if (request.method !== "PUT") return json(405, { error: "Cannot do this to /mock: expected GET or PUT" });
    const body = await readJsonBody(request, clock);
    if (!body.ok) return json(body.status, { error: body.problem });
    const changed = changeMockSettings(settings, body.value);
    if (!changed.ok) return json(400, { error: `Cannot change the settings: ${changed.problem}` });
    const begins = typeof body.value === "object" && body.value !== null && "seed" in body.value;
    settings = changed.settings;
    if (begins) chance = chanceOf(settings.seed);
    tell("settings", body.value as Record<string, string | number>);
    return show();
  }

  /** One call of the protocol: what happened to it, besides its answer. */
  async function call(request: Request): Promise<{ answer: Response; fault?: string }> {
    const writes = request.method === "POST" || request.method === "DELETE";
    const random = writes ? chance.writes : chance.reads;
    const delay = Math.round(draw(random, settings.answer_delay));
    if (delay > 0) await clock.sleep(delay);
    if (happens(random, settings.error_rate)) {
      await request.body?.cancel().catch(() => {});
      return { answer: json(503, { error: "this mock was told to fail this call" }), fault: "not done" };
    }
    const answer = await serve(withoutLookup(request, settings));
    if (!writes) return { answer };
    if (happens(random, settings.hang_rate)) {
      await hang(clock, request.signal);
      return { answer, fault: "answer held back for ever" };
    }
    if (happens(random, settings.lost_rate)) return { answer: broken(answer), fault: "answer broken off" };
    return { answer };
  }

  return {
    async handle(request) {
      const { pathname } = new URL(request.url);
      // Read before it is served, when the connection still has it.
      const run = request.headers.get("X-Schelly-Run");
      const job = request.headers.get("X-Schelly-Job");
      if (pathname === "/livez" || pathname === "/metrics") return await serve(request);
      if (pathname === "/mock") return await serveControl(request);
      const { answer, fault } = await call(request);
      tell("call", {
        method: request.method,
        path: pathname,
        ...(job === null ? {} : { job }),
        ...(run === null ? {} : { run }),
        status: answer.status,
        ...(fault === undefined ? {} : { fault }),
      });
      return answer;
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };

  async function serveControl(request: Request): Promise<Response> {
    // Whoever may not see the backups may not change them either: the server in front decides.
    const probe = await serve(new Request(new URL("/metrics", request.url), { headers: request.headers }));
    return probe.ok ? await control(request) : probe;
  }
}

/** Each its own, as how often a backup is looked at is up to time. */
function chanceOf(seed: number) {
  return {
    backups: createSeededRandom(seed),
    writes: createSeededRandom(seed + 1),
    reads: createSeededRandom(seed + 2),
    tasks: createSeededRandom(seed + 3),
  };
}

/** A provider without look-up does not understand its question, and answers as if it were not asked. */
function withoutLookup(request: Request, settings: MockSettings): Request {
  const url = new URL(request.url);
  if (settings.extensions.has("lookup") || !url.searchParams.has("run_id")) return request;
  url.searchParams.delete("run_id");
  return new Request(url, request);
}

/** The status arrives, the body breaks off. */
function broken(answer: Response): Response {
  const body = new ReadableStream({
    start: (controller) => controller.error(new Error("this mock was told to lose this answer")),
  });
  return new Response(body, { status: answer.status === 204 ? 200 : answer.status, headers: answer.headers });
}

async function hang(clock: Clock, left: AbortSignal): Promise<void> {
  await clock.sleep(HANG_MS, left).catch(() => {});
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value) + "\n", {
    status,
    headers: { "Content-Type": "application/json" },
  });
}
