// Certificates that the runtime can use, and those that would end the process if it were handed them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { httpWith, tlsTrouble } from "../../src/runtime/http.ts";

const pem = (name: string) => readFile(new URL(`../testdata/tls/${name}.pem`, import.meta.url), "utf8");
const [CERT, KEY, OTHER_KEY] = [await pem("cert"), await pem("key"), await pem("other_key")];
const wrapped = (kind: string) => `-----BEGIN ${kind}-----\nMA==\n-----END ${kind}-----\n`;

test("tlsTrouble() finds nothing in an authority and a pair, each alone too", () => {
  assert.equal(tlsTrouble({ ca: CERT, cert: CERT, key: KEY }), undefined);
  assert.equal(tlsTrouble({ ca: CERT + CERT }), undefined);
  assert.equal(tlsTrouble({ cert: CERT, key: KEY }), undefined);
});

test("tlsTrouble() tells what cannot be used, where the runtime would panic", () => {
  assert.deepEqual(tlsTrouble({ cert: CERT, key: OTHER_KEY }), {
    part: "key",
    why: "is the key of another certificate: expected the one of client_cert_file",
  });
  assert.equal(tlsTrouble({ ca: wrapped("CERTIFICATE") })?.part, "ca");
  assert.equal(tlsTrouble({ cert: wrapped("CERTIFICATE"), key: KEY })?.part, "cert");
  assert.equal(tlsTrouble({ cert: CERT, key: wrapped("PRIVATE KEY") })?.part, "key");
  assert.throws(() => httpWith({ cert: CERT, key: OTHER_KEY }), /The key is the key of another certificate/);
});
