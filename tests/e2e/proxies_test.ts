// The examples of deploy/proxies before the real program: page, API, streams and commands below a path.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { parse } from "yaml";
import { skipNginx, startNginx } from "../support/nginx.ts";
import { freePort, programTest, type Rig, until } from "../support/program.ts";
import { PROJECT } from "../support/compose_stack.ts";
import { requireTool } from "../support/require_tool.ts";

const TOKEN = "a-token-that-is-long-enough";
const example = (name: string) => readFile(`${PROJECT}/deploy/proxies/${name}`, "utf8");

/** Answers where the program is, behind no proxy. */
async function start(rig: Rig): Promise<string> {
  await writeFile(`${rig.folder}/token`, TOKEN, { mode: 0o600 });
  await rig.configure(
    `jobs:
  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }
`,
    `base_path: /schelly, trusted_proxies: [127.0.0.1], auth: {
      tokens: [ { name: ops, role: operator, token: ${TOKEN} } ] }`,
  );
  return (await rig.server()).url;
}

/** What a person and their commands do below `front`, the address with the path. */
async function useBelow(rig: Rig, front: string): Promise<void> {
  const { origin } = new URL(front);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const page = await fetch(`${front}/ui/`);
  assert.equal(page.url, `${front}/ui/login`);
  const links = [...(await page.text()).matchAll(/(?:href|src|action)="(\/[^"]*)"/g)].map(([, link]) =>
    link!
  );
  assert.ok(links.length >= 3, "what the page loads, and where its form goes");
  for (const link of links) {
    assert.match(link, /^\/schelly\//);
    if (/\.(js|css|svg)\b/.test(link)) assert.equal((await fetch(`${origin}${link}`)).status, 200, link);
  }

  const stream = await fetch(`${front}/events`, { headers: { ...headers, accept: "text/event-stream" } });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  const begun = await fetch(`${front}/jobs/a/trigger`, { method: "POST", headers });
  assert.equal(begun.status, 202, await begun.text());
  const location = begun.headers.get("location")!;
  assert.match(location, /^\/schelly\/runs\//);
  assert.equal((await fetch(`${origin}${location}`, { headers })).status, 200);
  let seen = "";
  while (!/run\.available/.test(seen)) seen += (await reader.read()).value;
  await reader.cancel();

  const server = ["--server", `${front}/`, "--token-file", `${rig.folder}/token`];
  for (const command of [["jobs", "list"], ["backups", "list"], ["events", "--limit", "2"]]) {
    const { code, err } = await rig.cli(...command, ...server);
    assert.equal(code, 0, `schelly ${command.join(" ")}: ${err}`);
  }
  const made = await rig.cli("jobs", "trigger", "a", "--wait", ...server);
  assert.equal(made.code, 0, made.err);

  const first = await fetch(`${front}/runs?limit=1`, { headers });
  await first.body?.cancel();
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")![1]!;
  assert.match(next, /^\/schelly\/runs\?/);
  assert.equal((await fetch(`${origin}${next}`, { headers })).status, 200);
}

programTest("the example for nginx serves page, API, streams and commands below /schelly", async (rig) => {
  const url = await start(rig);
  const conf = (await example("nginx.conf"))
    .replace("listen 443 ssl", "listen 127.0.0.1:PORT").replaceAll(/^ *ssl_.*$/gm, "")
    .replaceAll("http://127.0.0.1:8080", url);
  await useBelow(rig, `http://127.0.0.1:${await startNginx(rig, conf)}/schelly`);
}, { skip: skipNginx });

programTest("the example for Caddy serves page, API, streams and commands below /schelly", async (rig) => {
  const url = await start(rig);
  const port = freePort();
  const file = (await example("Caddyfile"))
    .replace(/^nas\.example\.org/m, `http://127.0.0.1:${port}`).replaceAll(
      "127.0.0.1:8080",
      new URL(url).host,
    );
  await writeFile(`${rig.folder}/Caddyfile`, `{\n\tadmin off\n}\n${file}`);
  rig.spawn("caddy", ["caddy", "run", "--adapter", "caddyfile", "--config", `${rig.folder}/Caddyfile`], {
    XDG_DATA_HOME: rig.folder,
    XDG_CONFIG_HOME: rig.folder,
  });
  const front = `http://127.0.0.1:${port}/schelly`;
  await until("caddy listens", () => fetch(`${front}/livez`).then((answer) => answer.ok, () => false));
  await useBelow(rig, front);
}, { skip: requireTool("caddy", ["version"]) });

test("the example for Traefik names its own parts and the same path", async () => {
  const { routers, middlewares, services } = parse(await example("traefik.yaml")).http;
  const { rule, service, middlewares: used } = routers.schelly;
  assert.match(rule, /PathPrefix\(`\/schelly`\)/);
  assert.deepEqual([Object.keys(services), Object.keys(middlewares)], [[service], used]);
});
