// The library for authors of providers: what it refuses before it touches anything.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createProviderHost, serveBackuper } from "../src/provider_kit.ts";
import { HandBackuper, tempFolder } from "./support/backup_rig.ts";

test("serveBackuper() listens for other machines with auth only, and touches nothing without", async () => {
  await using folder = await tempFolder();
  const host = createProviderHost();
  const stateFolder = `${folder.path}/state`;
  const serve = (hostname: string, auth?: { bearer: string }) =>
    serveBackuper(new HandBackuper(), { listen: { hostname, port: 0 }, stateFolder, auth }, host);
  for (const hostname of ["0.0.0.0", "::", "10.0.0.7", "nas"]) {
    await assert.rejects(serve(hostname), /without auth: .* Expected auth, such as .* or a loopback address/);
  }
  assert.equal(await host.files.info(stateFolder), undefined);
  const served = await serve("0.0.0.0", { bearer: "s3cret" });
  const port = new URL(served.address).port;
  const headers = { Authorization: "Bearer s3cret", Host: "any.example" };
  assert.equal((await (await fetch(`http://127.0.0.1:${port}/backups`, { headers })).json()).length, 0);
  await served.close();
  await (await serve("localhost")).close();
});
