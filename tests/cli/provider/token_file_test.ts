// One file with the token for both sides, in whichever way the scheduler takes it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readToken } from "../../../src/cli/provider/token_file.ts";
import { fakeHost } from "../../support/fake_host.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

const read = (text: string) => readToken("/t", fakeHost({ files: { "/t": text } }));

test("readToken() reads a token alone, and as the scheduler's headers_file and WEBHOOK_HEADERS_FILE have it", async () => {
  const texts = [
    TOKEN,
    `${TOKEN}\n`,
    `Bearer ${TOKEN}\n`,
    `bearer  ${TOKEN}`,
    `Authorization=Bearer ${TOKEN}\n`,
    `X-Tenant=a, authorization = Bearer ${TOKEN},X-More=b\n`,
    `Authorization=${TOKEN}`,
  ];
  for (const text of texts) assert.deepEqual(await read(text), { token: TOKEN, isShort: false }, text);
  // As `openssl rand -base64` makes them.
  assert.equal((await read("q83vEjRWeJCrze8SNFZ4kA==\n")).token, "q83vEjRWeJCrze8SNFZ4kA==");
});

test("readToken() says when a token can be guessed, and refuses what is none", async () => {
  assert.deepEqual(await read("secret"), { token: "secret", isShort: true });
  for (const text of ["", "\n", "Bearer \n", "Authorization=Bearer ", "Authorization="]) {
    await assert.rejects(read(text), /Cannot use --token-file \/t/, JSON.stringify(text));
  }
  for (
    const text of ["ops operator abc", `${TOKEN}\n${TOKEN}`, "Basic YTpi", "tökentökentöken0", `X-Tenant=a b`]
  ) {
    await assert.rejects(read(text), /the token has spaces or other characters/, text);
  }
  await assert.rejects(
    readToken("/none", fakeHost()),
    (error: Error & { code: number }) =>
      error.code === 2 && /Cannot read --token-file \/none/.test(error.message),
  );
});
