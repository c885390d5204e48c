// Which instance answers, where several share one state.

import { z } from "zod";

export const InstanceView = z.object({
  role: z.enum(["active", "standby"]).meta({
    description: "standby: it shows what the active one does, and changes nothing; who is alone is active.",
  }),
  node: z.string().nullable().meta({ description: "Its name; null: nobody shares its state." }),
  active: z.object({
    node: z.string().nullable(),
    address: z.string().nullable().meta({ description: "Where callers reach it, where it says so." }),
  }).nullable().meta({ description: "The active one, as a standby last saw it." }),
  same_configuration: z.boolean().nullable().meta({
    description:
      "Whether the active one's jobs and providers are the same; null: it is not known, or nobody else is.",
  }),
});
export type InstanceView = z.infer<typeof InstanceView>;
