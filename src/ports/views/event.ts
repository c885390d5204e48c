// What happened, as `GET /events` and a run tell it.

import { z } from "zod";
import { time } from "./fields.ts";

export const EventView = z.object({
  seq: z.number().int(),
  at: time,
  type: z.string().meta({ example: "run.available" }),
  level: z.string(),
  job: z.string().nullable(),
  run_id: z.string().nullable(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type EventView = z.infer<typeof EventView>;
