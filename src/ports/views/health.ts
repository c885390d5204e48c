// How a job does, as the API shows it.

import { z } from "zod";
import { HEALTH_STATES } from "../../domain/health.ts";
import { time } from "./fields.ts";

export const HealthView = z.object({
  state: z.enum(HEALTH_STATES).meta({
    description: "The worst that is so. A run under way hides nothing that is wrong.",
  }),
  well: z.boolean().meta({ description: "False where somebody has to look." }),
  since: time.nullable().meta({
    description:
      "Since when it is so, where that is known; of a failing job when the first run after its last success failed.",
  }),
  cause: z.string().nullable().meta({ description: "Why, the provider's own words first." }),
  remedy: z.string().nullable().meta({ description: "What to do." }),
  brief: z.string().nullable().meta({
    description:
      "The cause in a few words, as the titles of messages have it; null where nobody has to look.",
  }),
  words: z.string().nullable().meta({
    description: "What its provider said, where that is the cause.",
  }),
  of_all: z.boolean().meta({
    description: "It is trouble of the whole program: of every job the same.",
  }),
});
export type HealthView = z.infer<typeof HealthView>;
