// What a form sends: its fields, after a look that it is one of ours.

import type { Context } from "hono";
import { cameFrom } from "./came_from.ts";
import { announcedType } from "../domain/http/announced_body.ts";
import { askedOfProxy, foreignPage } from "../domain/http/foreign_page.ts";
import type { WebEnv, WebParts } from "./deps.ts";
import { Refused } from "./refused.ts";
import { sessionToken } from "./cookie.ts";

/** More than any form of ours sends, but for a configuration that is tried out. */
const MOST_BYTES = 64 * 1024;

/** The fields of a form of our own. Throws `Refused` for what a stranger's page sends, or an old page of ours. */
export async function readForm(
  c: Context<WebEnv>,
  { readBody, sessions, basePath }: WebParts,
  caller: string,
  most = MOST_BYTES,
): Promise<URLSearchParams> {
  const request = c.req.raw;
  const page = foreignPage(askedOfProxy(request, c.env.peer));
  if (page !== undefined) {
    throw new Refused(403, `A page of '${page}' sent this form: only our own may. Nothing was changed.`);
  }
  const type = announcedType(request.headers);
  if (type !== "application/x-www-form-urlencoded") {
    throw new Refused(
      415,
      `A form comes as application/x-www-form-urlencoded, this one as '${type ?? "nothing"}'`,
    );
  }
  const fields = new URLSearchParams(new TextDecoder().decode(await readBody(request, most)));
  const token = sessionToken(request, c.env.peer);
  if (!sessions.isCsrf(fields.get("csrf") ?? "", token, caller)) {
    throw new Refused(
      403,
      "This form is of an earlier visit: Schelly was restarted, or you logged in again since. Nothing was changed: load " +
        "the page again, and send it once more.",
      {},
      () => ({ href: cameFrom(c, basePath()), words: "Load the page again" }),
    );
  }
  return fields;
}
