// The certificates of a provider: what is read of them, and what is said when they cannot be used.
// Also tests pem.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { issuesOf, load, type LoadOptions, notesOf } from "../../support/load_text.ts";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n";
const FILES = { "/home/me/ca.pem": CERTIFICATE, "/home/me/me.pem": CERTIFICATE, "/home/me/me.key": KEY };
const ALL = "ca_file: ca.pem, client_cert_file: me.pem, client_key_file: me.key";

const shared = (keys: string, url = "https://nas/b") =>
  `providers: { nas: { url: "${url}", ${keys} } }\njobs: [{ name: a, provider: nas }]\n`;

async function issues(text: string, options: LoadOptions = { files: FILES }): Promise<string[]> {
  return (await issuesOf(text, options)).map((found) => found.replace(/^\S+ /, ""));
}

test("loadConfig() reads a provider's certificates, shared or in a job, and follows their files", async () => {
  const inline = `jobs: [{ name: a, provider: { url: "https://nas/b", ${ALL} } }]\n`;
  for (const text of [shared(ALL), inline]) {
    const config = await load(text, { files: FILES });
    const [spec] = config.providers.values();
    assert.ok(spec?.kind === "http");
    const trimmed = CERTIFICATE.trimEnd();
    assert.deepEqual(spec.tls, { ca: trimmed, cert: trimmed, key: KEY.trimEnd() });
    assert.deepEqual(config.secretFiles, ["/home/me/ca.pem", "/home/me/me.key", "/home/me/me.pem"]);
    assert.doesNotMatch(JSON.stringify(config.effective), /BEGIN/);
  }
  const { providers } = await load(shared("headers: {}"), {});
  assert.equal("tls" in providers.get("nas")!, false);
});

test("loadConfig() says which of the files cannot be used, and why", async () => {
  const at = "providers.nas.";
  assert.deepEqual(await issues(shared(ALL), {}), [
    `${at}ca_file: 'ca.pem' is not there: expected a file at /home/me/ca.pem`,
    `${at}client_cert_file: 'me.pem' is not there: expected a file at /home/me/me.pem`,
    `${at}client_key_file: 'me.key' is not there: expected a file at /home/me/me.key`,
  ]);
  const swapped = { "/home/me/ca.pem": "x", "/home/me/me.pem": KEY, "/home/me/me.key": CERTIFICATE };
  assert.deepEqual(await issues(shared(ALL), { files: swapped }), [
    `${at}ca_file: 'ca.pem' holds no certificate: expected PEM with BEGIN CERTIFICATE`,
    `${at}client_cert_file: 'me.pem' holds a key: expected PEM with BEGIN CERTIFICATE`,
    `${at}client_key_file: 'me.key' holds a certificate: expected PEM with BEGIN PRIVATE KEY`,
  ]);
  assert.deepEqual(await issues(shared("client_cert_file: me.pem")), [
    `${at}client_cert_file: stands alone: expected client_key_file beside it`,
  ]);
  assert.deepEqual(await issues(shared("client_key_file: me.key")), [
    `${at}client_key_file: stands alone: expected client_cert_file beside it`,
  ]);
  assert.deepEqual(await issues(shared("ca_file: ca.pem", "http://nas/b")), [
    `${at}ca_file: goes with https only: the url has another scheme`,
  ]);
  const builtin =
    `providers: { nas: { ca_file: ca.pem, command: { create: ["true"], delete: ["true"] } } }\n` +
    "jobs: [{ name: a, provider: nas }]\n";
  assert.deepEqual(await issues(builtin), [`${at}ca_file: goes with a url or conductor only`]);
  const unfit = await issuesOf(shared(ALL), {
    files: FILES,
    tlsTrouble: () => ({ part: "key", why: "is the key of another certificate" }),
  });
  assert.match(unfit.join(), /client_key_file: 'me\.key' is the key of another certificate$/);
});

test("loadConfig() takes a bundle of all authorities, and warns of the key alone where others may read it", async () => {
  const bundle = CERTIFICATE.repeat(4_000);
  const config = await load(shared("ca_file: ca.pem"), { files: { "/home/me/ca.pem": bundle } });
  assert.equal(config.providers.size, 1);
  const notes = await notesOf(shared(ALL), {
    files: FILES,
    prepare(files) {
      for (const folder of ["/home", "/home/me"]) void files.setMode(folder, 0o755);
      for (const name of ["ca.pem", "me.pem", "me.key"]) void files.setMode(`/home/me/${name}`, 0o644);
    },
  });
  const told = notes.filter((note) => note.includes("every user of this machine"));
  assert.deepEqual([told.length, told.every((note) => note.includes("me.key"))], [1, true], notes.join("\n"));
});
