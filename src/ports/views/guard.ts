// A guard that stops deletions of a job, as the API shows it.

import { z } from "zod";
import { time } from "./fields.ts";

export const GuardView = z.object({
  guard: z.string(),
  since: time.nullable(),
  latched: z.boolean().meta({ description: "True: stays until approved." }),
  message: z.string(),
});
export type GuardView = z.infer<typeof GuardView>;
