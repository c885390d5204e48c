// Secrets that come in by `${VAR}`, whole and within values, keys of addresses, arguments and hooks of the real program:
// shown as they were written or not at all, by every command, answer, log, event, metric and refusal, and in the state.

import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { systemClock } from "../../src/runtime/clock.ts";
import { assertClean, everyRead, filesBelow, talkative, textOf } from "../support/everything_shown.ts";
import { freePort, PROGRAM, programTest, type Rig, until } from "../support/program.ts";
import { reply, startRawServer } from "../support/raw_server.ts";

/** What each variable holds. */
const VALUES = {
  OPS_TOKEN: "variable-ops-token-01f2",
  URL_PART: "variable-url-part-02f2",
  URL_PASSWORD: "variable-url-password-03f2",
  HEADER_PART: "variable-header-part-04f2",
  BODY_TOKEN: "variable-body-token-05f2",
  OWN_BODY_SECRET: "variable-own-body-06f2",
  REPOSITORY_PART: "variable-repository-07f2",
  RESTIC_PASSWORD_OF_OURS: "variable-restic-password-08f2",
  ARGUMENT_PASSWORD: "variable-argument-09f2",
  ENV_PART_TOKEN: "variable-env-part-10f2",
  HOOK_SECRET: "variable-hook-11f2",
  QUERY: "variable-query-12f2",
  HOST_PART: "variable-host-part-13f2",
  LEVEL: "variable-level-14f2",
  PLACE: "variable-place-15f2",
  USED: "variable-used-16f2",
};
const SECRETS = Object.values(VALUES);
const NEVER = "0 0 0 29 2 *";
const JOBS = ["inline", "whole", "shared", "restic", "command"];

async function plant(rig: Rig, port: number): Promise<{ yaml: string; auth: string; env: typeof VALUES }> {
  const { folder } = rig;
  await writeFile(`${folder}/tell`, '#!/bin/sh\necho "arguments: $*"\nenv\nenv >&2\nexit "${CODE:-1}"\n');
  await chmod(`${folder}/tell`, 0o755);
  const yaml = `providers:
  shared:
    url: "http://127.0.0.1:${port}/\${URL_PART}/shared"
    headers: { X-Api-Key: "before \${HEADER_PART} after" }
    create_body: { note: "before \${BODY_TOKEN} after" }
    poll_interval: 100ms
jobs:
  - name: inline
    schedule: "${NEVER}"
    provider: { url: "http://me:\${URL_PASSWORD}@127.0.0.1:${port}/\${URL_PART}/inline", poll_interval: 100ms, create_body: { note: "\${BODY_TOKEN}" } }
  - { name: whole, schedule: "${NEVER}", provider: { url: "\${WHOLE_URL}", poll_interval: 100ms } }
  - name: shared
    schedule: "${NEVER}"
    provider: { use: shared, create_body: { note: "before \${OWN_BODY_SECRET} after" } }
  - name: restic
    schedule: "${NEVER}"
    provider:
      poll_interval: 100ms
      restic:
        repository: "rest:http://127.0.0.1:${port}/\${REPOSITORY_PART}/"
        password: "\${RESTIC_PASSWORD_OF_OURS}"
        paths: [/tmp]
        program: ${folder}/tell
  - name: command
    schedule: "${NEVER}"
    provider:
      poll_interval: 100ms
      command:
        create: [${folder}/tell, "--password=\${ARGUMENT_PASSWORD}"]
        delete: [${folder}/tell, "--password=\${ARGUMENT_PASSWORD}"]
        env: { CODE: "0", SOMETHING: "before \${ENV_PART_TOKEN} after" }
        pre: { shell: "echo 'by http://127.0.0.1/?key=\${HOOK_SECRET}'" }
`;
  const auth = 'auth: { tokens: [ { name: ops, role: admin, token: "${OPS_TOKEN}" } ] }';
  return {
    yaml,
    auth,
    env: { ...VALUES, WHOLE_URL: `http://127.0.0.1:${port}/${VALUES.USED}/whole` } as typeof VALUES,
  };
}

/** Edits that are refused, each with a value of a variable in what is refused. */
const REFUSED: Record<string, (yaml: string) => string> = {
  "a query": (yaml) => yaml.replace('/inline"', '/inline?key=${QUERY}"'),
  "a query that is written out": (yaml) => yaml.replace('/inline"', `/inline?key=${VALUES.QUERY}"`),
  "a fragment": (yaml) => yaml.replace('/inline"', `/inline#${VALUES.QUERY}"`),
  "no URL": (yaml) => yaml.replace("http://me:", "htt://${HOST_PART}:"),
  "a long value, cut in its middle": (yaml) =>
    yaml.replace('"${WHOLE_URL}"', `"x${"y".repeat(70)}\${HOST_PART}"`),
  "a provider that there is not": (yaml) => yaml.replace("use: shared", 'use: "${HOST_PART}"'),
  "a zone": (yaml) => `defaults: { timezone: "Europe/\${HOST_PART}" }\n${yaml}`,
  "a schedule": (yaml) => yaml.replace(`"${NEVER}"`, '"0 ${LEVEL} * * *"'),
  "a level": (yaml) => `defaults: { retention: { daily: "\${LEVEL}" } }\n${yaml}`,
  "a place of the state": (yaml) =>
    yaml.replace(/^state:.*$/m, 'state: { url: "ftp://${PLACE}/x?y=${QUERY}" }'),
  "an address": (yaml) => yaml.replace(/listen: "[^"]*"/, 'listen: "${PLACE}"'),
  "a file": (yaml) => yaml.replace("program:", 'password_file: "/${PLACE}"\n        program:'),
  "a duration": (yaml) => yaml.replace("poll_interval: 100ms", 'poll_interval: "${LEVEL}"'),
  "a provider that differs": (yaml) =>
    `${yaml}  - { name: twin, schedule: "${NEVER}", provider: { url: "\${WHOLE_URL}", max_concurrent: 7 } }\n`,
  "the name of a job": (yaml) => yaml.replace("name: inline", 'name: "A ${HOST_PART}"'),
};

programTest("what variables give is shown by nobody but as it was written", async (rig) => {
  let made = 0;
  const ids = new Set<string>();
  await using provider = await startRawServer((request, socket) => {
    const told = talkative(request);
    const parts = request.target.split("/");
    const [kind, id] = [parts[2]!, parts[3]];
    if (request.method === "POST" && kind !== "whole") {
      const id = `${kind}-${++made}`;
      ids.add(id);
      return reply(socket, 202, JSON.stringify({ id, status: "running", message: told }));
    }
    if (!ids.has(id!)) return reply(socket, request.method === "POST" ? 400 : 404, told);
    if (request.method === "DELETE") return reply(socket, 403, told);
    reply(
      socket,
      200,
      JSON.stringify({ id, data_id: id, status: "available", message: told, surprise: told }),
    );
  });
  const { yaml, auth, env } = await plant(rig, provider.port);
  await rig.configure(yaml, auth);
  const server = await rig.server({ env, args: ["--log-level", "debug"] });
  const headers = { authorization: `Bearer ${VALUES.OPS_TOKEN}` };
  const ask = (method: string, path: string, body?: unknown) =>
    server.request(method, path, { headers, body });
  const texts: [what: string, text: string][] = [];
  const run = async (...args: string[]) => {
    const { code, out, err } = await rig.cliWith(env, ...args);
    texts.push([`schelly ${args.join(" ")}`, out + err]);
    return { code, out, err };
  };

  for (const job of JOBS) {
    const answer = await ask("POST", `/jobs/${job}/trigger`);
    texts.push([`the start of ${job}`, JSON.stringify(answer.body)]);
    await until(`${job} is over`, async () => (await ask("GET", `/jobs/${job}`)).body.running === null);
    texts.push([`the check of ${job}`, JSON.stringify((await ask("POST", `/jobs/${job}/check`)).body)]);
    await systemClock.sleep(1_000 - systemClock.now() % 1_000);
  }
  const { body: runs } = await ask("GET", "/runs?limit=100");
  const stateOf = (name: string) => runs.find(({ job }: { job: string }) => job === name).state;
  assert.deepEqual(JOBS.map(stateOf), ["available", "failed", "available", "failed", "available"]);
  const shown = (await ask("GET", "/jobs")).body.map(({ provider }: { provider: string }) => provider);
  assert.match(shown[0], /^http:\/\/127\.0\.0\.1:\d+\/\$\{URL_PART\}\/inline#[0-9a-f]{8}$/, shown.join());

  const backup = runs.find(({ job }: { job: string }) => job === "inline").run_id;
  const config = ["--config", rig.configFile];
  const here = ["--socket", rig.socket];
  for (
    const args of [
      ["config", "show", ...config],
      ["config", "show", ...config, "--json"],
      ["config", "diff", rig.configFile, rig.configFile],
      ["validate", "config", ...config],
      ["validate", "config", ...config, "--format", "github"],
      ["schedule", "lint", ...config, "--offline"],
      ["plan", "-f", rig.configFile, ...here],
      ["plan", "-f", rig.configFile, ...here, "--format", "markdown"],
      ["jobs", "list", ...here],
      ["jobs", "show", "inline", ...here, "--json"],
      ["jobs", "check", "restic", ...here],
      ["runs", "list", ...here],
      ["runs", "show", backup, ...here],
      ["backups", "list", ...here],
      ["backups", "show", backup, ...here],
      ["backups", "explain", backup, ...here],
      ["backups", "delete", backup, "--yes", ...here],
      ["retention", "show", "inline", ...here],
      ["forecast", "inline", ...here],
      ["coverage", ...here],
      ["events", ...here, "--json"],
      ["healthcheck", ...here],
      ["reload", ...here],
      ["systemd", "unit", ...config],
      ["backups", "import", "--job", "inline", ...here],
    ]
  ) {
    await run(...args);
  }
  const rows = JSON.parse((await rig.cliWith(env, "config", "show", ...config, "--json")).out);
  const valueOf = (path: string) =>
    rows.find((row: { path: string }) => row.path === path).value.replace(/^"(.*)"$/, "$1");
  assert.match(valueOf("jobs.restic.provider.restic.repository"), /\/\$\{REPOSITORY_PART\}\/$/);
  assert.match(
    valueOf("jobs.inline.provider.url"),
    /^http:\/\/<redacted>@127\.0\.0\.1:\d+\/\$\{URL_PART\}\/inline$/,
  );
  assert.equal(valueOf("jobs.whole.provider.url"), "${WHOLE_URL}");

  // What is refused: by a reload, which the log, the readiness and an event tell of, and by commands.
  const written = `${rig.folder}/edited.yaml`;
  await rig.configure(yaml, auth);
  const whole = await Deno.readTextFile(rig.configFile);
  for (const [what, edit] of Object.entries(REFUSED)) {
    const text = edit(whole);
    assert.notEqual(text, whole, what);
    await writeFile(rig.configFile, text);
    const answer = await ask("POST", "/-/reload");
    assert.equal(answer.status, 422, `${what}: ${JSON.stringify(answer.body)}`);
    texts.push([`a reload with ${what}`, JSON.stringify(answer.body)]);
    texts.push([`readiness after ${what}`, JSON.stringify((await ask("GET", "/readyz?verbose")).body)]);
    await writeFile(written, text);
    assert.equal((await run("validate", "config", written)).code, 3, what);
  }
  await writeFile(rig.configFile, whole);
  assert.equal((await ask("POST", "/-/reload")).status, 200);

  texts.push(...await everyRead(server, headers, JOBS));
  texts.push(...filesBelow(`${rig.folder}/state`).map(textOf));
  // A second one cannot start beside it; nor one whose state is away, or whose port is taken.
  const second = rig.startServer({ env });
  assert.equal((await second.end()).code, 75);
  texts.push(["a second server", second.err]);
  const { out, err } = await server.kill("SIGTERM");
  texts.push(["standard output", out], ["standard error", err]);
  texts.push(...filesBelow(`${rig.folder}/state`).map(textOf));
  const port = freePort();
  using _taken = Deno.listen({ hostname: "127.0.0.1", port });
  const crashes: Record<string, (text: string) => string> = {
    "a port that is taken": (text) => text.replace(/listen: "[^"]*"/, `listen: "127.0.0.1:${port}"`),
    "a state that is away": (text) =>
      text.replace(/^state:.*$/m, 'state: { url: "http://127.0.0.1:1/${PLACE}", token: "${QUERY}" }'),
  };
  for (const [what, edit] of Object.entries(crashes)) {
    await writeFile(written, edit(whole));
    const crashed = rig.spawn(what, [...PROGRAM, "run", "--config", written, "--log-level", "debug"], env);
    assert.notEqual((await crashed.end()).code, 0, what);
    texts.push([what, crashed.out + crashed.err]);
  }

  for (const [what, text] of texts) assertClean(what, text, SECRETS);
  // Nothing of this would mean anything had they not come in.
  const sent = provider.requests.map(talkative).join("\n");
  for (const name of ["URL_PART", "USED", "HEADER_PART", "BODY_TOKEN", "OWN_BODY_SECRET"] as const) {
    assert.ok(sent.includes(VALUES[name]), name);
  }
});
