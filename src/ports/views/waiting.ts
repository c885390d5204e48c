// A start that waits for its provider, as the API shows it.

import { z } from "zod";
import { time } from "./fields.ts";

export const WaitingView = z.object({
  since: time.nullable().meta({ description: "When the provider was first asked." }),
  cause: z.string().nullable().meta({ description: "What came of it last." }),
}).meta({ description: "Set while the start surely began nothing, and is tried again." });
