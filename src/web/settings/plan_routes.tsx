// /ui/settings/plan: somebody shows an edited configuration and sees what it would do; nothing of it is saved.

import type { Context, Hono } from "hono";
import type { WebEnv, WebParts } from "../deps.ts";
import { readForm } from "../form.ts";
import type { Frame } from "../layout.tsx";
import { Refused } from "../refused.ts";
import { PlanPage, type PlanPageProps } from "./plan_page.tsx";

/** A configuration of the greatest size, pasted and uploaded. */
const MOST_BYTES = 2.5 * 1024 * 1024;

/** Adds the routes. */
export function addPlan(
  web: Hono<WebEnv>,
  parts: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  const { operations, door } = parts;

  const show = (c: Context<WebEnv>, more: Partial<PlanPageProps> = {}, status = 200) =>
    c.html(
      <PlanPage
        frame={frameOf(c)}
        csrf={c.get("viewer").csrf}
        files={operations.planFiles()}
        asked={{ text: "", file: null }}
        {...more}
      />,
      status as 200,
    );

  /** What is configured may be as secret as what is backed up. */
  const mustSeeConfiguration = (c: Context<WebEnv>) => {
    const { caller } = c.get("viewer");
    if (!door.may("GET /config", caller)) {
      throw new Refused(
        403,
        `'${caller.name}' is ${caller.role}: the configuration is for operators and admins.`,
      );
    }
    return caller;
  };

  web.get("/ui/settings/plan", (c) => {
    mustSeeConfiguration(c);
    return show(c);
  });

  web.post("/ui/settings/plan", async (c) => {
    const caller = mustSeeConfiguration(c);
    const fields = await readForm(c, parts, caller.name, MOST_BYTES);
    const uploaded = fields.get("upload") ?? "";
    const text = (uploaded === "" ? fields.get("text") ?? "" : uploaded).replaceAll("\r\n", "\n");
    const file = fields.get("file") || null;
    const asked = { text, file };
    if (text.trim() === "") {
      return show(c, { asked, trouble: "No text was pasted, and no file chosen." }, 400);
    }
    const outcome = await operations.plan(asked, caller);
    return show(c, { asked, outcome }, outcome.outcome === "plan" ? 200 : 422);
  });
}
