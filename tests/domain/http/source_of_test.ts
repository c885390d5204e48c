// For whom an address counts where limits are set.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "../../../src/domain/http/source_of.ts";

test("sourceOf() takes all addresses that one may have for one", () => {
  const cases: [remote: string, source: string][] = [
    ["192.0.2.1:50000", "192.0.2.1"],
    ["127.0.0.1:1", "127.0.0.1"],
    ["[::1]:50000", "::1"],
    ["[::ffff:192.0.2.1]:50000", "192.0.2.1"],
    ["[::ffff:127.0.0.1]:50000", "127.0.0.1"],
    ["[2001:db8:1:2:3:4:5:6]:50000", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::9]:50000", "2001:db8:1:2::/64"],
    ["[2001:db8::9]:50000", "2001:db8:0:0::/64"],
    ["[fe80::1%eth0]:50000", "fe80:0:0:0::/64"],
    ["unix", "unix"],
    [":0", ""],
  ];
  for (const [remote, source] of cases) assert.equal(sourceOf(remote), source, remote);
});
