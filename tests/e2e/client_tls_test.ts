// A provider behind a real nginx that asks for a client's certificate, and whose own is signed by an authority of ours.

import assert from "node:assert/strict";
import { readFile, rename, writeFile } from "node:fs/promises";
import { makeAuthority, makeCertificate, skipOpenssl } from "../support/certificates.ts";
import { skipNginx, startNginx } from "../support/nginx.ts";
import { programTest, type Rig, until } from "../support/program.ts";

const skip = skipNginx || skipOpenssl;

/** The files that the configuration names become those of that name, as renewals do it. */
async function put(rig: Rig, files: Record<string, string>): Promise<void> {
  for (const [to, from] of Object.entries(files)) {
    await writeFile(`${rig.folder}/new`, await readFile(`${rig.folder}/${from}`));
    await rename(`${rig.folder}/new`, `${rig.folder}/${to}`);
  }
}

async function provider(rig: Rig): Promise<string> {
  for (const authority of ["ours", "theirs"]) await makeAuthority(rig, authority);
  await makeCertificate(rig, "server", "ours");
  await makeCertificate(rig, "client", "ours");
  await makeCertificate(rig, "stranger", "theirs");
  const { url } = await rig.originalProvider();
  const port = await startNginx(
    rig,
    `server {
    listen 127.0.0.1:PORT ssl;
    ssl_certificate ${rig.folder}/server.pem; ssl_certificate_key ${rig.folder}/server.key;
    ssl_client_certificate ${rig.folder}/ours.pem; ssl_verify_client on;
    location / { proxy_pass ${new URL(url).origin}; }
  }`,
  );
  return `https://127.0.0.1:${port}${new URL(url).pathname}`;
}

const jobs = (url: string) =>
  `providers:
  nas: { url: "${url}", poll_interval: 100ms, ca_file: ca.pem, client_cert_file: me.pem, client_key_file: me.key }
jobs:
  - { name: a, schedule: "0 0 0 29 2 *", provider: nas, retention: { daily: 3 } }
`;

programTest(
  "a provider that asks for a certificate is shown ours, and files that change are taken over",
  async (rig) => {
    const url = await provider(rig);
    await put(rig, { "ca.pem": "ours.pem", "me.pem": "client.pem", "me.key": "client.key" });
    await rig.configure(jobs(url));
    const server = await rig.server();
    await server.backup("a");

    // Signed by nobody whom the provider knows.
    await put(rig, { "me.key": "stranger.key", "me.pem": "stranger.pem" });
    await until(
      "the pair is in use",
      () => /config\.reloaded.*provider 'nas' changed/.test(server.child.err),
    );
    await server.post("/jobs/a/trigger");
    const why = async () => (await server.runs("a"))[0].state === "failed";
    await until("the provider refuses", why);

    await put(rig, { "me.key": "client.key", "me.pem": "client.pem", "ca.pem": "theirs.pem" });
    const changes = () => server.child.err.match(/config\.reloaded.*provider 'nas' changed/g)?.length ?? 0;
    await until("the authority is another one", async () => {
      const check = await rig.cli("jobs", "check", "a", "--socket", rig.socket);
      return /nobody whom this machine trusts signed the provider's certificate: name who did in ca_file/
        .test(
          check.out + check.err,
        );
    });
    const before = changes();
    await put(rig, { "ca.pem": "ours.pem" });
    await until("it is the right one again", () => changes() > before);
    await server.backup("a");
    assert.doesNotMatch(server.child.err, /PRIVATE KEY|panicked/);
  },
  { skip },
);

programTest("a key that does not fit is said with its place, and ends nothing", async (rig) => {
  const url = await provider(rig);
  await put(rig, { "ca.pem": "ours.pem", "me.pem": "client.pem", "me.key": "client.key" });
  await rig.configure(jobs(url));
  const server = await rig.server();
  await put(rig, { "me.key": "stranger.key" });
  await server.child.said(
    "err",
    /config\.invalid.*client_key_file: 'me\.key' is the key of another certificate: expected the one of client_cert_file/,
  );
  await server.backup("a");
  const validated = await rig.cli("validate", "config", rig.configFile);
  assert.equal(validated.code, 3);
  assert.match(validated.err, /providers\.nas\.client_key_file: 'me\.key' is the key of another certificate/);
  const start = await rig.cli("run", "--config", rig.configFile);
  assert.equal(start.code, 3, start.err);
  assert.doesNotMatch(validated.err + start.err, /panicked|PRIVATE KEY/);
}, { skip });

programTest("`provider test` shows a certificate too", async (rig) => {
  const url = await provider(rig);
  const test = (...flags: string[]) => rig.cli("provider", "test", url, "--only", "unknown-get", ...flags);
  const file = (flag: string, name: string) => [`--${flag}-file`, `${rig.folder}/${name}`];
  assert.equal((await test()).code, 4);
  const pair = [...file("client-cert", "client.pem"), ...file("client-key", "client.key")];
  const known = await test(...file("ca", "ours.pem"), ...pair);
  assert.match(known.out, /pass +unknown-get/, known.err);
}, { skip });
