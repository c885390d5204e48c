// The page over fakes and the real API, asked like a browser would ask it.

import { type Auth, createApi, createDoor, readWhole } from "../../src/api/mod.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { PeerInfo } from "../../src/ports/host.ts";
import type { Caller } from "../../src/ports/operations.ts";
import type { Visit } from "../../src/ports/visits.ts";
import type { Viewer } from "../../src/web/deps.ts";
import type { Frame } from "../../src/web/layout.tsx";
import { createWeb } from "../../src/web/mod.ts";
import { pathsBelow } from "../../src/web/paths.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeSecrets } from "./fake_ids.ts";
import { FakeOperations } from "./fake_operations.ts";
import { trusting } from "./hand_watch.ts";
import { MemoryReads } from "./memory_reads.ts";

const TCP: PeerInfo = { local: false, remote: "127.0.0.1:50000" };
const SOCKET: PeerInfo = { local: true, remote: "unix" };
const ORIGIN = "http://localhost:8080";

/** What a test sets otherwise. */
export interface TestWebOptions {
  auth?: Auth;
  basePath?: string;
  peer?: PeerInfo;
}

/** A browser: it keeps its cookies, and says where its forms come from. */
export interface Browser {
  /** The cookies it holds, as it sends them. */
  cookie: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Sends a form of a page of ours, with the token that `page` shows. */
  send(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

/** A page with its fakes. */
export function testWeb({ auth = { kind: "none" }, basePath = "", peer = TCP }: TestWebOptions = {}) {
  const access = { auth };
  const reads = new MemoryReads();
  const operations = new FakeOperations();
  const clock = new FakeClock(Date.UTC(2026, 2, 1, 12));
  const events: EngineEvent[] = [];
  const visits: (Visit & { what: string })[] = [];
  const closing = new AbortController();
  const sink = { emit: (event: EngineEvent) => void events.push(event) };
  const book = {
    changed: (visit: Visit) => Promise.resolve(void visits.push({ ...visit, what: "changed" })),
    refused: (visit: Visit) => void visits.push({ ...visit, what: "refused" }),
    loggedIn: (visit: Visit) => void visits.push({ ...visit, what: "loggedIn" }),
  };
  const deps = {
    history: {
      jobDays: () => Promise.resolve(new Map()),
      storageDays: () => Promise.resolve({ stored: 0, days: [] }),
      backupCounts: () => Promise.resolve([]),
    },
    ...{ reads, operations, clock, sink, visits: book, version: "1.2.3", closing: closing.signal },
    auth: () => access.auth,
    subscribe: (listener: () => void) => reads.subscribe(listener),
    basePath: () => basePath,
  };
  const door = createDoor(deps);
  const handler = createWeb({
    ...deps,
    door,
    askApi: createApi({ ...deps, watch: trusting(clock) }, door),
    address: () => `${ORIGIN}${basePath}`,
    secrets: new FakeSecrets(),
    readBody: (request, most) => readWhole(request, clock, most),
  });

  function browser(): Browser {
    const ask = async (path: string, init: RequestInit) => {
      const headers = new Headers(init.headers);
      if (self.cookie !== "") headers.set("cookie", self.cookie);
      const answer = await handler(new Request(`${ORIGIN}${path}`, { ...init, headers }), peer);
      const set = answer.headers.get("set-cookie");
      if (set !== null) self.cookie = /Max-Age=0/.test(set) ? "" : set.split(";")[0]!;
      return answer;
    };
    const self: Browser = {
      cookie: "",
      get: (path, headers) => ask(path, { headers }),
      async send(path, fields, headers = {}) {
        const page = await (await self.get(`${basePath}/ui/`)).text();
        const login = await (await self.get(`${basePath}/ui/login`)).text();
        const csrf = csrfOf(page) ??
          csrfOf(await (await self.get(`${path}?${new URLSearchParams({ of: fields.of ?? "" })}`)).text()) ??
          csrfOf(login) ?? "";
        return await ask(path, {
          method: "POST",
          headers: { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded", ...headers },
          body: new URLSearchParams({ csrf, ...fields }).toString(),
        });
      },
    };
    return self;
  }

  return {
    ...{ reads, operations, clock, events, visits, handler, browser },
    /** As a reload that names other callers. */
    changeAuth: (next: Auth) => void (access.auth = next),
    /** At the socket. */
    askSocket: (method: string, path: string) => handler(new Request(`${ORIGIN}${path}`, { method }), SOCKET),
  };
}

/** The token in the forms of a page; undefined where it has none. */
export function csrfOf(page: string): string | undefined {
  return /name="csrf" value="([^"]*)"/.exec(page)?.[1];
}

/** What pages are drawn with, for one who may do everything. */
export function testFrame(
  { viewer, caller = { name: "alice", role: "admin" }, basePath = "", may = () => true }: {
    viewer?: null;
    caller?: Caller;
    basePath?: string;
    may?: (endpoint: string) => boolean;
  } = {},
): Frame {
  const known: Viewer = { identity: { caller, by: "session" }, caller, csrf: "c5rf", may, hasSession: true };
  return {
    paths: pathsBelow(basePath),
    viewer: viewer === null ? null : known,
    version: "1.2.3",
    now: Date.UTC(2026, 2, 1, 12),
  };
}
