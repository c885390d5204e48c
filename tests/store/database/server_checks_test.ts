// What may be the server of a state and what may not, asked of real ones: the program that SCHELLY_TEST_SQLD names.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import type { Clock } from "../../../src/ports/host.ts";
import type { StoreError } from "../../../src/domain/errors.ts";
import { type OpenStore, openStore, type StoreOptions } from "../../../src/store/run_store.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { at, tempFolder } from "../../support/node_files.ts";
import { requireFile } from "../../support/require_tool.ts";
import { startStoreServer, type StoreServer } from "../../support/store_server.ts";
import { addJobs, NOW, storeOptions } from "../fixture.ts";

const found = requireFile("SCHELLY_TEST_SQLD", "a libSQL server");

if (!("path" in found)) {
  test("a state server is asked what it is", { skip: found.skip }, () => {});
} else {
  const { path } = found;

  test("server: one as it comes is refused, and taken once it is strong or that is accepted", () =>
    withServer(path, async (server) => {
      const refused = await refusal(server.url);
      assert.equal(
        refused.message,
        `Cannot use the state at '${server.url}/': its commits are 'synchronous=NORMAL' (1), so that it may lose what was ` +
          'saved when its machine loses power: expected FULL (2): set "durability_mode":"strong" at its admin port ' +
          "(POST /v1/namespaces/default/config), after each of its starts, or accept the loss with " +
          "'state: { durability: relaxed }'",
      );
      assert.deepEqual(await tablesOf(server.url), [], "nothing was made there");
      {
        await using store = await open(server.url, { durability: "relaxed" });
        assert.match(
          store.weakness!,
          /may lose what was saved last .* 'state.durability: relaxed' accepts that$/,
        );
      }
      await server.set({ durability_mode: "strong" });
      for (const durability of ["strong", "relaxed"] as const) {
        await using store = await open(server.url, { durability });
        assert.equal(store.weakness, null);
      }
    }));

  test("server: one that is set a moment after it started is waited for", () =>
    withServer(path, async (server) => {
      let waits = 0;
      const clock = clockThat(async () => {
        if (++waits === 2) await server.set({ durability_mode: "strong" });
      });
      await using store = await open(server.url, { clock });
      assert.deepEqual([waits, store.weakness], [2, null]);
    }));

  test("server: one that forgets how durable it is while it is used is noticed at the next look", () =>
    withServer(path, async (server) => {
      await server.set({ durability_mode: "strong" });
      await using store = await open(server.url);
      await store.look();
      assert.equal(store.weakness, null);
      await server.kill();
      await assert.rejects(store.look(), { kind: "failed" });
      await server.start();
      await store.look();
      assert.match(
        store.weakness!,
        /'synchronous=NORMAL' \(1\): set "durability_mode":"strong" .* after each of its starts$/,
      );
      await server.set({ durability_mode: "strong" });
      await store.look();
      assert.equal(store.weakness, null);
    }));

  test("server: a replica is refused, also one that passes writes on", () =>
    at(tempFolder(), async (folder) => {
      await using primary = await startStoreServer(path, `${folder.path}/primary`);
      await primary.set({ durability_mode: "strong" });
      await addJobs(await open(primary.url), "db");
      const more = ["--primary-grpc-url", primary.grpcUrl];
      await using replica = await startStoreServer(path, `${folder.path}/replica`, ...more);
      const { message } = await refusal(replica.url, { durability: "relaxed" });
      assert.match(message, /it is a replica, which may be behind in what it reads: expected the primary/);
    }));

  test("server: tokens that are missing, wrong, or may only read are refused, each with its word", () =>
    at(tempFolder(), async (folder) => {
      const { publicKey, privateKey } = generateKeyPairSync("ed25519");
      const key = `${folder.path}/key.pem`;
      writeFileSync(key, publicKey.export({ type: "spki", format: "pem" }));
      const tokenOf = (access: string) => {
        const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
        const text = `${part({ alg: "EdDSA", typ: "JWT" })}.${part({ a: access })}`;
        return `${text}.${sign(null, Buffer.from(text), privateKey).toString("base64url")}`;
      };
      await using server = await startStoreServer(path, `${folder.path}/data`, "--auth-jwt-key-file", key);
      await server.set({ durability_mode: "strong" });
      for (
        const [token, said] of [
          [null, /\(401\): expected a token that the server takes: check 'state.token_file'$/],
          ["wrong", /JWT is invalid.* \(401\): expected a token that the server takes/],
          [tokenOf("ro"), /Write permission.* \(403\): expected a token with the right to write/],
        ] as const
      ) {
        const { message } = await refusal(server.url, { token });
        assert.match(message, said);
        if (token !== null) assert.ok(!message.includes(token));
      }
      await using store = await open(server.url, { token: tokenOf("rw") });
      assert.equal(store.created, true, "until now nothing was made there");
    }));

  test("server: its other ports, a database it does not have, one that takes no writes", () =>
    at(tempFolder(), async (folder) => {
      await using server = await startStoreServer(path, folder.path);
      await server.set({ durability_mode: "strong" });
      for (const url of [server.adminUrl, server.grpcUrl]) {
        assert.match((await refusal(url)).message, /no libSQL server answers there/, url);
      }
      await server.set({ durability_mode: "strong", block_writes: true, block_reason: "over quota" });
      const blocked = await refusal(server.url);
      assert.equal(blocked.kind, "not_writable");
      assert.match(blocked.message, /over quota.*expected a server that accepts writes/);
      await using spaces = await startStoreServer(path, `${folder.path}/n`, "--enable-namespaces");
      const { message } = await refusal(spaces.url.replace("127.0.0.1", "127.0.0.1"));
      assert.match(message, /Namespace `127` doesn't exist.*: the server has no such database/);
    }));

  test("server: a state of another version and of another program are left as they are", () =>
    withServer(path, async (server) => {
      await server.set({ durability_mode: "strong" });
      await sql(server.url, "PRAGMA user_version=999");
      assert.deepEqual((await refusal(server.url)).kind, "newer_schema");
      await sql(server.url, "PRAGMA user_version=0");
      await sql(server.url, "CREATE TABLE theirs (a)");
      const foreign = await refusal(server.url);
      assert.deepEqual([foreign.kind, /a table 'theirs'/.test(foreign.message)], ["corrupt", true]);
      assert.deepEqual(await tablesOf(server.url), ["theirs"]);
    }));
}

/** A clock by which nothing takes too long, and which waits as it is told. */
function clockThat(sleep: () => Promise<void>): Clock {
  return Object.assign(new FakeClock(NOW), {
    sleep,
    timeout: () => ({ signal: new AbortController().signal, dispose() {} }),
  });
}

function withServer(path: string, work: (server: StoreServer) => Promise<void>): Promise<void> {
  return at(tempFolder(), async (folder) => {
    await using server = await startStoreServer(path, folder.path);
    await work(server);
  });
}

function open(url: string, options: Partial<StoreOptions> = {}): Promise<OpenStore> {
  return openStore({ ...storeOptions(url), clock: clockThat(() => Promise.resolve()), ...options });
}

async function refusal(url: string, options: Partial<StoreOptions> = {}): Promise<StoreError> {
  const error = await open(url, options).then(() => undefined, (error) => error);
  assert.ok(error?.name === "StoreError", `expected it to be refused: ${url}: ${error}`);
  assert.doesNotMatch(error.message, /\n/);
  return error;
}

async function sql(url: string, text: string): Promise<unknown[][]> {
  const response = await fetch(`${url}/v2/pipeline`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ requests: [{ type: "execute", stmt: { sql: text } }, { type: "close" }] }),
  });
  const { results: [{ type, response: answer, error }] } = await response.json();
  if (type !== "ok") throw new Error(error.message);
  return answer.result.rows.map((row: { value: unknown }[]) => row.map(({ value }) => value));
}

async function tablesOf(url: string): Promise<unknown[]> {
  const rows = await sql(
    url,
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'libsql%'",
  );
  return rows.map(([name]) => name);
}
