// A provider over HTTP that makes nothing and answers at once, in a process of its own for measurements: it prints the
// address it listens on. `GET /-/seen` says how many POSTs and DELETEs came and when; `POST /-/forget` begins anew.
// deno run -P=default bench/instant_provider.ts

interface Seen {
  count: number;
  /** UTC ms; null before the first. */
  first: number | null;
  last: number | null;
  mostInFlight: number;
}

function nothing(): Seen {
  return { count: 0, first: null, last: null, mostInFlight: 0 };
}

let seen: Record<string, Seen> = {};
let inFlight = 0;
let made = 0;

function see(method: string): void {
  const of = seen[method] ??= nothing();
  const now = performance.timeOrigin + performance.now();
  of.count++;
  of.first ??= now;
  of.last = now;
  of.mostInFlight = Math.max(of.mostInFlight, inFlight);
}

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const id = pathname.slice(pathname.lastIndexOf("/") + 1);
  switch (request.method) {
    case "POST":
      await request.text();
      return Response.json({ id: `b-${++made}`, status: "running" }, { status: 202 });
    case "GET":
      return Response.json({ id, status: "available", data_id: id, size_mb: 10 });
    case "DELETE":
      return new Response(null, { status: 204 });
    default:
      return new Response(null, { status: 405 });
  }
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => {
    Deno.stdout.writeSync(new TextEncoder().encode(`http://127.0.0.1:${port}\n`));
  },
}, async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/-/seen") return Response.json(seen);
  if (pathname === "/-/forget") {
    seen = {};
    return new Response(null, { status: 204 });
  }
  inFlight++;
  see(request.method);
  try {
    return await answer(request);
  } finally {
    inFlight--;
  }
});
