// The API over fakes, asked like a server would ask it. What it answers must fit its own document.

import { type ApiDeps, type Auth, createApi } from "../../src/api/mod.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { PeerInfo } from "../../src/ports/host.ts";
import type { ProblemView } from "../../src/ports/views/problem.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeOperations } from "./fake_operations.ts";
import { trusting } from "./hand_watch.ts";
import { MemoryReads } from "./memory_reads.ts";
import type { Document } from "./openapi_cases.ts";
import { type Judge, judgeBy } from "./openapi_judge.ts";

const TCP: PeerInfo = { local: false, remote: "127.0.0.1:50000" };
const SOCKET: PeerInfo = { local: true, remote: "unix" };

/** What a test sets otherwise. */
export type TestApiOptions = Partial<Omit<ApiDeps, "auth">> & { auth?: Auth };

type Handler = (request: Request, peer: PeerInfo) => Promise<Response>;

/** By the document, which is the same whatever the API is made of. */
let judge: Promise<Judge> | undefined;

async function judgeOf(handler: Handler): Promise<Judge> {
  const answer = await handler(requestOf("GET /openapi.json", {}), SOCKET);
  return judgeBy(await answer.json() as Document);
}

/** The answer; throws where it is JSON that the document does not foresee. */
async function judged(handler: Handler, line: string, init: RequestInit, peer: PeerInfo): Promise<Response> {
  const request = requestOf(line, init);
  const response = await handler(request, peer);
  const type = response.headers.get("content-type")?.replace(/;.*/, "") ?? "";
  if (!type.includes("json")) return response;
  judge ??= judgeOf(handler);
  const { pathname } = new URL(request.url);
  const answer = { status: response.status, type, body: await response.clone().text() };
  const trouble = (await judge)(request.method, pathname, answer);
  if (trouble !== undefined) throw new Error(`${line}: ${trouble}: ${answer.body.slice(0, 500)}`);
  return response;
}

/** An API with its fakes. Requests come over the unix socket unless told otherwise. */
export function testApi({ auth = { kind: "default" }, ...overrides }: TestApiOptions = {}) {
  const access = { auth };
  const reads = new MemoryReads();
  const operations = new FakeOperations();
  const clock = new FakeClock(Date.UTC(2026, 2, 1, 12));
  const events: EngineEvent[] = [];
  const handler = createApi({
    reads,
    operations,
    clock,
    watch: trusting(clock),
    auth: () => access.auth,
    sink: { emit: (event) => void events.push(event) },
    version: "1.2.3",
    subscribe: (listener) => reads.subscribe(listener),
    ...overrides,
  });
  return {
    reads,
    operations,
    clock,
    events,
    handler,
    /** As a reload that names other callers. */
    changeAuth: (auth: Auth) => void (access.auth = auth),
    /** `ask("GET /backups")`, as admin over the socket. */
    ask: (line: string, init: RequestInit = {}) => judged(handler, line, init, SOCKET),
    /** The same over TCP, where credentials count. */
    askTcp: (line: string, init: RequestInit = {}) => judged(handler, line, init, TCP),
  };
}

function requestOf(line: string, init: RequestInit): Request {
  const [method, path] = line.split(" ", 2) as [string, string];
  return new Request(path.startsWith("http") ? path : `http://localhost${path}`, { method, ...init });
}

/** The problem in an answer, after a look that it is one. */
export async function problemOf(response: Response): Promise<ProblemView> {
  const type = response.headers.get("content-type");
  const text = await response.text();
  if (type !== "application/problem+json") {
    throw new Error(`expected a problem, got ${response.status} ${type}: ${text}`);
  }
  const view = JSON.parse(text) as ProblemView;
  if (view.status !== response.status) {
    throw new Error(`a problem says ${view.status}, its answer ${response.status}`);
  }
  return view;
}
