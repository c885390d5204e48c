// What all calls of one HTTP provider share.

import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import type { HttpClient } from "./http_client.ts";
import type { Accept } from "./oddities.ts";

export interface HttpCalls {
  client: HttpClient;
  spec: Pick<HttpProviderSpec, "createBody" | "deleteBody" | "timeouts">;
  accept: Accept;
}

/** What a POST is answered with that began something, or had begun it before. */
export const TAKEN: readonly number[] = [200, 201, 202];

/** DELETE of what is under way at `url`: one that is over, or that nobody knows any more, has ended as well. */
export async function endByHttp(
  { client, spec }: HttpCalls,
  operation: "verify" | "restore",
  what: string,
  url: string,
): Promise<void> {
  const limitMs = spec.timeouts.deleteMs;
  const answer = await client.send({ operation, what, method: "DELETE", url, limitMs, needsBody: [] });
  if (![200, 202, 204, 404, 410].includes(answer.status)) {
    throw answer.unexpected("200, 202, 204 or 404");
  }
}
