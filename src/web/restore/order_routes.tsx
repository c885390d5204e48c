// /ui/restore/order and /operation: what the server is asked to restore, and how far that is.

import type { Context, Hono } from "hono";
import type { Run } from "../../domain/backup.ts";
import type { RestoreView } from "../../ports/views/restores.ts";
import type { SettingView } from "../../ports/views/server.ts";
import { apiReader } from "../api_reader.ts";
import type { WebEnv, WebParts } from "../deps.ts";
import { readForm } from "../form.ts";
import type { Frame } from "../layout.tsx";
import { Refused } from "../refused.ts";
import { operationAddress } from "./addresses.ts";
import { askRestore } from "./api_order.ts";
import { warningOf } from "./moments.ts";
import { OperationPage } from "./operation_page.tsx";
import { notCarried, type Order, readOrder, unfitOrder, wordsToType } from "./order.ts";
import { OrderPage } from "./order_page.tsx";
import { readBackup } from "./read_backup.ts";
import { isByCommand, rootsIn } from "./roots.ts";

/** Adds the routes. */
export function addOrderPages(
  web: Hono<WebEnv>,
  parts: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  web.get("/ui/restore/order", (c) => {
    const fields = new URL(c.req.url).searchParams;
    const isWish = readOrder(fields).target === "" || fields.has("change");
    return showOrder(c, parts, frameOf(c), fields, isWish ? undefined : parts.secrets.token());
  });

  web.post("/ui/restore/order", async (c) => {
    const fields = await readForm(c, parts, c.get("viewer").caller.name);
    const order = readOrder(fields);
    const key = fields.get("key") ?? "";
    const dryRun = fields.get("do") === "try";
    const wanted = fields.get("do") ?? "";
    const refuse = (trouble: string, status: number) =>
      showOrder(c, parts, frameOf(c), fields, parts.secrets.token(), { trouble, status });
    if (!dryRun && wanted !== "restore") {
      return refuse(`'${wanted.slice(0, 80)}' is nothing to do: expected 'restore' or 'try'.`, 400);
    }
    if (!/^[\w-]{8,200}$/.test(key)) return refuse("The form was not whole: send it once more.", 400);
    const { backup } = await readBackup(apiReader(c, parts), order.run);
    const untyped = dryRun
      ? undefined
      : wordsToType(order, warningOf(backup)).find(({ name, expected }) =>
        fields.get(name)?.trim() !== expected
      );
    if (untyped !== undefined) {
      const typed = fields.get(untyped.name)?.trim().slice(0, 80) ?? "";
      return refuse(`'${typed}' was typed: expected '${untyped.expected}'.`, 400);
    }
    const done = await askRestore(c, parts, order, { key, dryRun });
    if ("trouble" in done) return refuse(done.trouble, done.status);
    return c.redirect(operationAddress(frameOf(c).paths, done.restore.operation_id), 303);
  });

  web.get("/ui/restore/operation", async (c) => {
    const id = c.req.query("id") ?? "";
    const restore = await apiReader(c, parts).find<RestoreView>(`/operations/${encodeURIComponent(id)}`);
    if (restore === null) {
      throw new Refused(
        404,
        `There is no restore '${
          id.slice(0, 80)
        }': tries are forgotten at a restart, others are in the audit trail.`,
      );
    }
    const zone = (await parts.operations.job(restore.job))?.timezone ?? "UTC";
    return c.html(<OperationPage frame={frameOf(c)} restore={restore} zone={zone} />);
  });
}

async function showOrder(
  c: Context<WebEnv>,
  parts: WebParts,
  frame: Frame,
  fields: URLSearchParams,
  key: string | undefined,
  refused?: { trouble: string; status: number },
): Promise<Response> {
  const { caller, may, csrf } = c.get("viewer");
  if (!may("POST /backups/{id}/restore")) {
    throw new Refused(403, `'${caller.name}' is ${caller.role}: the server restores for admins alone.`);
  }
  const api = apiReader(c, parts);
  const order = readOrder(fields);
  const [{ backup, timezone }, settings] = await Promise.all([
    readBackup(api, order.run),
    api.try<SettingView[]>("/config"),
  ]);
  if (backup.state !== "available") {
    throw new Refused(
      409,
      `Backup ${backup.id ?? backup.run_id} is '${backup.state}': there is nothing to restore.`,
    );
  }
  const roots = typeof settings === "string" ? null : rootsIn(settings);
  const run = await parts.reads.run(backup.run_id);
  const canTry = typeof settings === "string" || run === undefined ||
    !isByCommand(run.providerKey, settings);
  const unfit = roots?.length === 0 ? undefined : unfitOrder(order, roots) ??
    (key === undefined || run === undefined ? undefined : await refusalOf(parts, run, order));
  const trouble = refused?.trouble ?? unfit;
  return c.html(
    <OrderPage
      {...{ frame, backup, timezone, order, roots, csrf, canTry }}
      {...(key === undefined || unfit !== undefined ? {} : { key })}
      {...(trouble === undefined ? {} : { trouble })}
    />,
    (refused?.status ?? (unfit === undefined ? 200 : 422)) as 200,
  );
}

/** What begins no restore for sure, found by a look at the folder: a link that leads out of the roots, files in the way. */
async function refusalOf(
  { operations }: Pick<WebParts, "operations">,
  run: Run,
  order: Order,
): Promise<string | undefined> {
  if (notCarried(order) !== undefined) return undefined;
  const { target, include, overwrite, anyOwner } = order;
  try {
    const looked = await operations.lookAtRestore(run, {
      target,
      include,
      overwrite,
      anyOwner,
      dryRun: false,
    });
    return looked === undefined || looked.outcome === "accepted" ? undefined : looked.message;
  } catch {
    // What cannot be asked now is asked, and answered, as it begins.
    return undefined;
  }
}
