// A start that waits for its provider, as the API shows it.

import { z } from "zod";
import { time } from "./fields.ts";

export const WaitingView = z.object({
  since: time.nullable().meta({
    description: "When the provider was first asked; before that, when it was due.",
  }),
  cause: z.string().nullable().meta({ description: "What came of it last, or what it waits for." }),
  until_mended: z.boolean().meta({
    description: "It begins nothing until somebody fixes that, such as a wrong password: its job is failing.",
  }),
}).meta({
  description: "Set while the start surely began nothing: it has not had its turn yet, or is tried again.",
});
