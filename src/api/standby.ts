// Nothing is changed at an instance on standby: whoever asks for it is sent to the active one.

import type { Context, Next } from "hono";
import { standbyText } from "../domain/standby_text.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { Problem } from "./problems.ts";

/** They read, or concern this instance alone. */
const HARMLESS: ReadonlySet<string> = new Set(["POST /-/reload", "POST /audit/verify"]);

/** Refuses whatever is no read. `nameOf`: the endpoint that a request leads to. */
export function refuseChanges(
  { operations }: Pick<ApiDeps, "operations">,
  nameOf: (c: Context) => string | undefined,
) {
  return async (c: Context<ApiEnv>, next: Next): Promise<void> => {
    const isRead = ["GET", "HEAD", "OPTIONS"].includes(c.req.method);
    const { role, active } = isRead ? { role: "active", active: null } : operations.instance();
    if (role === "standby" && !HARMLESS.has(nameOf(c) ?? "")) {
      throw new Problem(503, standbyText(active), { reason: "standby" });
    }
    await next();
  };
}
