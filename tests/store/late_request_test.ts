// A change that Schelly gave up on may still be on its way to the state server: the program that SCHELLY_TEST_SQLD names.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../src/domain/backup.ts";
import { openStore } from "../../src/store/run_store.ts";
import { at, tempFolder } from "../support/node_files.ts";
import { requireFile } from "../support/require_tool.ts";
import { startStrongServer } from "../support/store_server.ts";
import { addJobs, backup, insert, storeOptions } from "./fixture.ts";

const found = requireFile("SCHELLY_TEST_SQLD", "a libSQL server");

if (!("path" in found)) {
  test("a request that arrives late changes nothing any more", { skip: found.skip }, () => {});
} else {
  test("server: a request that arrives late changes nothing any more, and one that arrives in time counts once", () =>
    at(tempFolder(), async (folder) => {
      await using server = await startStrongServer(found.path, folder.path);
      const options = storeOptions(server.url);
      const late: (() => Promise<Response>)[] = [];
      let isSlow = false;
      await using store = await openStore({
        ...options,
        async http(request) {
          if (!isSlow) return await options.http(request);
          const body = await request.arrayBuffer();
          const { url, method, headers } = request;
          late.push(() => fetch(url, { method, headers, body }));
          throw new TypeError("connection reset");
        },
      });
      await addJobs(store, "db");
      const arrives = async () => {
        const response = await late.shift()!();
        await response.body?.cancel();
      };
      const giveUp = async (run: Run) => {
        isSlow = true;
        await assert.rejects(() => insert(store, run), { kind: "unknown" });
        isSlow = false;
      };
      const idsOf = async () => (await store.runs({ limit: 9 })).items.map(({ runId }) => runId).toSorted();
      const [first, second, third, fourth] = [backup(), backup(), backup(), backup()];
      await giveUp(first);
      assert.deepEqual(await insert(store, second), [{ result: "done" }]);
      await arrives();
      assert.deepEqual(
        await idsOf(),
        [second.runId],
        "what was decided since may rest on its not being there",
      );
      await giveUp(third);
      await arrives();
      assert.deepEqual(await insert(store, fourth), [{ result: "done" }]);
      assert.deepEqual(await insert(store, third), [{ result: "done" }]);
      assert.deepEqual(await idsOf(), [second, third, fourth].map(({ runId }) => runId).toSorted());
    }));
}
