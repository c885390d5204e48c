// Which addresses only this machine reaches, however they are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopback } from "../../../src/domain/http/loopback.ts";

test("isLoopback() knows addresses of this machine alone by any spelling, and takes no name for one", () => {
  const ours = [
    "127.0.0.1",
    "127.255.0.9",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "localhost",
    "LOCALHOST",
  ];
  for (const hostname of ours) assert.ok(isLoopback(hostname), hostname);
  const others = [
    ...["0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "fe80::1", "::ffff:10.0.0.1", "::127.0.0.1", "1::1"],
    ...["nas", "localhost.example", "127.0.0.1.example", "my-localhost", "", "not a host", "::1%lo"],
  ];
  for (const hostname of others) assert.ok(!isLoopback(hostname), hostname);
});
