// Who may ask the real program, and with which certificate, while both are edited under it.

import assert from "node:assert/strict";
import { chmod, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basic } from "../support/auth_of.ts";
import { programTest, type Rig, until } from "../support/program.ts";

const JOBS = `jobs:
  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }
`;
const pem = (name: string) => readFile(new URL(`../testdata/tls/${name}.pem`, import.meta.url), "utf8");

/** As renewals do it: written beside, then put in place. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function statusOf(url: string, authorization?: string, client?: Deno.HttpClient): Promise<number> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const response = await fetch(`${url}/jobs`, { headers, client });
  await response.body?.cancel();
  return response.status;
}

/** What the server says of its last reload, over the socket. */
async function reloadCheck(rig: Rig): Promise<{ ok: boolean; message: string }> {
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path: rig.socket } });
  const { checks } = await (await fetch("http://localhost/readyz?verbose", { client })).json();
  return checks.find(({ message }: { message: string }) => /token' is not there/.test(message));
}

programTest("an edited token file counts at once; one that cannot be used changes nothing", async (rig) => {
  const token = `${rig.folder}/token`;
  await writeFile(token, "first-token-0123456789\n");
  await rig.configure(JOBS, `auth: { tokens: [ { name: ops, role: operator, token_file: ${token} } ] }`);
  const { url, child } = await rig.server();
  const bearer = (text: string) => `Bearer ${text}-token-0123456789`;
  assert.deepEqual([await statusOf(url), await statusOf(url, bearer("first"))], [401, 200]);

  await replace(token, "second-token-0123456789\n");
  await child.said("err", /config\.reloaded.*token 'ops' changed/);
  assert.deepEqual([await statusOf(url, bearer("first")), await statusOf(url, bearer("second"))], [401, 200]);

  await replace(token, "not a token\n");
  await child.said("err", /config\.invalid.*the token has spaces/);
  assert.equal(await statusOf(url, bearer("second")), 200);
  await rm(token);
  await child.said("err", /config\.invalid.*token' is not there/);
  assert.equal(await statusOf(url, bearer("second")), 200);
  assert.equal((await reloadCheck(rig)).ok, false);
  await replace(token, "third-token-0123456789\n");
  await until("the third token counts", async () => await statusOf(url, bearer("third")) === 200);
  assert.equal(await statusOf(url, bearer("second")), 401);
  assert.doesNotMatch(child.err, /(first|second|third)-token/);
  assert.equal((await stat(rig.socket)).mode & 0o777, 0o600);
});

programTest("SCHELLY_TOKENS_FILE is followed too, beside people with passwords", async (rig) => {
  const tokens = `${rig.folder}/tokens`;
  await writeFile(tokens, "grafana viewer first-token-0123456789\n");
  await rig.configure(JOBS, `auth: { users: [ { name: ann, role: viewer, password: "correct horse" } ] }`);
  const { url, child } = await rig.server({ env: { SCHELLY_TOKENS_FILE: tokens } });
  assert.equal(await statusOf(url, "Bearer first-token-0123456789"), 200);
  assert.equal(await statusOf(url, basic("ann", "correct horse")), 200);
  assert.equal(await statusOf(url, basic("ann", "correct hors")), 401);
  await replace(tokens, "# nobody but\nprom viewer second-token-0123456789\n");
  await child.said("err", /token 'prom' added; token 'grafana' removed/);
  assert.equal(await statusOf(url, "Bearer first-token-0123456789"), 401);
  assert.equal(await statusOf(url, "Bearer second-token-0123456789"), 200);
});

programTest(
  "a renewed certificate is served without a restart; one that does not fit is refused",
  async (rig) => {
    const [cert, key] = [`${rig.folder}/cert.pem`, `${rig.folder}/key.pem`];
    await writeFile(cert, await pem("cert"));
    await writeFile(key, await pem("key"));
    await rig.configure(JOBS, `tls: { cert_file: ${cert}, key_file: ${key} }`);
    const child = rig.startServer();
    const [, url] = await child.said("err", /Listening on (https:\/\/127\.0\.0\.1:\d+)/);
    const trusts = async (name: string) => {
      using client = Deno.createHttpClient({ caCerts: [await pem(name)], poolMaxIdlePerHost: 0 });
      return await statusOf(url!, undefined, client).catch((error) => String(error));
    };
    assert.equal(await trusts("cert"), 200);
    assert.match(String(await trusts("other_cert")), /certificate|UnknownIssuer/);

    await replace(cert, await pem("other_cert"));
    await child.said("err", /config\.invalid.*the certificate and its key do not belong together/);
    assert.equal(await trusts("cert"), 200);

    await replace(key, await pem("other_key"));
    await child.said("err", /config\.reloaded.*the TLS certificate was renewed/);
    assert.equal(await trusts("other_cert"), 200);
    assert.match(String(await trusts("cert")), /certificate|UnknownIssuer/);
    assert.doesNotMatch(child.err, /needs a restart/);
  },
);

programTest("auth none is said at every start", async (rig) => {
  await rig.configure(JOBS, "auth: none");
  const { child } = await rig.server();
  await child.said("err", /auth is none: whoever reaches http:.* may do everything, deletions included/);
});

programTest("files with secrets that every user of the machine may read are told of", async (rig) => {
  const token = `${rig.folder}/token`;
  await writeFile(token, "first-token-0123456789\n");
  await rig.configure(
    JOBS.replace("command: {", 'command: { env: { PGPASSWORD: "written out" },'),
    `auth: { tokens: [ { name: ops, role: operator, token_file: ${token} } ] }`,
  );
  const warned = async () =>
    (await rig.cli("validate", "config", rig.configFile)).err.match(/every user of this machine/g)?.length ??
      0;
  await chmod(rig.folder, 0o755);
  await chmod(token, 0o604);
  await chmod(rig.configFile, 0o644);
  assert.equal(await warned(), 2);
  const server = await rig.server();
  assert.match(server.child.err, /every user of this machine may read this file/);
  await chmod(token, 0o600);
  await chmod(rig.configFile, 0o640);
  assert.equal(await warned(), 0);
});
