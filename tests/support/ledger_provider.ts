// A provider over TCP that keeps a book: every call as it came and every effect it had, so that a test can compare
// what the program claims with what is true. Faults come by choice, call by call.
// Connections stay open between calls, as they do with a real one, and are really cut where one is to be cut.

// Served by Deno itself: under Deno, servers of node:net and node:http stop accepting after enough cut connections.

export type Ability = "idempotency" | "lookup" | "list" | "fence";
export const ALL_ABILITIES: readonly Ability[] = ["idempotency", "lookup", "list", "fence"];

/** One request, with what its headers said. */
export interface LedgerCall {
  at: number;
  kind: "call";
  method: string;
  /** Decoded; null for a call to the base URL. */
  id: string | null;
  runId: string | null;
  job: string | null;
  slot: string | null;
  fence: number | null;
  /** 0 when nothing was answered; null while it is under way. */
  status: number | null;
}

/** Something that became true at the provider. */
export interface LedgerEffect {
  at: number;
  kind: "effect";
  effect: "started" | "available" | "failed" | "cancelled" | "deleted";
  id: string;
  runId: string | null;
  job: string | null;
  slot: string | null;
}

/** A departure from good manners for one call. */
export type LedgerFault =
  /** Does nothing and closes the connection. */
  | { fault: "lost_request" }
  /** Does what was asked, then closes the connection without an answer. */
  | { fault: "lost_reply" }
  /** Closes the connection at once and does what was asked this much later. */
  | { fault: "late_effect"; ms: number }
  /** Does what was asked and never answers. */
  | { fault: "hang" }
  /** Does nothing and answers this. */
  | { fault: "status"; status: number; body?: string; headers?: Record<string, string> };

export interface LedgerProviderOptions {
  /** Default: a free one. */
  port?: number;
  /** Extensions it honours and announces. Default: none, a plain provider. */
  abilities?: readonly Ability[];
  /** How long a backup takes, asked for each. Default 20. */
  durationMs?: () => number;
  /** How long a call waits before it takes effect, and again before it is answered. Default 0. */
  delayMs?: () => number;
  /** What a call waits for before it takes effect. Default: nothing. */
  gate?: (call: LedgerCall) => Promise<void> | undefined;
  /** Whether a backup fails in the end. Default: none. */
  fails?: () => boolean;
  fault?: (call: LedgerCall) => LedgerFault | undefined;
  /** Keep every entry. Default; false keeps counts alone, for runs of many minutes. */
  keepEntries?: boolean;
}

interface Backup {
  id: string;
  runId: string | null;
  job: string | null;
  slot: string | null;
  state: "running" | "available" | "failed";
  timer: ReturnType<typeof setTimeout> | undefined;
}

interface Reply {
  status: number;
  json?: unknown;
  headers?: Record<string, string>;
}

/** The provider and its book. */
export interface LedgerProvider extends AsyncDisposable {
  /** The base URL. */
  url: string;
  port: number;
  calls: LedgerCall[];
  effects: LedgerEffect[];
  /** How often each effect and each method came. */
  counts: Record<string, number>;
  /** Ids it has, with their state. */
  backups(): Map<string, "running" | "available" | "failed">;
  /** Calls that are neither answered nor given up. */
  underWay(): number;
}

/** Listens on loopback. */
export function startLedgerProvider(options: LedgerProviderOptions = {}): LedgerProvider {
  const abilities = new Set(options.abilities ?? []);
  const { durationMs = () => 20, delayMs = () => 0, fails = () => false, keepEntries = true } = options;
  const backups = new Map<string, Backup>();
  const byRun = new Map<string, string>();
  const deleted = new Set<string>();
  const fences = new Map<string, number>();
  const calls: LedgerCall[] = [];
  const effects: LedgerEffect[] = [];
  const counts: Record<string, number> = {};
  const late = new Set<ReturnType<typeof setTimeout>>();
  let made = 0;
  let underWay = 0;

  const count = (what: string) => counts[what] = (counts[what] ?? 0) + 1;

  function note(effect: LedgerEffect["effect"], { id, runId, job, slot }: Backup): void {
    count(effect);
    if (keepEntries) effects.push({ at: Date.now(), kind: "effect", effect, id, runId, job, slot });
  }

  function start({ runId, job, slot }: LedgerCall): string {
    const known = abilities.has("idempotency") && runId !== null ? byRun.get(runId) : undefined;
    if (known !== undefined) return known;
    const backup: Backup = {
      id: `b${++made}`,
      runId,
      job,
      slot,
      state: "running",
      timer: setTimeout(() => {
        backup.state = fails() ? "failed" : "available";
        note(backup.state, backup);
      }, durationMs()),
    };
    backups.set(backup.id, backup);
    if (runId !== null) byRun.set(runId, backup.id);
    note("started", backup);
    return backup.id;
  }

  function remove(backup: Backup): void {
    clearTimeout(backup.timer);
    backups.delete(backup.id);
    if (keepEntries) deleted.add(backup.id);
    else if (backup.runId !== null) byRun.delete(backup.runId);
    note(backup.state === "running" ? "cancelled" : "deleted", backup);
  }

  const view = ({ id, runId, state }: Backup) => ({
    id,
    data_id: state === "available" ? `data-${id}` : id,
    status: state,
    message: `backup ${state}`,
    ...(state === "available" ? { size_mb: 12.5 } : {}),
    ...(abilities.has("lookup") || abilities.has("list") ? { run_id: runId } : {}),
  });

  function act(call: LedgerCall, runIdAsked: string | null): Reply {
    if (call.method === "OPTIONS") {
      return { status: 204, headers: { "schelly-provider": [...abilities].join(", ") } };
    }
    if (abilities.has("fence") && call.fence !== null && call.job !== null) {
      if (call.fence < (fences.get(call.job) ?? 0)) return { status: 412, json: { error: "an older fence" } };
      fences.set(call.job, call.fence);
    }
    if (call.id === null) {
      if (call.method === "POST") {
        const id = start(call);
        return { status: 202, json: { ...view(backups.get(id) ?? goneBackup(id, call)), status: "running" } };
      }
      if (call.method !== "GET") return { status: 405 };
      const asked = abilities.has("lookup") ? runIdAsked : null;
      if (!abilities.has("list") && asked === null) return { status: 404 };
      const all = [...backups.values()].filter((one) => asked === null || one.runId === asked);
      return { status: 200, json: all.map(view) };
    }
    const backup = backups.get(call.id);
    if (backup === undefined) return { status: deleted.has(call.id) && abilities.size > 0 ? 410 : 404 };
    if (call.method === "DELETE") {
      remove(backup);
      return { status: 200, json: { id: backup.id, status: "deleted" } };
    }
    return call.method === "GET" ? { status: 200, json: view(backup) } : { status: 405 };
  }

  /** A start repeated under its key after the backup was deleted is still answered with its id. */
  function goneBackup(id: string, { runId, job, slot }: LedgerCall): Backup {
    return { id, runId, job, slot, state: "running", timer: undefined };
  }

  async function serve({ method, target, headers }: Request, connection: Connection): Promise<void> {
    const url = new URL(target, "http://provider");
    const header = (name: string) => headers.get(name) ?? null;
    const id = /^\/backups\/(.+)$/.exec(url.pathname)?.[1];
    const call: LedgerCall = {
      at: Date.now(),
      kind: "call",
      method,
      id: id === undefined ? null : decodeURIComponent(id),
      runId: header("idempotency-key") ?? header("x-schelly-run"),
      job: header("x-schelly-job"),
      slot: header("x-schelly-slot"),
      fence: header("x-schelly-fence") === null ? null : Number(header("x-schelly-fence")),
      status: null,
    };
    count(call.method);
    if (keepEntries) calls.push(call);
    const fault = options.fault?.(call);
    const asked = url.searchParams.get("run_id");
    const noAnswer = () => {
      call.status = 0;
      connection.cut();
    };
    if (fault?.fault === "lost_request") return noAnswer();
    if (fault?.fault === "late_effect") {
      noAnswer();
      const timer = setTimeout(() => {
        late.delete(timer);
        act(call, asked);
      }, fault.ms);
      late.add(timer);
      return;
    }
    if (fault?.fault === "status") {
      call.status = fault.status;
      return answer(connection, fault.status, fault.body ?? "", fault.headers);
    }
    await pause(delayMs());
    await options.gate?.(call);
    const reply = act(call, asked);
    if (fault?.fault === "lost_reply") return noAnswer();
    if (fault?.fault === "hang") {
      call.status = 0;
      return;
    }
    await pause(delayMs());
    call.status = reply.status;
    const body = reply.json === undefined ? "" : JSON.stringify(reply.json);
    answer(connection, reply.status, body, { "content-type": "application/json", ...reply.headers });
  }

  const open = new Set<Connection>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: options.port ?? 0 });
  const { port } = listener.addr as Deno.NetAddr;
  void (async () => {
    for await (const one of listener) {
      one.setNoDelay();
      const connection = newConnection(one, () => open.delete(connection));
      open.add(connection);
      void connection.read((request) => {
        underWay++;
        void serve(request, connection).finally(() => underWay--);
      });
    }
  })();
  return {
    url: `http://127.0.0.1:${port}/backups`,
    port,
    calls,
    effects,
    counts,
    backups: () => new Map([...backups].map(([id, { state }]) => [id, state])),
    underWay: () => underWay,
    async [Symbol.asyncDispose]() {
      for (const { timer } of backups.values()) clearTimeout(timer);
      for (const timer of late) clearTimeout(timer);
      listener.close();
      for (const connection of open) connection.cut();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

interface Request {
  method: string;
  target: string;
  /** Names in lower case. */
  headers: Map<string, string>;
}

/** A whole request; undefined while some of it is on its way. What its body says is of no use here. */
function parse(received: string): Request | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first, ...lines] = received.slice(0, end).split("\r\n");
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  if (received.length < end + 4 + Number(headers.get("content-length") ?? 0)) return undefined;
  const [method, target] = first!.split(" ");
  return { method: method!, target: target!, headers };
}

interface Connection {
  /** Hands over each request, until the connection ends. */
  read(take: (request: Request) => void): Promise<void>;
  write(text: string): void;
  cut(): void;
}

function newConnection(socket: Deno.TcpConn, ended: () => void): Connection {
  let isOpen = true;
  const cut = () => {
    if (!isOpen) return;
    isOpen = false;
    ended();
    socket.close();
  };
  return {
    cut,
    async read(take) {
      const chunk = new Uint8Array(16_384);
      const decoder = new TextDecoder("latin1");
      let received = "";
      try {
        for (;;) {
          const length = await socket.read(chunk);
          if (length === null) break;
          received += decoder.decode(chunk.subarray(0, length));
          const request = parse(received);
          if (request === undefined) continue;
          // The next one comes only after the answer.
          received = "";
          take(request);
        }
      } catch { /* The other side went away, or was killed. */ }
      cut();
    },
    write(text) {
      if (isOpen) void socket.write(new TextEncoder().encode(text)).catch(cut);
    },
  };
}

function answer(
  connection: Connection,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  const length = status === 204 ? {} : { "content-length": String(new TextEncoder().encode(body).length) };
  const lines = Object.entries({ ...headers, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  // In one piece: a second one would wait for the first to be acknowledged.
  connection.write(`HTTP/1.1 ${status} Whatever\r\n${lines.join("")}\r\n${body}`);
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
