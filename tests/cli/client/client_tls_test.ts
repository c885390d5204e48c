// The certificates that a command calls with, and what is said when they cannot be used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { hostWithTls, type TlsFlags } from "../../../src/cli/client/client_tls.ts";
import type { ClientTls, Host } from "../../../src/ports/host.ts";
import { fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const FILES = { "/ca": "CA", "/cert": "CERT", "/key": "KEY" };
const PAIR = { clientCertFile: "/cert", clientKeyFile: "/key" };

test("the files that are named are used, and without any nothing is changed", async () => {
  const host = fakeHost({ files: FILES });
  assert.equal(await hostWithTls({}, host), host);
  const used: ClientTls[] = [];
  const told: Host = { ...host, httpWith: (tls) => (used.push(tls), host.http) };
  await hostWithTls({ caFile: "/ca", ...PAIR }, told);
  await hostWithTls({ caFile: "/ca" }, told);
  assert.deepEqual(used, [{ ca: "CA", cert: "CERT", key: "KEY" }, { ca: "CA" }]);
});

test("what cannot be used is a failure of usage that names the flag", async () => {
  const host = fakeHost({ files: FILES });
  const refused = async (flags: TlsFlags, message: RegExp, on: Host = host) =>
    await assert.rejects(hostWithTls(flags, on), message);
  await refused({ caFile: "/nowhere" }, /Cannot read --ca-file \/nowhere/);
  await refused({ clientKeyFile: "/key" }, /--client-cert-file and --client-key-file alone: expected both/);
  const unfit: Host = {
    ...host,
    tlsTrouble: () => ({ part: "key", why: "is the key of another certificate" }),
  };
  await refused(PAIR, /Cannot use --client-key-file: it is the key of another certificate/, unfit);
});

test("--ca-file names whom a command trusts, and one that is not trusted says so", async () => {
  const server = "https://nas:8080";
  const strange = () =>
    Promise.reject(new TypeError("client error (Connect): invalid peer certificate: UnknownIssuer"));
  const host = fakeHost({ files: FILES, servers: { [server]: () => jsonAnswer([]) } });
  const used: ClientTls[] = [];
  const told: Host = { ...host, http: strange, httpWith: (tls) => (used.push(tls), host.http) };
  const args = ["jobs", "list", "--server", server];
  assert.equal(await main(args, told), 4);
  assert.match(host.err(), /not trusted: name the authority that signed it by --ca-file/);
  assert.equal(await main([...args, "--ca-file", "/ca"], told), 0);
  assert.deepEqual(used, [{ ca: "CA" }]);
});
