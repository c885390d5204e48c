// The locks on a job's storage, and what became of those that were to be removed.

import { z } from "zod";
import { time } from "./fields.ts";

export const LocksView = z.object({
  supported: z.boolean().meta({ description: "False: the job's provider has no locks to show." }),
  locks: z.array(z.object({
    id: z.string(),
    state: z.enum(["working", "left", "unattended", "foreign"]).meta({
      description:
        "Of the program it belongs to: ours and at work, ours and ended, not renewed for long, or another's.",
    }),
    user: z.string(),
    host: z.string(),
    pid: z.number().int(),
    renewed_at: time,
    exclusive: z.boolean(),
    why: z.string().meta({ description: "Why it stays, or when it goes." }),
    command: z.string().meta({ description: "Removes this one by hand." }),
  })),
  unread: z.number().int().meta({ description: "So many more could not be looked at." }),
});
export type LocksView = z.infer<typeof LocksView>;

export const UnlockView = z.object({
  supported: z.boolean().meta({ description: "False: the job's provider has no locks to remove." }),
  answers: z.array(z.object({
    id: z.string(),
    outcome: z.enum(["removed", "absent", "refused", "failed"]),
    message: z.string(),
  })),
});
export type UnlockView = z.infer<typeof UnlockView>;
