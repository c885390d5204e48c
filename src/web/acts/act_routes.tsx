// Acts: the page that asks, and the request to the API in the name of whoever is logged in.

import type { Context, Hono } from "hono";
import { iso } from "../../domain/instant.ts";
import type { PeerInfo } from "../../ports/host.ts";
import type { BackupView } from "../../ports/views/backup.ts";
import { apiReader } from "../api_reader.ts";
import type { Viewer, WebEnv, WebParts } from "../deps.ts";
import { readForm } from "../form.ts";
import type { Frame } from "../layout.tsx";
import { localPath } from "../local_path.ts";
import { Refused } from "../refused.ts";
import type { Act, ActField, ActLook } from "./act.ts";
import { timeOf } from "./act_fields.ts";
import { ActPage } from "./act_page.tsx";
import { actAddress } from "./act_button.tsx";
import { type ActName, findAct } from "./acts.ts";
import { wordMissing } from "./in_force.ts";

/** Adds the routes. */
export function addActs(web: Hono<WebEnv>, parts: WebParts, frameOf: (c: Context<WebEnv>) => Frame): void {
  const { basePath, clock, notices, operations, reads } = parts;

  web.get("/ui/acts/:act", async (c) => {
    const { name, act } = actOf(c);
    const of = c.req.query("of") ?? "";
    const back = localPath(c.req.query("back"), basePath());
    const own = await ownIdOf(c, parts, act, of);
    if (own !== undefined) return c.redirect(actAddress(frameOf(c), name as ActName, own, back), 303);
    const look = await lookAt(c, act, of);
    return show(c, { name, act, of, back, filled: look?.filled ?? {}, look });
  });

  web.post("/ui/acts/:act", async (c) => {
    const { name, act } = actOf(c);
    const viewer = c.get("viewer");
    const sent = await readForm(c, parts, viewer.caller.name);
    const [of, back] = [sent.get("of") ?? "", localPath(sent.get("back"), basePath())];
    const look = await lookAt(c, act, of);
    const fields = act.fields?.(of, look) ?? [];
    const filled = Object.fromEntries(fields.map(({ name }) => [name, sent.get(name)?.trim() ?? ""]));
    const again = (trouble: string, status: number, now = look) =>
      show(c, { name, act, of, back, filled, trouble, look: now }, status);
    const seen = Object.fromEntries(
      [...sent].flatMap(([name, value]) => name.startsWith("seen.") ? [[name.slice(5), value]] : []),
    );
    const unfit = unfitField(fields, filled) ??
      (look?.inForce === undefined ? undefined : wordMissing(look.inForce, filled));
    if (unfit !== undefined) return again(unfit, 400);
    const wish = { ...seen, ...timesInFull(fields, filled) };
    const { isDone, status, answer } = await ask(parts, c.env.peer, viewer, act.request(of, wish));
    // Perhaps since something else was seen.
    if (!isDone) return again(detailOf(answer), status, await newLook(act, of) ?? look);
    const run = act.runOf?.(answer);
    const notice = {
      words: act.after(of, answer),
      ...(run === undefined ? {} : { href: frameOf(c).paths.run(run) }),
    };
    return c.redirect(withSaid(back, notices.put(viewer.csrf, notice)), 303);
  });

  function newLook(act: Act, of: string): Promise<ActLook | undefined> {
    return act.look?.(of, { operations, reads, now: clock.now() }) ?? Promise.resolve(undefined);
  }

  /** What is seen first; undefined for acts that look at nothing. Throws `Refused` where there is nothing to do. */
  async function lookAt(c: Context<WebEnv>, act: Act, of: string): Promise<ActLook | undefined> {
    const { may, caller } = c.get("viewer");
    if (!may(act.endpoint)) {
      throw new Refused(403, `'${caller.name}' is ${caller.role}, which is not enough for this.`);
    }
    if (act.look === undefined) return undefined;
    const look = await newLook(act, of);
    if (look === undefined) throw new Refused(404, `There is no '${of.slice(0, 80)}' to do this to.`);
    if (look.refusal !== undefined) throw new Refused(409, `${look.refusal} Nothing was changed.`);
    return look;
  }

  function show(
    c: Context<WebEnv>,
    { name, ...rest }: {
      name: string;
      act: Act;
      of: string;
      back: string;
      filled: Record<string, string>;
      trouble?: string;
      look: ActLook | undefined;
    },
    status = 200,
  ) {
    const { csrf } = c.get("viewer");
    const frame = frameOf(c);
    return c.html(
      <ActPage frame={frame} action={frame.paths.act(name)} csrf={csrf} {...rest} />,
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
function unfitField(
  fields: readonly ActField[],
  filled: Readonly<Record<string, string>>,
): string | undefined {
  for (const { name, label, kind, expected, optional } of fields) {
    const value = filled[name]!;
    if (value === "" && optional) continue;
    if (value === "") return `'${label}' is empty.`;
    if (kind === "typed" && value !== expected) {
      return `'${value.slice(0, 80)}' was typed: expected '${expected}'.`;
    }
    if (kind === "time" && timeOf(value) === undefined) {
      return `'${
        value.slice(0, 80)
      }' is no date and time: expected one such as 2027-03-01T02:00, which is meant in UTC.`;
    }
  }
  return undefined;
}

/** The browser sends times without a zone: they are meant in UTC, as the field says. */
function timesInFull(
  fields: readonly ActField[],
  filled: Readonly<Record<string, string>>,
): Record<string, string> {
  const times = new Set(fields.filter(({ kind }) => kind === "time").map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(filled).map(([name, value]) =>
      times.has(name) && value !== "" ? [name, iso(timeOf(value)!)] : [name, value]
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

/** The id of the run, where a backup is known by that of its provider, as texts have it; undefined: nothing to resolve. */
async function ownIdOf(
  c: Context<WebEnv>,
  parts: WebParts,
  { endpoint }: Act,
  of: string,
): Promise<string | undefined> {
  if (!endpoint.includes("/backups/{id}") || of === "" || await parts.reads.run(of) !== undefined) {
    return undefined;
  }
  const found = await apiReader(c, parts).find<BackupView>(`/backups/${encodeURIComponent(of)}`);
  return found === null || found.run_id === of ? undefined : found.run_id;
}
