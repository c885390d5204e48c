// Talks to a running server over its REST API, by TCP or unix socket, with its token and page by page.

import { z } from "zod";
import type { Host } from "../../ports/host.ts";
import { hostWithTls } from "./client_tls.ts";
import { findServer, probe, type ServerArgs, type Target } from "./discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { withDoubt } from "./other_server.ts";
import { type Asked, noAnswer, parseAnswer, refusal, strange } from "./refusals.ts";

/** Values of a query; undefined ones are left out. */
export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

interface Page<T> {
  items: T[];
  /** True when the server has more than was asked for. */
  more: boolean;
}

/** Requests to one server. All reject with `Failure`; a missing thing with the code for "not found". */
export interface Client {
  /** The server, as shown to people. */
  name: string;
  /** Which of its other doors do not answer, and why, in words. */
  shutDoors(): Promise<string[]>;
  /** `timeoutMs` for what the server may have to work on. */
  get<T>(path: string, answer: z.ZodType<T>, query?: Query, timeoutMs?: number): Promise<T>;
  /** Waits as long as the server needs. */
  post<T>(path: string, answer: z.ZodType<T>, options?: PostOptions): Promise<T>;
  put<T>(path: string, answer: z.ZodType<T>, options?: PostOptions): Promise<T>;
  delete<T>(
    path: string,
    answer: z.ZodType<T>,
    query?: Query,
    headers?: Record<string, string>,
  ): Promise<T>;
  /** A `GET` of a text that succeeded. */
  openGood(path: string): Promise<Response>;
  /** Follows `Link: rel="next"` until `limit` items are there. */
  pages<T>(path: string, item: z.ZodType<T>, query: Query, limit: number): Promise<Page<T>>;
  /** A `GET` whose answer is read by the caller, whatever its status. */
  open(
    path: string,
    options: { query?: Query; headers?: Record<string, string>; timeoutMs?: number },
  ): Promise<Response>;
}

interface PostOptions {
  query?: Query;
  body?: unknown;
  /** A body that is no JSON. */
  text?: { text: string; type: string };
  headers?: Record<string, string>;
}

interface Sending extends Asked {
  query?: Query;
  body?: unknown;
  text?: { text: string; type: string };
  headers?: Record<string, string>;
  timeoutMs?: number;
}

const READ_TIMEOUT_MS = 30_000;
const PAGE_SIZE = 1_000;

/** One segment of a path; rejects the two names that URLs resolve away. */
export function segment(name: string): string {
  if (name === "" || name === "." || name === "..") {
    throw new Failure(
      EXIT.usage,
      `Cannot ask for ${
        JSON.stringify(name)
      }: it cannot stand in a URL: expected a name; every backup also has a run_id`,
    );
  }
  return encodeURIComponent(name);
}

/** Finds the server and reads the token; `unsure` as `findServer` takes it. */
export async function connect(
  args: ServerArgs,
  host: Host,
  unsure: "refused" | "asked" = "refused",
): Promise<Client> {
  const token = await readToken(args, host);
  const trusting = await hostWithTls({ caFile: args.caFile }, host);
  const target = await findServer(args, trusting, unsure);
  return clientOf(target, token, trusting, (failure) => withDoubt(failure, target.name, args, host));
}

async function readToken(args: ServerArgs, host: Host): Promise<string | undefined> {
  let token = host.env.SCHELLY_TOKEN;
  let origin = "SCHELLY_TOKEN";
  if (args.tokenFile !== undefined) {
    origin = `--token-file ${args.tokenFile}`;
    try {
      token = await host.files.readText(args.tokenFile);
    } catch (error) {
      throw new Failure(EXIT.usage, `Cannot read ${origin}: ${(error as Error).message}`);
    }
    if (token.trim() === "") {
      throw new Failure(EXIT.usage, `Cannot use ${origin}: the file is empty: expected a token`);
    }
  }
  token = token?.trim();
  if (token === undefined || token === "") return undefined;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Failure(
      EXIT.usage,
      `Cannot use ${origin}: expected one line of printable characters without spaces`,
    );
  }
  return token;
}

/** What else there is to say of a refusal. */
type Explain = (failure: Failure) => Promise<Failure>;

function clientOf(target: Target, token: string | undefined, host: Host, explain: Explain): Client {
  const send = (sending: Sending) => request(target, token, host, sending);
  const ask = async <T>(sending: Sending, answer: z.ZodType<T>): Promise<T> => {
    const response = await send(sending);
    return parseAnswer(await readBody(response, target, sending, explain), answer, target, sending);
  };
  return {
    name: target.name,
    async shutDoors() {
      const looks = await Promise.all(
        target.behind.map(async (door) => [door.name, await probe(door, host)]),
      );
      return looks.flatMap(([name, why]) => why === undefined ? [] : [`${name} (${why})`]);
    },
    get: (path, answer, query, timeoutMs = READ_TIMEOUT_MS) =>
      ask({ method: "GET", path, query, timeoutMs }, answer),
    post: (path, answer, options = {}) => ask({ method: "POST", path, ...options }, answer),
    put: (path, answer, options = {}) => ask({ method: "PUT", path, ...options }, answer),
    delete: (path, answer, query, headers = {}) => ask({ method: "DELETE", path, query, headers }, answer),
    async openGood(path) {
      const response = await send({ method: "GET", path, timeoutMs: READ_TIMEOUT_MS });
      if (!response.ok) throw refusal(response, await response.text(), target);
      return response;
    },
    open: (path, options) => send({ method: "GET", path, ...options }),
    async pages(path, item, query, limit) {
      const items = [];
      let sending: Sending = {
        method: "GET",
        path,
        query: { ...query, limit: Math.min(limit, PAGE_SIZE) },
        timeoutMs: READ_TIMEOUT_MS,
      };
      for (;;) {
        const response = await send(sending);
        const next = nextPage(response.headers.get("link"));
        items.push(
          ...parseAnswer(await readBody(response, target, sending, explain), z.array(item), target, sending),
        );
        if (items.length >= limit) {
          return { items: items.slice(0, limit), more: next !== null || items.length > limit };
        }
        if (next === null) return { items, more: false };
        // Only the query is taken from the link: the path and the server stay those that were asked.
        sending = { method: "GET", path: `${path}${next}`, timeoutMs: READ_TIMEOUT_MS };
      }
    },
  };
}

/** The query of the `rel="next"` link, question mark included. */
function nextPage(link: string | null): string | null {
  for (const part of (link ?? "").split(/,\s*(?=<)/)) {
    const found = /^\s*<([^>]*)>.*;\s*rel="?next"?/.exec(part);
    if (found !== null && URL.canParse(found[1]!, "http://localhost/")) {
      return new URL(found[1]!, "http://localhost/").search;
    }
  }
  return null;
}

async function request(
  target: Target,
  token: string | undefined,
  host: Host,
  sending: Sending,
): Promise<Response> {
  const { method, path, query, body, text, timeoutMs } = sending;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value ?? []].flat()) search.append(name, String(one));
  }
  const url = `${target.base}${path}${search.size === 0 ? "" : `?${search}`}`;
  const headers = new Headers({ Accept: "application/json", ...sending.headers });
  if (token !== undefined && !target.local) headers.set("Authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (text !== undefined) headers.set("Content-Type", text.type);
  const timeout = timeoutMs === undefined ? undefined : host.clock.timeout(timeoutMs);
  try {
    return await target.http(
      new Request(url, {
        method,
        headers,
        body: text?.text ?? (body === undefined ? undefined : JSON.stringify(body)),
        signal: timeout?.signal,
        redirect: "manual",
      }),
    );
  } catch (error) {
    throw noAnswer(error, target, sending);
  } finally {
    timeout?.dispose();
  }
}

async function readBody(
  response: Response,
  target: Target,
  sending: Sending,
  explain: Explain,
): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw noAnswer(error, target, sending);
  }
  if (!response.ok) throw await explain(refusal(response, text, target));
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    throw strange(response, target);
  }
}
