// Asks the API for a restore, in the name of whoever is logged in.

import type { Context } from "hono";
import { RestoreView } from "../../ports/views/restores.ts";
import type { WebEnv, WebParts } from "../deps.ts";
import { type Order, orderBody } from "./order.ts";

/** What came of it: the restore, or why there is none, in the words of the API. */
export async function askRestore(
  c: Context<WebEnv>,
  { askApi }: Pick<WebParts, "askApi">,
  order: Order,
  { key, dryRun }: { key: string; dryRun: boolean },
): Promise<{ restore: RestoreView } | { status: number; trouble: string }> {
  const address = new URL(`/backups/${encodeURIComponent(order.run)}/restore`, "http://localhost");
  const request = new Request(address, {
    method: "POST",
    headers: {
      ...{ "content-type": "application/json", accept: "application/json" },
      // Trying and doing are two things, each of which is begun once.
      "idempotency-key": `${dryRun ? "try" : "page"}-${key}`,
    },
    body: JSON.stringify(orderBody(order, dryRun)),
  });
  const answer = await askApi(request, c.env.peer, c.get("viewer").identity);
  const body = await answer.json();
  if (answer.ok) return { restore: RestoreView.parse(body) };
  return { status: answer.status, trouble: troubleOf(body) };
}

function troubleOf(
  { detail, errors }: { detail?: string; errors?: { field?: string; message?: string }[] },
): string {
  const words = detail ?? "The API gave no reason.";
  const [first] = errors ?? [];
  return first?.message === undefined ? words : `${words}: ${first.field ?? ""} ${first.message}`;
}
