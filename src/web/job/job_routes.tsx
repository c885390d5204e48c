// /ui/jobs/{job}: the page of one job, at one step of its slider.

import type { Context, Hono } from "hono";
import { apiReader } from "../api_reader.ts";
import type { WebEnv, WebParts } from "../deps.ts";
import type { Frame } from "../layout.tsx";
import { Refused } from "../refused.ts";
import { JobPage } from "./job_page.tsx";
import { type AskedOfJob, readJob, STEPS } from "./job_reading.ts";

const MOST_LETTERS = 300;

/** Adds the route. */
export function addJobPage(
  web: Hono<WebEnv>,
  parts: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  web.get("/ui/jobs/:job", async (c) => {
    const name = c.req.param("job");
    const asked = askedOf((key) => c.req.query(key));
    const frame = frameOf(c);
    const { reads, history } = parts;
    const reading = await readJob({ api: apiReader(c, parts), reads, history }, name, asked, frame.now);
    if (reading === null) {
      const forgotten = await parts.operations.forgotten(name);
      throw new Refused(
        404,
        forgotten ?? `There is no job '${name.slice(0, 80)}': it was renamed, or never was.`,
      );
    }
    return c.html(<JobPage frame={frame} reading={reading} asked={asked} />);
  });
}

/** What is none of ours counts as not said. */
function askedOf(query: (key: string) => string | undefined): AskedOfJob {
  return {
    step: STEPS.find(({ name }) => name === query("at")) ?? STEPS[0],
    policy: (query("policy") ?? "").trim().slice(0, MOST_LETTERS),
  };
}
