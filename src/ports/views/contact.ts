// Whether a provider over HTTP is there, as the API shows it.

import { z } from "zod";
import { time } from "./fields.ts";

/** Calls in a row that did not get through. */
export const ContactTroubleView = z.object({
  since: time.meta({ description: "When the first of them was made." }),
  message: z.string().meta({ description: "What the last of them met." }),
  calls: z.number().int().meta({ description: "How many there were in a row." }),
});

export const ContactView = z.object({
  answered_at: time.nullable().meta({
    description: "The last call that was answered; null: none was since the start.",
  }),
  trouble: ContactTroubleView.nullable().meta({
    description:
      "Set while nobody answers its calls, or they are turned away; null when the last one got through.",
  }),
});
