// Why the API said no, by RFC 9457.

import { z } from "zod";
import { RetentionView } from "./retention.ts";

export const ProblemView = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  candidates: z.array(z.object({ job: z.string(), run_id: z.string(), id: z.string().nullable() }))
    .optional(),
  reason: z.string().optional().meta({
    description:
      "A machine word for why, where there is one: `shared_data`, another backup would lose its data.",
  }),
  /** What retention would do now, where an approval did not fit it. */
  retention: RetentionView.optional(),
});
export type ProblemView = z.infer<typeof ProblemView>;
