// Whatever a channel does, a delivery ends when the program stops. Also tests delivery.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeliver } from "../../../src/observe/notify/deliver.ts";
import type { EmailChannel } from "../../../src/ports/notifier.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const notice = { news: "bad" as const, title: "t", text: "x", link: null, jobs: [] };

test("a mail server that says nothing holds up no stop", async () => {
  const stop = new AbortController();
  const deliver = createDeliver(
    {
      clock: new FakeClock(0),
      mail: () => new Promise(() => {}),
      env: {},
      source: () => "urn:schelly:nas1",
    } as unknown as Parameters<typeof createDeliver>[0],
  );
  const channel = {
    type: "email",
    name: "mail",
    from: "a@b",
    to: ["c@d"],
    timeoutMs: 60_000,
  } as unknown as EmailChannel;
  const sent = deliver(channel, { id: "1", createdAt: 0, notice }, stop.signal);
  stop.abort();
  await assert.rejects(sent, /it was cut off/);
});
