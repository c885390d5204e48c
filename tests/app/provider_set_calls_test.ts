// Calls use the settings that are in force, also those of runs that began under other ones.
// Also tests engine/context/calls.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderSet } from "../../src/app/provider_set.ts";
import type { StateMemories } from "../../src/store/memory/state_memory.ts";
import type { ProviderSpec } from "../../src/domain/provider_spec.ts";
import { fakeHost } from "../support/fake_host.ts";
import { httpSpec } from "../support/http_spec.ts";

const OLD = "http://old:1";
const NEW = "http://new:1";
/** No provider here is a built-in. */
const NO_MEMORIES = {} as StateMemories;

/** A set over providers that answer, and what each GET came with. */
function providerSet() {
  const seen: string[] = [];
  const waiting: (() => void)[] = [];
  let held = false;
  const answer = (name: string) => async (request: Request) => {
    seen.push(`${name} ${request.method} ${request.headers.get("x-key")}`);
    if (held) await new Promise<void>((resolve) => waiting.push(resolve));
    return Response.json({ id: "b1", status: "running" });
  };
  const host = fakeHost({ servers: { [OLD]: answer("old"), [NEW]: answer("new") } });
  const set = new ProviderSet(host, { emit() {} }, NO_MEMORIES, "/state");
  const replace = (...specs: ProviderSpec[]) => set.replace(new Map(specs.map((spec) => [spec.key, spec])));
  return {
    set,
    seen,
    replace,
    hold: () => held = true,
    release() {
      held = false;
      for (const go of waiting.splice(0)) go();
    },
  };
}

test("nothing is started nor deleted while the state may be another's", async () => {
  const asked: string[] = [];
  const host = fakeHost({
    servers: {
      [OLD](request) {
        asked.push(request.method);
        return Response.json({ id: "b1", status: "running" }, {
          status: request.method === "POST" ? 202 : 200,
        });
      },
    },
  });
  let may = false;
  const set = new ProviderSet(host, { emit() {} }, NO_MEMORIES, "/state", { mayAct: () => may });
  await set.replace(new Map([["p", spec("first")]]));
  const calls = set.callsOf("p")!;
  const start = () =>
    calls.create(
      { runId: "r1", job: "a", slot: null, fence: 7, body: undefined },
      () => Promise.resolve(true),
    );
  const remove = () => calls.delete("b1", undefined, 7, () => Promise.resolve(true), () => {});
  for (const act of [start, remove]) {
    await assert.rejects(act(), { kind: "unsent", message: /the lease on the state/ });
  }
  await calls.get("b1");
  assert.deepEqual(asked, ["GET"]);
  may = true;
  await start();
  await remove();
  assert.deepEqual(asked, ["GET", "POST", "DELETE"]);
  await set[Symbol.asyncDispose]();
});

const spec = (key: string, url = OLD, fields = {}) =>
  httpSpec(`${url}/b`, { headers: { "X-Key": key }, ...fields });

test("a run under way polls with the key that was rotated in, and an edit shows as other calls", async () => {
  const { set, seen, replace } = providerSet();
  await replace(spec("first"));
  const calls = set.callsOf("p")!;
  await calls.get("b1");
  await replace(spec("second"));
  await calls.get("b1");
  assert.notEqual(set.callsOf("p"), calls, "deletions decided before the edit are not sent");
  await set.callsOf("p")!.get("b1");
  assert.deepEqual(seen, ["old GET first", "old GET second", "old GET second"]);
  await set[Symbol.asyncDispose]();
});

test("a call that waits for its turn while the key is rotated is sent with the new one, one at a time", async () => {
  const { set, seen, replace, hold, release } = providerSet();
  await replace(spec("first"));
  const calls = set.callsOf("p")!;
  hold();
  const both = [calls.get("b1"), calls.get("b1")];
  await new Promise((resolve) => setTimeout(resolve, 0));
  await replace(spec("second"));
  const after = set.callsOf("p")!.get("b1");
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(seen, ["old GET first"], "max_concurrent holds over the edit");
  release();
  await Promise.all([...both, after]);
  assert.deepEqual(seen, ["old GET first", "old GET second", "old GET second"]);
  await set[Symbol.asyncDispose]();
});

test("a key that is gone keeps what it had last; one that came back, or has another name, has the new", async () => {
  const { set, seen, replace } = providerSet();
  await replace(spec("first"));
  const calls = set.callsOf("p")!;
  await replace();
  assert.equal(set.callsOf("p"), undefined);
  await calls.get("b1");
  await replace(spec("second"));
  await calls.get("b1");
  await replace(spec("third", NEW, { key: "q", formerly: ["p"] }));
  await calls.get("b1");
  await replace(spec("fourth", NEW, { key: "q", formerly: ["p"] }));
  await calls.get("b1");
  assert.deepEqual(seen, ["old GET first", "old GET second", "new GET third", "new GET fourth"]);
  await set[Symbol.asyncDispose]();
});
