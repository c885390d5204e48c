// Acts: the page that asks, and the request to the API in the name of whoever is logged in.

import type { Context, Hono } from "hono";
import type { PeerInfo } from "../../ports/host.ts";
import type { Viewer, WebEnv, WebParts } from "../deps.ts";
import { readForm } from "../form.ts";
import type { Frame } from "../layout.tsx";
import { localPath } from "../local_path.ts";
import { Refused } from "../refused.ts";
import type { Act } from "./act.ts";
import { ActPage } from "./act_page.tsx";
import { findAct } from "./acts.ts";

/** Adds the routes. */
export function addActs(web: Hono<WebEnv>, parts: WebParts, frameOf: (c: Context<WebEnv>) => Frame): void {
  const { basePath, clock, notices, operations, reads } = parts;

  web.get("/ui/acts/:act", (c) => {
    const { name, act } = actOf(c);
    const of = c.req.query("of") ?? "";
    return show(c, { name, act, of, back: localPath(c.req.query("back"), basePath()), filled: {} });
  });

  web.post("/ui/acts/:act", async (c) => {
    const { name, act } = actOf(c);
    const viewer = c.get("viewer");
    const sent = await readForm(c, parts, viewer.caller.name);
    const [of, back] = [sent.get("of") ?? "", localPath(sent.get("back"), basePath())];
    const filled = Object.fromEntries(
      (act.fields?.(of) ?? []).map(({ name }) => [name, sent.get(name)?.trim() ?? ""]),
    );
    const again = (trouble: string, status: number) =>
      show(c, { name, act, of, back, filled, trouble }, status);
    const seen = Object.fromEntries(
      [...sent].flatMap(([name, value]) => name.startsWith("seen.") ? [[name.slice(5), value]] : []),
    );
    const unfit = unfitField(act, of, filled);
    if (unfit !== undefined) return again(unfit, 400);
    const wish = { ...seen, ...timesInFull(act, of, filled) };
    const { isDone, status, answer } = await ask(parts, c.env.peer, viewer, act.request(of, wish));
    if (!isDone) return again(detailOf(answer), status);
    const run = act.runOf?.(answer);
    const notice = {
      words: act.after(of, answer),
      ...(run === undefined ? {} : { href: frameOf(c).paths.run(run) }),
    };
    return c.redirect(withSaid(back, notices.put(viewer.csrf, notice)), 303);
  });

  async function show(
    c: Context<WebEnv>,
    asked: {
      name: string;
      act: Act;
      of: string;
      back: string;
      filled: Record<string, string>;
      trouble?: string;
    },
    status = 200,
  ) {
    const { csrf, may } = c.get("viewer");
    if (!may(asked.act.endpoint)) {
      throw new Refused(
        403,
        `'${c.get("viewer").caller.name}' is ${c.get("viewer").caller.role}, which is not enough for this.`,
      );
    }
    const { name, ...rest } = asked;
    const { act, of } = rest;
    const look = await act.look?.(of, { operations, reads, now: clock.now() });
    if (act.look !== undefined && look === undefined) {
      throw new Refused(404, `There is no '${of.slice(0, 80)}' to do this to.`);
    }
    const action = frameOf(c).paths.act(name);
    return c.html(
      <ActPage frame={frameOf(c)} action={action} csrf={csrf} look={look} {...rest} />,
      status as 200,
    );
  }
}

/** Asks the API in the name of whoever is logged in. */
async function ask(
  { askApi }: WebParts,
  peer: PeerInfo,
  { identity }: Viewer,
  { method, path, body }: ReturnType<Act["request"]>,
) {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const request = new Request(new URL(path, "http://localhost"), {
    method,
    ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
  });
  const response = await askApi(request, peer, identity);
  const text = await response.text();
  const answer = text === "" ? {} : JSON.parse(text) as Record<string, unknown>;
  return { isDone: response.ok, status: response.status, answer };
}

function actOf(c: Context<WebEnv>): { name: string; act: Act } {
  const name = c.req.param("act") ?? "";
  const act = findAct(name);
  if (act === undefined) throw new Refused(404, `Nothing is done by the name '${name.slice(0, 80)}'.`);
  return { name, act };
}

/** What is wrong with what was filled in; undefined: nothing that could be seen here. */
function unfitField(act: Act, of: string, filled: Readonly<Record<string, string>>): string | undefined {
  for (const { name, label, kind, expected, optional } of act.fields?.(of) ?? []) {
    const value = filled[name]!;
    if (value === "" && optional) continue;
    if (value === "") return `'${label}' is empty.`;
    if (kind === "typed" && value !== expected) {
      return `'${value.slice(0, 80)}' was typed: expected '${expected}'.`;
    }
    if (kind === "time" && Number.isNaN(Date.parse(`${value}Z`))) {
      return `'${value.slice(0, 80)}' is no date and time.`;
    }
  }
  return undefined;
}

/** The browser sends times without a zone: they are meant in UTC, as the field says. */
function timesInFull(act: Act, of: string, filled: Readonly<Record<string, string>>): Record<string, string> {
  const times = new Set(
    (act.fields?.(of) ?? []).filter(({ kind }) => kind === "time").map(({ name }) => name),
  );
  return Object.fromEntries(
    Object.entries(filled).map(([name, value]) =>
      times.has(name) && value !== "" ? [name, new Date(`${value}Z`).toISOString()] : [name, value]
    ),
  );
}

/** Why the API refused, in its own words. */
function detailOf({ detail, errors }: Record<string, unknown>): string {
  const first = Array.isArray(errors)
    ? errors[0] as { field?: string; message?: string } | undefined
    : undefined;
  const words = typeof detail === "string" ? detail : "The API gave no reason.";
  return first?.message === undefined ? words : `${words}: ${first.field ?? ""} ${first.message}`;
}

function withSaid(back: string, name: string): string {
  const url = new URL(back, "http://localhost");
  url.searchParams.set("said", name);
  return url.pathname + url.search;
}
