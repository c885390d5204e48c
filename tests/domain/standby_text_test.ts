// The words for an instance on standby.

import assert from "node:assert/strict";
import { test } from "node:test";
import { instanceText, standbyText } from "../../src/domain/standby_text.ts";

test("standbyText() names the active instance as far as it is known", () => {
  const words = "This instance is on standby and changes nothing: ";
  assert.equal(
    standbyText({ node: "node-a", address: "http://node-a:8080" }),
    `${words}'node-a' (http://node-a:8080) is active, ask that one`,
  );
  assert.equal(standbyText({ node: "node-a", address: null }), `${words}'node-a' is active, ask that one`);
  assert.equal(standbyText(null), `${words}ask the active one`);
  assert.equal(instanceText({ node: null, address: null }), "another instance");
});
