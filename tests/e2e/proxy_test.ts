// The real program behind a real nginx that logs people in, below a path of its own.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { basic } from "../support/auth_of.ts";
import { skipNginx as skip, startNginx } from "../support/nginx.ts";
import { programTest, type Rig, until } from "../support/program.ts";

const JOBS = `jobs:
  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }
`;
const RIGHT = "a long enough password";

/** Schelly, and nginx before it, which asks from 127.0.0.9: so every other address of this machine is a stranger's. */
async function start(rig: Rig) {
  await rig.configure(
    JOBS,
    `trusted_proxies: [ 127.0.0.9 ], base_path: /schelly, auth: {
      users: [ { name: cid, role: viewer, password: "${RIGHT}" } ],
      proxy_header: { user: Remote-User, groups: Remote-Groups, roles: { staff: viewer, backup: operator } } }`,
  );
  const { child, url } = await rig.server();
  await writeFile(
    `${rig.folder}/people`,
    "ann:{PLAIN}ann-password\nbob:{PLAIN}bob-password\neve:{PLAIN}eve-password\n",
  );
  const upstream = `
      proxy_pass ${url};
      proxy_bind 127.0.0.9;
      proxy_set_header Remote-User $remote_user;
      proxy_set_header Remote-Groups $groups;
      proxy_set_header Forwarded "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $http_host;`;
  const port = await startNginx(
    rig,
    `map $remote_user $groups { ann "staff,backup"; bob staff; }
  server {
    listen 127.0.0.1:PORT;
    location /schelly/ { auth_basic "people"; auth_basic_user_file ${rig.folder}/people; ${upstream} }
    location /open/ { rewrite ^/open(/.*)$ $1 break; ${upstream.replace("$remote_user", '""')} }
  }`,
  );
  return { child, url, front: `http://127.0.0.1:${port}` };
}

async function ask(
  line: string,
  headers: Record<string, string>,
  from = "127.0.0.1",
): Promise<{ status: number; location: string | null; text: string }> {
  const [method, url] = line.split(" ") as [string, string];
  using client = Deno.createHttpClient({ localAddress: from });
  const answer = await fetch(url, { method, headers, client });
  return { status: answer.status, location: answer.headers.get("location"), text: await answer.text() };
}

programTest("nginx logs people in, and its groups decide what they may", async (rig) => {
  const { child, url, front } = await start(rig);
  const as = (name: string, more: Record<string, string> = {}) => ({
    authorization: basic(name, `${name}-password`),
    ...more,
  });
  assert.equal((await ask(`GET ${front}/schelly/jobs`, {})).status, 401);
  const begun = await ask(`POST ${front}/schelly/jobs/a/trigger`, as("ann"));
  assert.equal(begun.status, 202, begun.text);
  assert.match(begun.location!, /^\/schelly\/runs\//);
  assert.equal((await ask(`GET ${front}${begun.location}`, as("bob"))).status, 200);
  const asked = JSON.parse((await ask(`GET ${front}/schelly/events`, as("bob"))).text);
  assert.ok(asked.some(({ data }: { data?: { by?: string } }) => data?.by === "ann"), JSON.stringify(asked));

  const claims = { "remote-user": "ann", "remote-groups": "backup" };
  assert.equal((await ask(`POST ${front}/schelly/jobs/a/trigger`, as("bob", claims))).status, 403);
  assert.equal((await ask(`GET ${front}/schelly/jobs`, as("eve"))).status, 403);
  const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
  assert.equal((await ask(`POST ${front}/schelly/jobs/a/trigger`, as("ann", foreign))).status, 403);
  // An old browser, which says nothing but where its page is from.
  assert.equal((await ask(`POST ${front}/schelly/jobs/a/pause`, as("ann", { origin: front }))).status, 200);

  for (let nr = 0; nr < 3; nr++) {
    assert.equal((await ask(`GET ${url}/jobs`, claims, "127.0.0.3")).status, 401);
  }
  await child.said("err", /header remote-user from 127\.0\.0\.3 is ignored/);
  assert.equal(child.err.match(/"event":"http.ignored"/g)!.length, 1);
}, { skip });

programTest("a flood through nginx counts for the address that it comes from", async (rig) => {
  const { child, front } = await start(rig);
  const over = new AbortController();
  const seen: number[] = [];
  const lines = Array.from({ length: 24 }, async (_, line) => {
    for (let nr = 0; !over.signal.aborted; nr++) {
      // Another address each time, as far as the caller can say.
      const headers = {
        authorization: basic("cid", `guess ${line} ${nr}`),
        "x-forwarded-for": `198.51.100.${nr}`,
      };
      seen.push((await ask(`GET ${front}/open/jobs`, headers)).status);
    }
  });
  try {
    await until("passwords are turned away", () => seen.includes(429));
    const right = { authorization: basic("cid", RIGHT) };
    assert.equal((await ask(`GET ${front}/open/jobs`, right, "127.0.0.2")).status, 200);
  } finally {
    over.abort();
    await Promise.all(lines);
  }
  assert.match(child.err, /Passwords are turned away.*first from 127\.0\.0\.1 for 'cid'/);
}, { skip });
