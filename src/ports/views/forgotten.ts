// A job that was forgotten.

import { z } from "zod";
import { time } from "./fields.ts";
import { JobEditView } from "./job_edit.ts";

export const ForgottenView = z.object({
  job: z.string(),
  forgotten_at: time.meta({ description: "When it was forgotten first; saying it again changes nothing." }),
});
/** The same, or one that was taken out of the configuration. */
export const LeftView = z.object({
  job: z.string(),
  forgotten_at: time.nullable().meta({
    description: "When it was forgotten first; null for one that merely left the configuration.",
  }),
  /** Absent where it was forgotten. */
  edit: JobEditView.optional(),
});

export type ForgottenView = z.infer<typeof ForgottenView>;
