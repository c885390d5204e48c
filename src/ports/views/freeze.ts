// Whether all deletions are frozen, as the API shows it.

import { z } from "zod";
import { state, time } from "./fields.ts";

export const FreezeView = z.object({
  frozen: z.boolean(),
  reason: z.string().nullable(),
  owner: z.string().nullable(),
  since: time.nullable(),
  until: time.nullable().meta({ description: "Null: until it is released." }),
  on_the_wire: z.array(z.object({ job: z.string(), run_id: z.string(), id: z.string().nullable(), state }))
    .meta({
      description: "Deletions and cancels that were sent, or may have been: no freeze stops those.",
    }),
});
export type FreezeView = z.infer<typeof FreezeView>;
