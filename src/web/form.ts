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

const PLAIN = "application/x-www-form-urlencoded";
const WITH_FILES = "multipart/form-data";

/** The fields of a form of our own, files as their texts. Throws `Refused` for what a stranger's page sends, or an old page of ours. */
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
  if (type !== PLAIN && type !== WITH_FILES) {
    throw new Refused(415, `A form comes as ${PLAIN} or ${WITH_FILES}, this one as '${type ?? "nothing"}'`);
  }
  const body = await readBody(request, most);
  const fields = type === PLAIN
    ? new URLSearchParams(new TextDecoder().decode(body))
    : await withFiles(body, request.headers.get("content-type")!);
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

async function withFiles(body: Uint8Array<ArrayBuffer>, type: string): Promise<URLSearchParams> {
  const fields = new URLSearchParams();
  const form = await new Response(body, { headers: { "content-type": type } }).formData().catch(() => {
    throw new Refused(400, "The form did not arrive whole: send it once more.");
  });
  for (const [name, value] of form) {
    fields.append(name, typeof value === "string" ? value : textOf(await value.bytes(), value.name));
  }
  return fields;
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Refused(400, `The file '${name.slice(0, 80)}' is not UTF-8 text: expected a YAML file.`);
  }
}
