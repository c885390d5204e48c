// `schelly password hash`: what comes in on standard input, what goes out, and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { isPassword, parsePasswordHash } from "../../../src/config/values/password_hash.ts";
import { fakeHost, type FakeHostOptions } from "../../support/fake_host.ts";

async function hash(options: FakeHostOptions) {
  const host = fakeHost(options);
  return { code: await main(["password", "hash"], host), out: host.out(), err: host.err() };
}

test("password hash prints one line that the configuration takes, another one each time", async () => {
  const [first, second] = [
    await hash({ stdin: "correct horse\n" }),
    await hash({ stdin: "correct horse", now: 1 }),
  ];
  assert.deepEqual([first.code, second.code, first.err], [0, 0, ""]);
  const parsed = parsePasswordHash(first.out.replace(/\n$/, ""))!;
  assert.ok(parsed.iterations >= 600_000);
  assert.equal(await isPassword(parsed, "correct horse"), true);
  assert.notEqual(first.out, second.out);
  assert.doesNotMatch(first.out + first.err, /horse/);
});

test("password hash refuses what is no password, and a terminal that would show it", async () => {
  const terminal = await hash({ tty: true, stdin: "x" });
  assert.equal(terminal.code, 2);
  assert.match(terminal.err, /where it would be seen: pipe it in: read -rs P/);
  for (const stdin of ["", "\n", "two\nlines", "\u0000", "\ufffd"]) {
    const { code, err, out } = await hash({ stdin });
    assert.deepEqual([code, out], [2, ""], JSON.stringify(stdin));
    assert.match(err, /expected one line on standard input/);
  }
});
