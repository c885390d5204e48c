// Behind nginx, which speaks TLS and has the page below a path of its own.

import assert from "node:assert/strict";
import { browserTest } from "../support/browser.ts";
import { PEOPLE, startJobs } from "../support/browser_jobs.ts";
import { makeAuthority, makeCertificate, skipOpenssl } from "../support/certificates.ts";
import { skipNginx, startNginx } from "../support/nginx.ts";
import { until } from "../support/program.ts";

const skip = skipNginx || skipOpenssl;

browserTest("below a path and behind TLS people log in, act and see it live", async (rig, browser) => {
  const server = await startJobs(rig, {
    users: true,
    server: "base_path: /schelly, trusted_proxies: [ 127.0.0.1 ]",
  });
  await makeAuthority(rig, "authority");
  await makeCertificate(rig, "nginx", "authority");
  const port = await startNginx(
    rig,
    `server {
    listen 127.0.0.1:PORT ssl;
    ssl_certificate ${rig.folder}/nginx.pem;
    ssl_certificate_key ${rig.folder}/nginx.key;
    location /schelly/ {
      proxy_pass ${server.url};
      proxy_buffering off;
      proxy_http_version 1.1;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Host $http_host;
    }
  }`,
  );
  const front = `https://127.0.0.1:${port}`;
  const tab = await browser.apart();
  await tab.open(`${front}/schelly/ui/`);
  assert.equal(new URL(tab.page.url()).pathname, "/schelly/ui/login");
  await tab.judge("the log-in");
  await tab.page.locator("#name").fill("ann");
  await tab.page.locator("#password").fill(PEOPLE.ann);
  await tab.press("form:has(#password) button");
  assert.equal(tab.page.url(), `${front}/schelly/ui/`);
  const [cookie] = await tab.page.browserContext().cookies();
  assert.deepEqual([cookie!.secure, cookie!.path], [true, "/schelly/"]);
  await tab.page.waitForSelector("[data-live-sign][data-state=live]");
  await tab.judge("the first page");
  for (const link of await tab.links()) assert.match(link, /\/schelly\//);

  await tab.open(`${front}/schelly/ui/acts/run?of=good`);
  await tab.press("main form button");
  assert.equal(new URL(tab.page.url()).pathname, "/schelly/ui/");
  assert.match(await tab.text("main"), /The backup of good was asked for/);
  await until(
    "the page shows the backup",
    async () => /1 backup made/.test(await tab.text("main")),
  );
  assert.deepEqual(tab.troubles, []);
}, skip);
