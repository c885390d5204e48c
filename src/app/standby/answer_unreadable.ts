// What an instance on standby answers while it cannot show the state; part of the composition root.

import { standbyText } from "../../domain/standby_text.ts";
import type { RequestHandler } from "../../ports/host.ts";
import type { LeaseSeen } from "../../ports/lease.ts";

/** Probes as ever, and to everything else why there is nothing to see yet. */
export function answerUnreadable(
  seen: () => Pick<LeaseSeen, "node" | "address">,
  why: string,
): RequestHandler {
  return async (request) => {
    await request.body?.cancel();
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/livez")) return new Response("ok\n");
    if (/\/(readyz|healthz)$/.test(pathname)) {
      const status = pathname.endsWith("/healthz") ? 200 : 503;
      return json({ ready: false, role: "standby" }, status, "application/json");
    }
    const detail = `${standbyText(seen())} (nothing is shown here yet: ${why})`;
    return json(
      { type: "about:blank", title: "Not available", status: 503, detail },
      503,
      "application/problem+json",
    );
  };
}

function json(body: unknown, status: number, type: string): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": type, "cache-control": "no-store" },
  });
}
