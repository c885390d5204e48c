// The certificates that a provider is tested with, and what is said when they cannot be used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostWithTls, type TlsFlags } from "../../../src/cli/provider/client_tls.ts";
import type { ClientTls, Host } from "../../../src/ports/host.ts";
import { fakeHost } from "../../support/fake_host.ts";

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
