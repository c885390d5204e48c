// A job that was forgotten.

import { z } from "zod";
import { time } from "./fields.ts";

export const ForgottenView = z.object({
  job: z.string(),
  forgotten_at: time.meta({ description: "When it was forgotten first; saying it again changes nothing." }),
});
export type ForgottenView = z.infer<typeof ForgottenView>;
