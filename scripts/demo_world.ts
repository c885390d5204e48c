// A world for the demo: the real program, server and commands, on real files but on a virtual clock, without a network.

import { main } from "../src/cli/program.ts";
import { createScheduleCache, type Schedule } from "../src/domain/schedule/schedule.ts";
import type { Host, Http, RequestHandler } from "../src/ports/host.ts";
import { systemFiles } from "../src/runtime/files.ts";
import { systemTree } from "../src/runtime/file_tree.ts";
import { FakeClock } from "../tests/support/fake_clock.ts";
import { FakeIds, FakeRandom, FakeSecrets } from "../tests/support/fake_ids.ts";
import { USAGE } from "../tests/support/fake_usage.ts";
import { createStorage, type Troubles } from "./demo_storage.ts";

const STORAGE = "http://127.0.0.1:7079";
const LONG_NAP_MS = 86_400_000;
const NEVER_MS = 365 * 86_400_000;
/** The scheduler's nap when nothing is due. */
const NAP_MS = 30_000;
/** The nap of what works out coverage in the background; here it is asked for instead. */
const COVERAGE_NAP_MS = 5_000;
/** The API over TCP and over the socket. */
const LISTENERS = 2;
/** As wide as the terminal of a person. */
const COLUMNS = 110;

/** What a command said, as a person at a terminal sees it. */
export interface Said {
  code: number;
  out: string;
  err: string;
  /** Both, and the questions asked, in the order in which they appeared. */
  seen: string;
}

/** Idle naps last until something is due. */
class DemoClock extends FakeClock {
  due: Schedule[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms === COVERAGE_NAP_MS) return super.sleep(NEVER_MS, signal);
    if (ms !== NAP_MS) return super.sleep(ms, signal);
    const now = this.now();
    const slots = this.due.map((schedule) => schedule.next(now) ?? Infinity);
    return super.sleep(Math.min(...slots, now + LONG_NAP_MS) - now, signal);
  }
}

/** The program in the working folder, where its configuration and its state are. */
export class DemoWorld {
  readonly clock: DemoClock;
  /** What the server said on stderr. */
  log = "";
  #storage: Http;
  #ids: FakeIds;
  #boots = 0;
  #handlers = new Map<string, RequestHandler>();
  #stopSignals: (() => void)[] = [];
  #running: Promise<number> | undefined;

  /** Without colours, unless the environment of its programs says otherwise. */
  constructor(
    startMs: number,
    troubles: Troubles,
    private readonly env: Record<string, string> = { NO_COLOR: "1" },
  ) {
    this.clock = new DemoClock(startMs);
    this.#ids = new FakeIds(this.clock);
    this.#storage = createStorage(() => this.clock.now(), troubles);
  }

  /** Starts `schelly run`. */
  async start(): Promise<void> {
    this.#ids = new FakeIds(this.clock, ++this.#boots);
    const host = this.#host({
      err: (text) => void (this.log += text),
      out: (text) => void (this.log += text),
    });
    this.#running = main(["run"], host);
    let isOver = false;
    void this.#running.then(() => isOver = true);
    // Loading the program takes real time.
    while (this.#handlers.size < LISTENERS) {
      if (isOver) throw new Error(`the server did not start: ${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Ends it by SIGTERM. */
  async stop(): Promise<void> {
    for (const stop of this.#stopSignals) stop();
    let isOver = false;
    void this.#running?.then(() => isOver = true);
    while (!isOver) await this.clock.advance(100);
    this.#handlers.clear();
    this.#stopSignals = [];
  }

  /** Runs one command; whatever it asks on the terminal is answered with yes. */
  async run(...args: string[]): Promise<Said> {
    const said = { code: 0, out: "", err: "", seen: "" };
    const say = (stream: "out" | "err") => (text: string) => {
      said[stream] += text;
      said.seen += text;
    };
    const host = this.#host({
      out: say("out"),
      err: say("err"),
      confirm(question) {
        said.seen += `${question} [y/N] y\n`;
        return Promise.resolve(true);
      },
    });
    said.code = await main(args, host);
    return said;
  }

  /** Says when jobs are due; between these times the world is not looked at. */
  expect(patterns: readonly string[], timezone: string): void {
    const schedules = createScheduleCache();
    this.clock.due = patterns.map((pattern) => {
      const parsed = schedules.parse(pattern, timezone);
      if ("error" in parsed) throw new Error(parsed.error);
      return parsed.schedule;
    });
  }

  /** Moves time to an instant, UTC ms. */
  async until(at: number): Promise<void> {
    await this.clock.advance(at - this.clock.now());
  }

  /** Asks the server over TCP, as a browser does. */
  async ask(request: Request): Promise<Response> {
    const [, handler] = [...this.#handlers].find(([address]) => address.startsWith("http:"))!;
    return await handler(request, { local: false, remote: "127.0.0.1:50000" });
  }

  #host(terminal: Pick<Host["terminal"], "out" | "err"> & Partial<Host["terminal"]>): Host {
    return {
      clock: this.clock,
      ids: this.#ids,
      machine: () => ({ id: null, name: "demo", boot: null }),
      secrets: new FakeSecrets(),
      random: new FakeRandom(7),
      http: (request) => this.#http(new URL(request.url).origin, request),
      httpWith: () => (request) => this.#http(new URL(request.url).origin, request),
      tlsTrouble: () => undefined,
      mail: () => Promise.reject(new Error("no mail in the demo")),
      httpOver: (path) => (request) => this.#http(`unix:${path}`, request),
      files: systemFiles,
      tree: systemTree,
      processes: {
        run: () => Promise.reject(new Error("no programs in the demo")),
        killGroup: () => false,
        identity: () => Promise.resolve(undefined),
        fate: () => Promise.resolve("unseen"),
      },
      terminal: {
        neverWait: () => {},
        outNeverWait: () => {},
        errDropped: () => 0,
        outIsTty: true,
        errIsTty: true,
        inIsTty: true,
        columns: COLUMNS,
        confirm: () => Promise.resolve(true),
        ask: () => Promise.resolve(null),
        readStdin: () => Promise.resolve(""),
        ...terminal,
      },
      env: this.env,
      listen: (spec, handler) => {
        const address = spec.unix
          ? `unix:${spec.unix.path}`
          : `http://${spec.tcp!.hostname}:${spec.tcp!.port}`;
        this.#handlers.set(address, handler);
        return Promise.resolve({ address, renew: () => Promise.resolve(), close: () => Promise.resolve() });
      },
      onSignal: (signal, handler) => {
        if (signal === "SIGTERM") this.#stopSignals.push(handler);
        return () => {};
      },
      watchFolder: () => () => {},
      version: {
        version: "demo",
        commit: "",
        builtAt: null,
        deno: Deno.version.deno,
        target: Deno.build.target,
      },
      usage: () => Promise.resolve(USAGE),
      pid: 1,
      supervisor: null,
      program: null,
    };
  }

  #http(target: string, request: Request): Promise<Response> {
    if (target === STORAGE) return this.#storage(request);
    const handler = this.#handlers.get(target);
    if (handler === undefined) {
      return Promise.reject(new TypeError("client error (Connect): Connection refused (os error 111)"));
    }
    return Promise.resolve(handler(request, { local: target.startsWith("unix:"), remote: "demo" }));
  }
}
