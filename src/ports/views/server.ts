// The program itself: what it checks, is configured to, and was told.

import { z } from "zod";

/** What a provider was asked, and whether that is well. */
export const CheckView = z.object({
  name: z.string(),
  ok: z.boolean(),
  message: z.string(),
  remedy: z.string().nullable().meta({ description: "What to do about it, where that is known." }),
});
export type CheckView = z.infer<typeof CheckView>;

/** One effective value of the configuration. */
export const SettingView = z.object({
  path: z.string().meta({ example: "jobs.postgres.retention.daily" }),
  value: z.string().meta({ description: "As YAML would write it; secrets read <redacted>." }),
  /** Or `env SCHELLY_LISTEN`, or `default`. */
  source: z.string().meta({ description: "Where it was said.", example: "schelly.yaml:12" }),
});
export type SettingView = z.infer<typeof SettingView>;

export const ReadinessView = z.object({
  ready: z.boolean(),
  role: z.enum(["standby"]).optional().meta({
    description:
      "Of an instance that is well and waits for the active one: it is not ready, and /healthz is 200.",
  }),
  checks: z.array(z.object({
    name: z.string(),
    ok: z.boolean(),
    fatal: z.boolean().meta({ description: "False: shows, but does not make the server unready." }),
    /** Whether it is well, in words. */
    message: z.string(),
  })).optional(),
});

/** What came of reading the configuration again. */
export const ReloadView = z.object({
  ok: z.boolean(),
  /** Issues when not ok; what changed when ok. */
  messages: z.array(z.string()),
});

/** Somebody whom the configuration lets in. */
export const CallerView = z.object({
  kind: z.enum(["token", "user", "group"]).meta({ description: "group: of users whom a proxy logs in." }),
  name: z.string().meta({ description: "Of groups * stands for every other user of the proxy." }),
  role: z.string(),
  state: z.enum(["valid", "expiring", "expired"]).meta({
    description: "expiring: within 14 days. expired: refused.",
  }),
  expires: z.string().nullable().meta({ description: "From when on it is refused; null: never." }),
  last_used: z.string().nullable().meta({
    description: "When they last were let in; null: not since the server started.",
  }),
});
export type CallerView = z.infer<typeof CallerView>;

export const ClockTrustView = z.object({ trusted: z.boolean() });
