// The token of a provider, in the file that both sides read.
// Also tests values/provider_token.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { issuesOf, load, type LoadOptions } from "../../support/load_text.ts";

const TOKEN = "0123456789abcdef0123";
const shared = (keys: string, url = "https://nas/b") =>
  `providers: { nas: { url: "${url}", ${keys} } }\njobs: [{ name: a, provider: nas }]\n`;

async function headers(text: string, options: LoadOptions, key = "nas"): Promise<Record<string, string>> {
  const { providers, effective } = await load(text, options);
  assert.doesNotMatch(JSON.stringify(effective), new RegExp(TOKEN));
  const spec = providers.get(key)!;
  assert.ok(spec.kind === "http");
  return spec.headers;
}

test("a token is read in every way that `provider serve --token-file` reads it", async () => {
  for (const text of [TOKEN, `${TOKEN}\n`, `Bearer ${TOKEN}`, `X-Tenant=a,Authorization=Bearer ${TOKEN}`]) {
    const found = await headers(shared("token_file: key"), { files: { "/home/me/key": text } });
    assert.deepEqual(found, { Authorization: `Bearer ${TOKEN}` });
  }
  assert.deepEqual(await headers(shared("token: '${KEY}'"), { env: { KEY: TOKEN } }), {
    Authorization: `Bearer ${TOKEN}`,
  });
  const { secretFiles } = await load(shared("token_file: key"), { files: { "/home/me/key": TOKEN } });
  assert.deepEqual(secretFiles, ["/home/me/key"]);
});

test("each host may have a token of its own", async () => {
  const files = { "/home/me/tokens/a": `${TOKEN}a`, "/home/me/tokens/b": `${TOKEN}b` };
  const text = (hosts: string) =>
    `providers: { nas: { url: "https://{host}/b", token_file: "tokens/{host}", hosts: [${hosts}] } }\n` +
    "jobs: [{ name: x, provider: { use: nas, host: all } }]\n";
  for (const host of ["a", "b"]) {
    const found = await headers(text("a, b"), { files }, `nas@${host}`);
    assert.equal(found.Authorization, `Bearer ${TOKEN}${host}`);
  }
  assert.deepEqual(await issuesOf(text("a, c"), { files }), [
    "schelly.yaml:1:46: providers.nas.token_file.c: 'tokens/c' is not there: expected a file at /home/me/tokens/c",
  ]);
});

test("a token that cannot be used is refused with its place, and never shown", async () => {
  const issues = async (keys: string, text = TOKEN, url?: string) => {
    const found = await issuesOf(shared(keys, url), { files: { "/home/me/key": text } });
    assert.doesNotMatch(found.join(), new RegExp(TOKEN));
    return found.map((one) => one.replace(/^\S+ /, ""));
  };
  const at = "providers.nas.";
  assert.deepEqual(await issues(`token: ${TOKEN}, token_file: key`), [
    `${at}token: stands beside token_file: expected one of them`,
  ]);
  const twice =
    "is sent as the header Authorization, which headers or the url give too: expected one of them";
  assert.deepEqual(await issues("token_file: key, headers: { authorization: x }"), [
    `${at}token_file: ${twice}`,
  ]);
  assert.deepEqual(await issues("token_file: key", TOKEN, "https://a:b@nas/b"), [
    `${at}token_file: ${twice}`,
  ]);
  assert.deepEqual(await issues("token_file: key", `${TOKEN} ${TOKEN}`), [
    `${at}token_file: 'key' cannot be used: the token has spaces or other characters: expected printable ASCII alone, or ` +
    "'Authorization=Bearer TOKEN'",
  ]);
  assert.deepEqual(await issues("token_file: key", "Bearer "), [
    `${at}token_file: 'key' cannot be used: there is no token: expected one`,
  ]);
  const builtin =
    `providers: { nas: { token: ${TOKEN}, command: { create: ["true"], delete: ["true"] } } }\n` +
    "jobs: [{ name: a, provider: nas }]\n";
  assert.deepEqual((await issuesOf(builtin)).map((one) => one.replace(/^\S+ /, "")), [
    `${at}token: goes with a url or conductor only: expected env or env_file in another built-in`,
  ]);
});
