// A host for commands: a terminal that remembers, an environment, files in memory and HTTP answered by functions.

import type { Host, Http } from "../../src/ports/host.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeIds, FakeRandom, FakeSecrets } from "./fake_ids.ts";
import { USAGE } from "./fake_usage.ts";
import { MemoryFiles } from "./memory_files.ts";
import { systemTree } from "../../src/runtime/file_tree.ts";

export type Answer = (request: Request) => Response | Promise<Response>;

export interface FakeHostOptions {
  env?: Record<string, string>;
  /** Absolute path to text; the working folder is /home/me. */
  files?: Record<string, string>;
  /** Servers by origin (`http://127.0.0.1:8080`) or socket (`unix:/run/schelly/schelly.sock`). */
  servers?: Record<string, Answer>;
  /** Whether stdin, stdout and stderr are a terminal. */
  tty?: boolean;
  columns?: number;
  /** What `confirm` answers. */
  confirms?: boolean;
  /** What `ask` answers, one after the other; then nothing more comes in. */
  answers?: string[];
  stdin?: string;
  now?: number;
  /** Where /etc/localtime leads; absent: nowhere. */
  localtime?: string;
}

type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** A `Host`, and what a test wants to see of it. */
export interface FakeHost extends Host {
  clock: FakeClock;
  /** Everything written to standard output and error. */
  out(): string;
  err(): string;
  /** Questions that were asked. */
  questions: string[];
  /** `METHOD target path?query` of each request, in order. */
  requests: string[];
  /** As a person or the system would send it; true when somebody listens. */
  signal(signal: Signal): boolean;
}

/** The machine's own zone is no test's. */
function realPathWith(localtime: string | undefined): typeof systemTree.realPath {
  return (path) => path === "/etc/localtime" ? Promise.resolve(localtime) : systemTree.realPath(path);
}

/** A host as a test wants it; by default without a terminal, files, servers or environment, at 2026-11-23. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const { env = {}, tty = false, columns = 80, confirms = false, answers = [], stdin = "" } = options;
  const clock = new FakeClock(options.now ?? Date.UTC(2026, 10, 23));
  let out = "";
  let err = "";
  const questions: string[] = [];
  const requests: string[] = [];
  // Deno forgets the listeners of a request's signal together with a request that nobody holds.
  const alive: Request[] = [];
  const handlers: { signal: Signal; handler: () => void }[] = [];
  const http = (target: (request: Request) => string): Http => async (request) => {
    const name = target(request);
    const { pathname, search } = new URL(request.url);
    requests.push(`${request.method} ${name} ${pathname}${search}`);
    alive.push(request);
    const answer = options.servers?.[name];
    if (answer !== undefined) return await answer(request);
    throw new TypeError(
      `error sending request for url (${request.url}): client error (Connect): tcp connect error: ` +
        "Connection refused (os error 111)",
    );
  };
  return {
    clock,
    ids: new FakeIds(clock),
    random: new FakeRandom(),
    secrets: new FakeSecrets(),
    http: http((request) => new URL(request.url).origin),
    httpOver: (path) => http(() => `unix:${path}`),
    httpWith: () => http((request) => new URL(request.url).origin),
    tlsTrouble: () => undefined,
    mail: () => Promise.reject(new Error("no mail here")),
    files: new MemoryFiles(options.files),
    tree: { ...systemTree, realPath: realPathWith(options.localtime) },
    processes: {
      run: () => Promise.reject(named("NotFound", "no programs here")),
      killGroup: () => false,
      identity: () => Promise.resolve(undefined),
      fate: () => Promise.resolve("unseen"),
    },
    terminal: {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      neverWait: () => {},
      outNeverWait: () => {},
      errDropped: () => 0,
      outIsTty: tty,
      errIsTty: tty,
      inIsTty: tty,
      columns,
      confirm(question) {
        questions.push(question);
        return Promise.resolve(confirms);
      },
      ask(question) {
        questions.push(question);
        return Promise.resolve(answers.shift() ?? null);
      },
      readStdin: () => Promise.resolve(stdin),
    },
    env,
    listen: () => Promise.reject(named("PermissionDenied", "no sockets here")),
    onSignal(signal, handler) {
      const entry = { signal, handler };
      handlers.push(entry);
      return () => void handlers.splice(handlers.indexOf(entry), 1);
    },
    watchFolder: () => () => {},
    supervisor: null,
    program: null,
    version: {
      version: "1.2.3",
      commit: "abcdef0",
      builtAt: null,
      deno: "2.6.8",
      target: "x86_64-unknown-linux-gnu",
    },
    usage: () => Promise.resolve(USAGE),
    pid: 4711,
    machine: () => ({ id: null, name: "here", boot: null }),
    out: () => out,
    err: () => err,
    questions,
    requests,
    signal(signal) {
      const listening = handlers.filter((entry) => entry.signal === signal);
      for (const { handler } of listening) handler();
      return listening.length > 0;
    },
  };
}

/** JSON as a server answers it; problems get their own media type. */
export function jsonAnswer(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  return new Response(JSON.stringify(body), { status, headers: { "content-type": type, ...headers } });
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
