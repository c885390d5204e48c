// Providers that are wrong in one point each: the check that is there for it finds it, and no other one cries.
// Also tests cleanup.ts, deleting.ts, extensions.ts, making.ts, reading.ts, session.ts and outcome.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HEADERS } from "../../../src/provider/protocol/protocol.ts";
import {
  altered,
  BASE,
  createRig,
  examine,
  type ExamineOptions,
  idOf,
  json,
  mockOn,
  named,
  type Rig,
  type Serve,
  troubles,
} from "../../support/conformance_rig.ts";

/** A provider that is wrong in one point. */
interface Fault {
  settings?: Record<string, unknown>;
  options?: ExamineOptions;
  /** Made once for each examination, so that it may remember. */
  wrong(rig: Rig): (request: Request, serve: Serve) => Promise<Response>;
  /** Exactly these checks fail. */
  caught: string[];
  /** Backups that may be left behind. */
  left?: number;
}

/** Answers to GETs of one backup, altered. */
const gets =
  (change: (value: any, request: Request) => unknown): Fault["wrong"] => () => async (request, serve) => {
    const answer = await serve(request);
    return request.method === "GET" && idOf(request) !== undefined
      ? altered(answer, (v) => change(v, request))
      : answer;
  };
/** Calls of one method answered otherwise, when `answer` answers. */
const instead = (
  method: string,
  answer: (
    request: Request,
    serve: Serve,
    id: string | undefined,
  ) => Response | undefined | Promise<Response | undefined>,
): Fault["wrong"] =>
() =>
async (request, serve) =>
  (request.method === method ? await answer(request, serve, idOf(request)) : undefined) ??
    await serve(request);
/** Answers of the base URL to one method, altered. */
const base =
  (method: string, change: (value: any) => unknown): Fault["wrong"] => () => async (request, serve) => {
    const answer = await serve(request);
    return request.method === method && idOf(request) === undefined ? altered(answer, change) : answer;
  };
const without = (request: Request, ...names: string[]): Request => {
  const headers = new Headers(request.headers);
  for (const name of names) headers.delete(name);
  return new Request(request, { headers });
};

const BASE_EXTENSIONS = "idempotency,list,lookup,fence,run_id,gone";

const FAULTS: Record<string, Fault> = {
  "lets in who has no credentials": {
    options: { headers: { Authorization: "Bearer token" }, authenticates: true },
    wrong: () => (request, serve) => serve(request),
    caught: ["credentials"],
  },
  "refuses the right credentials": {
    wrong: () => () => Promise.resolve(json({ error: "who are you?" }, 401)),
    caught: ["credentials"],
  },
  "claims to run every id it is asked for": {
    wrong: instead("GET", async (request, serve, id) => {
      const answer = await serve(request);
      return id !== undefined && answer.status >= 400 ? json({ id, data_id: id, status: "running" }) : answer;
    }),
    caught: ["concurrent-gets", "unknown-get", "odd-ids", "cancel", "get-after-delete"],
    left: 5,
  },
  "says 410 for what never was": {
    wrong: instead("GET", async (request, serve) => {
      const answer = await serve(request);
      return answer.status === 404 ? json({}, 410) : answer;
    }),
    caught: ["unknown-get", "odd-ids"],
  },
  "says that it deleted what never was": {
    wrong: instead("DELETE", async (request, serve) => {
      const answer = await serve(request);
      return answer.status === 404 ? json({}) : answer;
    }),
    caught: ["unknown-delete"],
  },
  "falls over ids with odd characters": {
    wrong: instead("GET", (_request, _serve, id) => id?.includes("/") ? json({}, 500) : undefined),
    caught: ["odd-ids"],
  },
  "does not decode the path": {
    wrong: instead("GET", (request) => /%[0-9a-f]{2}%/.test(request.url) ? json({}, 404) : undefined),
    caught: ["encoded-id"],
  },
  "fails when asked for its extensions": {
    wrong: instead("OPTIONS", () => json({}, 500)),
    caught: ["extensions"],
  },
  "answers a start with plain text": {
    settings: { extensions: "none" },
    wrong: instead("POST", async (request, serve) => {
      const answer = await serve(request);
      return answer.status === 202 ? new Response("started", { status: 202 }) : answer;
    }),
    caught: ["start"],
    left: 1,
  },
  "answers a start with a number for an id": {
    wrong: base("POST", ({ status }) => ({ id: 7, status })),
    caught: ["start"],
  },
  "redirects a start": {
    wrong: instead("POST", () => new Response(null, { status: 307, headers: { location: "/other" } })),
    caught: ["start"],
  },
  "answers a start when the backup is done": {
    settings: { duration: "20s" },
    wrong: ({ clock }) => async (request, serve) => {
      const answer = await serve(request);
      if (request.method === "POST" && answer.status === 202) await clock.sleep(20_000);
      return answer;
    },
    caught: ["start"],
  },
  "has a status word of its own at the start": {
    wrong: base("POST", (value) => ({ ...value, status: "OK" })),
    caught: ["start"],
  },
  "answers 500 to a start that it makes": {
    wrong: instead("POST", async (request, serve) => {
      const answer = await serve(request);
      return answer.status === 202 ? json({}, 500) : answer;
    }),
    caught: ["start"],
  },
  "gives every backup the same id": {
    settings: { extensions: "none" },
    wrong: () => {
      let real = "";
      return async (request, serve) => {
        const asked = idOf(request) === "latest" ? new Request(`${BASE}/${real}`, request) : request;
        const answer = await serve(asked);
        return altered(answer, (value) => {
          if (request.method === "POST") real = value.id;
          return { ...value, id: "latest" };
        });
      };
    },
    caught: ["second-backup"],
  },
  "forgets the id for a moment after the start": {
    wrong: ({ clock }) => {
      const since = new Map<string, number>();
      return async (request, serve) => {
        const id = idOf(request);
        if (request.method === "GET" && id !== undefined && clock.now() < (since.get(id) ?? 0) + 500) {
          return json({}, 404);
        }
        const answer = await serve(request);
        if (request.method === "POST" && answer.status === 202) {
          const started = await answer.json();
          since.set(started.id, since.get(started.id) ?? clock.now());
          return json(started, 202);
        }
        return answer;
      };
    },
    caught: ["get-at-once", "concurrent-gets", "available"],
  },
  "answers another backup's id": {
    wrong: gets((value) => ({ ...value, id: `${value.id}x` })),
    caught: ["get-at-once", "second-start", "concurrent-gets", "available"],
  },
  "mixes up calls that come together": {
    wrong: ({ clock }) => {
      let last = "";
      return async (request, serve) => {
        if (request.method !== "GET" || idOf(request) === undefined) return await serve(request);
        last = request.url;
        await clock.sleep(10);
        return await serve(new Request(last));
      };
    },
    caught: ["concurrent-gets"],
  },
  "calls an available backup 'completed'": {
    wrong: gets((value) => ({ ...value, status: value.status === "available" ? "completed" : value.status })),
    caught: ["available"],
  },
  "never ends": {
    settings: { stuck_rate: 1 },
    wrong: () => (request, serve) => serve(request),
    caught: ["available"],
  },
  "makes backups that fail": {
    settings: { fail_rate: 1 },
    wrong: () => (request, serve) => serve(request),
    caught: ["available"],
  },
  "joins a start to the backup of another run": {
    settings: { extensions: "none" },
    wrong: () => {
      let running = "";
      return async (request, serve) => {
        const answer = await serve(request);
        if (request.method !== "POST") return answer;
        if (answer.status === 409) return json({ id: running, status: "running" }, 202);
        return altered(answer, (value) => {
          running = value.id;
          return value;
        });
      };
    },
    caught: ["second-start"],
  },
  "answers 500 while it is busy": {
    wrong: instead("POST", async (request, serve) => {
      const answer = await serve(request);
      return answer.status === 409 ? json({}, 500) : answer;
    }),
    caught: ["second-start"],
    left: 1,
  },
  "says available too early": {
    settings: { extensions: "none" },
    wrong: () => {
      const asked = new Map<string, number>();
      return async (request, serve) => {
        const answer = await serve(request);
        const id = idOf(request);
        if (request.method !== "GET" || id === undefined) return answer;
        return altered(answer, (value) => {
          const times = (asked.get(id) ?? 0) + 1;
          asked.set(id, times);
          return times === 8 && value.status === "running" ? { ...value, status: "available" } : value;
        });
      };
    },
    caught: ["stays-available"],
  },
  "changes the data_id of an available backup": {
    wrong: ({ clock }) => gets((value) => ({ ...value, data_id: `${value.id}-${clock.now()}` }))({} as Rig),
    caught: ["stays-available", "delete-others"],
  },
  "leaves the data_id out": {
    wrong: gets(({ data_id: _, ...value }) => value),
    caught: ["fields"],
  },
  "tells the size as a text": {
    wrong: gets((value) => ({ ...value, size_mb: "12 MB" })),
    caught: ["fields"],
  },
  "tells times without a zone": {
    wrong: gets((value) => ({ ...value, start_time: "2026-11-20 03:00:00" })),
    caught: ["fields"],
  },
  "lives in the future": {
    wrong: gets((value) => ({ ...value, start_time: "2026-11-20T05:00:00Z", end_time: undefined })),
    caught: ["fields"],
  },
  "does not end a running backup on DELETE": {
    wrong: instead("DELETE", async (_request, serve, id) => {
      const now = await (await serve(new Request(`${BASE}/${id}`))).json();
      return now.status === "running" ? json({}) : undefined;
    }),
    caught: ["cancel"],
  },
  "refuses DELETE while it runs": {
    wrong: instead("DELETE", async (_request, serve, id) => {
      const now = await (await serve(new Request(`${BASE}/${id}`))).json();
      return now.status === "running" ? json({}, 405) : undefined;
    }),
    caught: ["cancel"],
  },
  "is busy for ever after a cancel": {
    wrong: () => {
      let cancelled = false;
      return async (request, serve) => {
        if (request.method === "POST" && cancelled) return json({}, 409);
        const runs = request.method === "DELETE"
          ? (await (await serve(new Request(request.url))).json()).status === "running"
          : false;
        cancelled ||= runs;
        return await serve(request);
      };
    },
    caught: ["fence", "cancel", "second-backup", "failed-backup"],
  },
  "calls a failed backup available": {
    wrong: gets((value) => ({ ...value, status: value.status === "failed" ? "available" : value.status })),
    caught: ["failed-backup"],
  },
  "cannot delete": {
    wrong: instead("DELETE", (_request, _serve, id) => id?.startsWith("no-such") ? undefined : json({}, 500)),
    caught: ["cancel", "delete", "fence-delete"],
    left: 5,
  },
  "only says that it deletes": {
    wrong: instead("DELETE", (_request, _serve, id) => id?.startsWith("no-such") ? undefined : json({})),
    caught: ["cancel", "get-after-delete", "list-after-delete", "fence-delete"],
    left: 5,
  },
  "deletes everything": {
    wrong: () => {
      let all = false;
      return async (request, serve) => {
        const id = idOf(request);
        if (all && request.method === "GET" && id !== undefined) return json({}, 404);
        const answer = await serve(request);
        const now = request.method === "DELETE" && answer.status === 200;
        const left = now ? await (await serve(new Request(BASE))).json() : [];
        all ||= left.some(({ status }: { status: string }) => status === "available") && left.length === 2;
        return answer;
      };
    },
    caught: ["delete-others"],
  },
  "fails when it is told to delete again": {
    wrong: instead("DELETE", async (request, serve) => {
      const answer = await serve(request);
      return answer.status === 410 ? json({}, 500) : answer;
    }),
    caught: ["delete-again", "gone"],
  },
  "echoes another run": {
    wrong: gets((value) => ({ ...value, run_id: "someone-else" })),
    caught: ["run-id"],
  },
  "looks runs up but does not echo them": {
    settings: { extensions: "lookup" },
    wrong: () => (request, serve) => serve(request),
    caught: ["run-id", "lookup"],
  },
  "leaves the newest out of its list": {
    wrong: base("GET", (items) => Array.isArray(items) ? items.slice(0, -1) : items),
    caught: ["list", "list-run-ids", "lookup"],
  },
  "lists something that is no backup": {
    wrong: base("GET", (items) => [...items, { name: "lost+found" }]),
    caught: ["list", "list-run-ids", "lookup", "list-after-delete"],
  },
  "lists without runs": {
    settings: { extensions: "list" },
    wrong: () => (request, serve) => serve(request),
    caught: ["list-run-ids"],
  },
  "lists what was deleted": {
    wrong: () => {
      let first: unknown;
      return async (request, serve) => {
        const answer = await serve(request);
        if (request.method !== "GET" || request.url.endsWith("/backups") === false) return answer;
        return altered(answer, (items) => {
          first ??= items[0];
          return first === undefined || items.some((one: any) => one.id === (first as any).id)
            ? items
            : [first, ...items];
        });
      };
    },
    caught: ["list-after-delete"],
  },
  "does not understand the look-up it announces": {
    wrong: () => (request, serve) =>
      serve(request.url.includes("?") ? new Request(request.url.replace(/\?.*/, ""), request) : request),
    caught: ["lookup"],
  },
  "answers 404 for a run without a backup": {
    wrong: instead("GET", async (request, serve) => {
      const answer = await serve(request);
      const none = request.url.includes("run_id") && (await answer.clone().json()).length === 0;
      return none ? json({}, 404) : answer;
    }),
    caught: ["lookup"],
  },
  "announces idempotency without keeping it": {
    wrong: () => (request, serve) => serve(without(request, HEADERS.idempotencyKey, HEADERS.run)),
    settings: { extensions: "idempotency" },
    caught: ["idempotency", "idempotency-at-once", "idempotency-after-delete"],
  },
  "forgets a key with its backup": {
    wrong: () => {
      const gone = new Set<string>();
      const runs = new Map<string, string>();
      return async (request, serve) => {
        const run = request.headers.get(HEADERS.run);
        const again = request.method === "POST" && run !== null && gone.has(run);
        const answer = await serve(again ? without(request, HEADERS.idempotencyKey, HEADERS.run) : request);
        if (request.method === "DELETE" && answer.status === 200) gone.add(runs.get(idOf(request)!) ?? "");
        return altered(answer, (value) => {
          if (request.method === "POST") runs.set(value.id, run!);
          return value;
        });
      };
    },
    caught: ["idempotency-after-delete"],
  },
  "takes calls of any fence": {
    wrong: () => (request, serve) => serve(without(request, HEADERS.fence)),
    caught: ["fence", "fence-delete"],
  },
  "counts fences over all jobs": {
    wrong: instead("POST", () => json({ error: "fence 2 is lower than 57" }, 412)),
    caught: ["start"],
  },
  "says 410 to a GET only": {
    wrong: instead("DELETE", async (request, serve) => {
      const answer = await serve(request);
      return answer.status === 410 ? json({}, 404) : answer;
    }),
    caught: ["gone"],
  },
  "is slow while it makes a backup": {
    settings: { duration: "20s" },
    wrong: ({ clock }) => async (request, serve) => {
      const answer = await serve(request);
      if (request.method === "GET" && answer.status === 200) await clock.sleep(6_000);
      return answer;
    },
    caught: ["in-time"],
  },
};

for (const [name, fault] of Object.entries(FAULTS)) {
  test(`testConformance() finds a provider that ${name}`, async () => {
    const rig = createRig();
    // What lies below a backup is for proofs_test.ts.
    const mock = await mockOn(rig, { extensions: BASE_EXTENSIONS, ...fault.settings });
    const answer = fault.wrong(rig);
    const report = await examine(rig, (request) => answer(request, mock), fault.options);
    assert.deepEqual(named(report, "fail"), fault.caught, troubles(report));
    for (const { status, mend, detail } of report.checks) {
      if (status === "fail") assert.ok(mend && detail, "what was expected, and what to fix");
    }
    assert.equal(report.left.length, fault.left ?? 0, JSON.stringify(report.left));
  });
}
