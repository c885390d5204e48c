// Nothing is begun nor deleted at a provider once the lease may be another's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heldProvider } from "../../../src/engine/lease/held_provider.ts";
import type { Provider } from "../../../src/ports/provider.ts";

test("starts and deletions are withheld as never sent, and looks go on", async () => {
  const calls: string[] = [];
  class Spy {
    readonly key = "restic-a";
    #own = "private";
    create = () => Promise.resolve(calls.push("create"));
    delete(id: string) {
      calls.push(`delete ${id} ${this.#own}`);
      return Promise.resolve("deleted");
    }
    get(id: string) {
      calls.push(`get ${id}`);
      return Promise.resolve({ found: "no" });
    }
  }
  let may = true;
  const held = heldProvider(new Spy() as unknown as Provider, () => may);
  await held.create({} as never);
  await held.delete("b1", undefined, 7);
  may = false;
  for (const call of [() => held.create({} as never), () => held.delete("b1", undefined, 7)]) {
    await assert.rejects(call, {
      kind: "unsent",
      message: /'restic-a': the lease on the state could not be renewed/,
    });
  }
  await held.get("b1");
  assert.deepEqual(calls, ["create", "delete b1 private", "get b1"]);
  assert.equal(held.key, "restic-a");
  assert.equal(held.verify, undefined);
});
