// How many connections and requests there may be.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mostOf, sharesOf } from "../../src/runtime/shares.ts";

test("sharesOf() leaves files for everything else, however few there are", () => {
  for (const files of [64, 256, 1024, 8192, 1_000_000, undefined]) {
    const network = sharesOf(files, "network");
    const socket = sharesOf(files, "socket");
    const most = network.connections.all + network.greetings + socket.connections.all;
    assert.ok(most <= (files ?? 1024) * 0.8, `${files} files, ${most} connections`);
    assert.ok(most <= 4_500);
    const { all, kept } = network.requests;
    assert.ok(all + kept <= network.connections.all, "some connections are always idle");
    assert.ok(kept >= all / 5, `${kept} kept beside ${all}`);
  }
});

test("sharesOf() at the limits that this program is mostly run with", () => {
  assert.deepEqual(sharesOf(256, "network"), {
    connections: { all: 128, each: 16, here: 96 },
    greetings: 32,
    requests: { all: 102, each: 12, here: 76, kept: 26 },
  });
  assert.deepEqual(sharesOf(8192, "network"), {
    connections: { all: 2_000, each: 250, here: 1_500 },
    greetings: 500,
    requests: { all: 800, each: 100, here: 600, kept: 200 },
  });
  assert.deepEqual(sharesOf(256, "socket").connections, { all: 32, each: 4, here: 32 });
});

test("mostOf() gives this machine more than any other address", () => {
  const share = { all: 100, each: 10, here: 70 };
  const most = (source: string) => mostOf(share, source);
  assert.deepEqual(["unix", "127.0.0.1", "127.9.9.9", "::1"].map(most), [70, 70, 70, 70]);
  assert.deepEqual(["192.0.2.1", "2001:db8:0:1::/64", "", "127.0.0.1.evil"].map(most), [10, 10, 10, 10]);
});
