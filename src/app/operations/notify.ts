// What callers may ask of notifications; part of the composition root.

import type { Operations } from "../../ports/operations.ts";
import type { NotifyTestView, NotifyView } from "../../ports/views/notify.ts";

/** What they act through. */
export interface NotifyParts {
  notifications: {
    view(): Promise<NotifyView>;
    test(channel: string): Promise<NotifyTestView | undefined>;
  };
}

/** Builds them. */
export function notifyOperations(
  { notifications }: NotifyParts,
): Pick<Operations, "notifications" | "testChannel"> {
  return {
    notifications: () => notifications.view(),
    testChannel: (channel) => notifications.test(channel),
  };
}
