// Ranges of addresses: how they are written, and what is in them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithin, parseRange } from "../../../src/domain/http/address_range.ts";

const within = (range: string, address: string) => isWithin([parseRange(range)!], address);

test("isWithin() knows the addresses of a range, in whatever way they are written", () => {
  const inside: [range: string, address: string][] = [
    ["10.0.0.0/8", "10.255.0.1"],
    ["10.0.0.7", "10.0.0.7"],
    ["10.0.0.7", "::ffff:10.0.0.7"],
    ["192.168.0.0/23", "192.168.1.255"],
    ["::1", "0:0:0:0:0:0:0:1"],
    ["fd00::/8", "fdab::9"],
    ["2001:db8::/33", "2001:db8:7fff::1"],
  ];
  for (const [range, address] of inside) assert.ok(within(range, address), `${address} in ${range}`);
  const outside: [range: string, address: string][] = [
    ["10.0.0.0/8", "11.0.0.1"],
    ["10.0.0.7", "10.0.0.8"],
    ["192.168.0.0/23", "192.168.2.0"],
    ["::1", "::2"],
    ["::1", "127.0.0.1"],
    ["fd00::/8", "fe80::1%eth0"],
    ["2001:db8::/33", "2001:db8:8000::1"],
    ["10.0.0.0/8", "localhost"],
    ["10.0.0.0/8", ""],
  ];
  for (const [range, address] of outside) assert.ok(!within(range, address), `${address} in ${range}`);
});

test("parseRange() takes nothing else for a range", () => {
  for (
    const text of [
      "",
      "localhost",
      "10.0.0",
      "10.0.0.256",
      "10.0.0.0/33",
      "::/129",
      "10.0.0.0/",
      "::1::2",
      "*",
    ]
  ) {
    assert.equal(parseRange(text), undefined, text);
  }
});
