// What is known of each provider from its calls.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ContactBook, contactRows } from "../../src/app/contact_book.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import { load } from "../support/load_text.ts";

const call = (provider: string, at: number, data: EngineEvent["data"]): EngineEvent => ({
  ...{ type: "provider.call", level: "info", at, message: "" },
  data: { provider, operation: "info", ...data },
});

test("each host has a contact of its own, and those that left the configuration are not told of", async () => {
  const { providers } = await load(
    `providers:\n  nas: { url: "http://{host}/b", hosts: [a, b, c] }\n  one: { url: "http://one/b" }\n` +
      "jobs: [{ name: x, provider: one }]\n",
  );
  const book = new ContactBook();
  book.emit(call("one", 1, { status: 200 }));
  book.emit(call("nas@b", 2, { status: "error", why: "connection refused" }));
  book.emit(call("nas@a", 3, { status: 404 }));
  book.emit(call("gone@b", 3, { status: "error" }));
  book.emit({ type: "provider.odd", level: "info", at: 4, message: "", data: { provider: "nas@c" } });
  assert.equal(book.of("nas@c"), null);
  assert.deepEqual(book.troubles(providers), [
    { provider: "nas@b", trouble: { since: 2, calls: 1, message: "connection refused" } },
  ]);
  assert.deepEqual(
    contactRows(book, providers).map(({ provider, host, contact }) => [provider, host, contact.answeredAt]),
    [["nas@a", "a", 3], ["nas@b", "b", null], ["one", "", 1]],
  );
});
