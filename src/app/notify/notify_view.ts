// Notifications as the API shows them; part of the composition root.

import { iso } from "../../domain/instant.ts";
import { formatQuiet, type NotifyRule } from "../../domain/notify/rule.ts";
import type { NotifyConfig } from "../../ports/notifier.ts";
import type { Backlog } from "../../ports/outbox.ts";
import type { NotifyView } from "../../ports/views/notify.ts";

/** `name`: how messages name the installation. */
export function notifyView(name: string, config: NotifyConfig, backlog: readonly Backlog[]): NotifyView {
  const waiting = new Map(backlog.map((one) => [one.channel, one]));
  return {
    name,
    timezone: config.timezone,
    channels: config.channels.map(({ name, type }) => {
      const own = waiting.get(name);
      return {
        name,
        type,
        waiting: own?.count ?? 0,
        oldest: iso(own?.oldestAt ?? null),
        error: own?.error ?? null,
      };
    }),
    rules: config.rules.map(ruleView),
  };
}

function ruleView({ to, on, jobs, repeatMs, quiet, digest }: NotifyRule): NotifyView["rules"][number] {
  return {
    to: [...to],
    on: [...on],
    jobs: [...jobs],
    repeat_seconds: repeatMs === null ? null : repeatMs / 1000,
    quiet: quiet === null ? null : formatQuiet(quiet),
    digest,
  };
}
