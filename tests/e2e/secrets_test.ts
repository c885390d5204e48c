// Secrets of every kind, planted in the real program and in everything it calls: after an eventful day none of them
// stands where anybody but their owner could read it.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { systemClock } from "../../src/runtime/clock.ts";
import { assertClean, everyRead, filesBelow, talkative, textOf } from "../support/everything_shown.ts";
import { programTest, type Rig, until } from "../support/program.ts";
import { reply, startRawServer } from "../support/raw_server.ts";

const SECRETS = {
  ops: "planted-ops-token-9f2c",
  grafana: "planted-grafana-token-77aa",
  anna: "planted-password-of-a-user-30",
  header: "planted-header-value-31",
  headerFile: "planted-header-file-32",
  url: "planted url/password-33",
  body: "planted-body-password-34",
  restic: "planted-restic-password-35",
  repository: "planted-repository-password-36",
  commandEnv: "planted-command-env-37",
  commandUrl: "planted-database-url-38",
  envFile: "planted-env-file-39",
  hookEnv: "planted-inherited-env-40",
  ping: "planted-address-of-a-check-41",
  heartbeat: "planted-address-of-the-heartbeat-42",
  jobHook: "planted-env-of-a-job-hook-43",
  chat: "planted-chat-address-41",
  topicToken: "planted-topic-token-42",
  hookHeader: "planted-hook-header-43",
  hookSecret: "cGxhbnRlZC1ob29rLXNlY3JldC00NC0xMjM0NTY3ODkw",
  pagerEnv: "planted-pager-env-45",
  mail: "planted-mail-password-46",
};
const NEVER = "0 0 0 29 2 *";

/** Every secret, and the forms in which some travel. */
const FORMS = [
  ...Object.values(SECRETS),
  encodeURIComponent(SECRETS.url),
  btoa(`backup:${SECRETS.url}`),
  btoa(`anna:${SECRETS.anna}`),
];

async function plant(rig: Rig, port: number): Promise<string> {
  const { folder } = rig;
  await mkdir(`${folder}/secrets`);
  await writeFile(`${folder}/secrets/grafana`, `${SECRETS.grafana}\n`);
  await writeFile(`${folder}/secrets/header`, `${SECRETS.headerFile}\n`);
  await writeFile(`${folder}/secrets/odd`, `${SECRETS.envFile}\n`);
  // Prints its surroundings and goes wrong, as scripts with `set -x` do; slow enough to be seen while it runs.
  await writeFile(
    `${folder}/tell`,
    '#!/bin/sh\nenv\nenv >&2\nsleep 0.4\ntold="told: $(env | tr "\\n" " ")"\necho "$told"\necho "$told" >&2\nexit "${CODE:-1}"\n',
  );
  await chmod(`${folder}/tell`, 0o755);
  const http = (path: string) =>
    `{ url: "http://backup:${
      encodeURIComponent(SECRETS.url)
    }@127.0.0.1:${port}/${path}", poll_interval: 100ms, ` +
    `headers: { X-Api-Key: "\${API_KEY}" }, headers_file: { X-Token: ${folder}/secrets/header }, ` +
    `create_body: { login: { password: ${SECRETS.body} } } }`;
  const check = (secret: string) => `url: "http://127.0.0.1:${port}/refuse/${secret}?k=${secret}"`;
  return `heartbeat: { ${check(SECRETS.heartbeat)} }
notify:
  channels:
    chat: { type: slack, url: "http://127.0.0.1:${port}/refuse/${SECRETS.chat}" }
    gone: { type: ntfy, url: "http://127.0.0.1:1/${SECRETS.chat}", token: ${SECRETS.topicToken} }
    hook: { type: webhook, url: "http://127.0.0.1:${port}/refuse/hook", secret: whsec_${SECRETS.hookSecret}, headers: { X-Hook: ${SECRETS.hookHeader} } }
    pager: { type: command, argv: [${folder}/tell], env: { PAGER_TOKEN: ${SECRETS.pagerEnv} } }
    mail: { type: email, host: 127.0.0.1, port: 1, user: me, password: ${SECRETS.mail}, from: a@b, to: [c@d] }
jobs:
  - { name: refused, schedule: "${NEVER}", provider: ${http("refuse")}, ping: { ${check(SECRETS.ping)} } }
  - { name: failing, schedule: "${NEVER}", provider: ${
    http("fail")
  }, on_failure: { argv: [${folder}/tell], env: { JOB_HOOK: ${SECRETS.jobHook} } } }
  - { name: working, schedule: "${NEVER}", provider: ${
    http("work")
  }, retention: { secondly: 1, guard: { policy_change_hold: 0s } } }
  - name: restic
    schedule: "${NEVER}"
    provider:
      poll_interval: 100ms
      restic:
        repository: "rest:http://user:${SECRETS.repository}@127.0.0.1:1/"
        password: ${SECRETS.restic}
        paths: [/tmp]
        program: ${folder}/tell
  - name: command
    schedule: "${NEVER}"
    provider:
      poll_interval: 100ms
      command:
        create: [${folder}/tell]
        delete: [${folder}/tell]
        pre: { shell: "CODE=0 exec ${folder}/tell" }
        env: { CODE: "0", PGPASSWORD: ${SECRETS.commandEnv}, DATABASE_URL: "postgres://u:${SECRETS.commandUrl}@db/x" }
        env_file: { ODD: ${folder}/secrets/odd }
`;
}

programTest("no planted secret is ever shown, logged, stored or named to the system", async (rig) => {
  let made = 0;
  const ids = new Set<string>();
  await using provider = await startRawServer((request, socket) => {
    const told = talkative(request);
    const [, kind, id] = request.target.split("/");
    if (kind === "refuse") return reply(socket, 400, told);
    if (request.method === "POST") {
      const id = `${kind}-${++made}`;
      ids.add(id);
      return reply(socket, 202, JSON.stringify({ id, status: "running", message: told }));
    }
    if (!ids.has(id!)) return reply(socket, 404, told);
    if (request.method === "DELETE") return reply(socket, 403, told);
    const status = kind === "fail" ? "failed" : "available";
    reply(socket, 200, JSON.stringify({ id, data_id: id, status, message: told, surprise: told }));
  });
  const yaml = await plant(rig, provider.port);
  const auth = `auth: { tokens: [ { name: ops, role: admin, token: "\${OPS_TOKEN}" }, ` +
    `{ name: grafana, role: viewer, token_file: ${rig.folder}/secrets/grafana } ], ` +
    `users: [ { name: anna, role: operator, password: ${SECRETS.anna} } ] }`;
  const env = { OPS_TOKEN: SECRETS.ops, API_KEY: SECRETS.header, BORG_PASSPHRASE: SECRETS.hookEnv };
  await rig.configure(yaml, auth);
  const server = await rig.server({ env, args: ["--log-level", "debug"] });
  // What the system tells everybody of every process.
  const looks = 'while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; sleep 0.05; done';
  const commandLines = rig.spawn("command lines", ["sh", "-c", looks]);

  const headers = { authorization: `Bearer ${SECRETS.ops}` };
  const ask = (method: string, path: string, body?: unknown) =>
    server.request(method, path, { headers, body });
  const texts: [what: string, text: string][] = [];
  for (const job of ["refused", "failing", "working", "restic", "command", "working"]) {
    await systemClock.sleep(1_000 - systemClock.now() % 1_000);
    const answer = await ask("POST", `/jobs/${job}/trigger`);
    texts.push([`the start of ${job}`, JSON.stringify(answer.body)]);
    await until(`${job} is over`, async () => (await ask("GET", `/jobs/${job}`)).body.running === null);
  }
  for (const channel of ["chat", "gone", "hook", "pager", "mail"]) {
    const answer = await ask("POST", `/notify/${channel}/test`);
    assert.ok(answer.body.sent.every(({ ok }: { ok: boolean }) => !ok), channel);
    texts.push([`the trial of ${channel}`, JSON.stringify(answer.body)]);
  }
  const { body: runs } = await ask("GET", "/runs?limit=100");
  const failed = runs.filter(({ state }: { state: string }) => state === "failed");
  assert.deepEqual(failed.map(({ job }: { job: string }) => job).sort(), ["failing", "refused", "restic"]);
  for (
    const [method, path] of [
      ["POST", "/jobs/working/retention"],
      ["DELETE", `/backups/${runs.find((run: { job: string }) => run.job === "command").id}`],
      ...["refused", "failing", "restic", "command"].map((job) => ["POST", `/jobs/${job}/check`]),
    ] as const
  ) texts.push([`${method} ${path}`, JSON.stringify((await ask(method, path)).body)]);
  await until(
    "retention's DELETE was refused",
    async () =>
      (await ask("GET", "/backups?job=working")).body.some(
        ({ state }: { state: string }) => state === "delete-error",
      ),
  );

  // An edit that goes wrong beside a token, one that is good, and one that breaks a URL with a password.
  await rig.configure(yaml, `auth: { tokens: [ { name: ops, role: amdin, token: ${SECRETS.ops} } ] }`);
  texts.push(["a bad reload", JSON.stringify((await ask("POST", "/-/reload")).body)]);
  await rig.configure(yaml.replaceAll(encodeURIComponent(SECRETS.url), SECRETS.url), auth);
  texts.push(["a reload with a broken URL", JSON.stringify((await ask("POST", "/-/reload")).body)]);
  for (const args of [["validate", "config"], ["validate", "config", "--format", "github"], ["plan", "-f"]]) {
    const { out, err } = await rig.cliWith(
      env,
      ...args,
      rig.configFile,
      ...(args[0] === "plan" ? ["--socket", rig.socket] : []),
    );
    texts.push([`schelly ${args.join(" ")} of a broken file`, out + err]);
  }
  await rig.configure(yaml, auth);
  await ask("POST", "/-/reload");

  texts.push(...await everyRead(server, headers, ["refused", "failing", "working", "restic", "command"]));
  const anna = { authorization: `Basic ${btoa(`anna:${SECRETS.anna}`)}` };
  assert.equal((await server.request("GET", "/config", { headers: anna })).status, 200);
  const wrong = { authorization: `Bearer ${SECRETS.ops}x` };
  texts.push([
    "a wrong token",
    JSON.stringify((await server.request("GET", "/jobs", { headers: wrong })).body),
  ]);
  for (
    const args of [
      ["config", "show", "--config", rig.configFile],
      ["config", "show", "--config", rig.configFile, "--json"],
      ["plan", "-f", rig.configFile, "--socket", rig.socket, "--format", "markdown"],
      ["runs", "show", runs[0].run_id, "--socket", rig.socket],
      ["backups", "show", runs.at(-2).run_id, "--socket", rig.socket],
    ]
  ) {
    const { code, out, err } = await rig.cliWith(env, ...args);
    assert.equal(code, 0, err);
    texts.push([`schelly ${args.join(" ")}`, out + err]);
  }
  const snapshot = `${rig.folder}/state/copy.db`;
  const copied = await rig.cliWith(env, "state", "snapshot", snapshot, "--socket", rig.socket);
  assert.equal(copied.code, 0, copied.err);
  texts.push(["schelly state snapshot", copied.out + copied.err]);

  texts.push(...filesBelow(`${rig.folder}/state`).map(textOf));
  assert.equal(statSync(rig.socket).mode & 0o777, 0o600);
  const { out, err } = await server.kill("SIGTERM");
  texts.push(["standard output", out], ["standard error", err]);
  texts.push(...filesBelow(`${rig.folder}/state`).map(textOf));
  texts.push(["command lines", (await commandLines.kill("SIGTERM")).out]);
  for (const [what, text] of texts) assertClean(what, text, FORMS);

  // Nothing of this would mean anything had they not been there to be told.
  const sent = provider.requests.map(talkative).join("\n");
  for (const name of ["header", "headerFile", "body"] as const) assert.ok(sent.includes(SECRETS[name]), name);
  for (const name of ["chat", "hookHeader"] as const) assert.ok(sent.includes(SECRETS[name]), name);
  assert.ok(sent.includes(btoa(`backup:${SECRETS.url}`)));
  const shown = texts.map(([, text]) => text).join("\n");
  assert.ok(shown.split("<redacted>").length > 20);
  const runsShown = texts.filter(([what]) => what.startsWith("GET /runs/")).map(([, text]) => text).join(
    "\n",
  );
  for (const variable of ["PGPASSWORD", "ODD", "BORG_PASSPHRASE", "RESTIC_PASSWORD"]) {
    assert.ok(runsShown.includes(`${variable}=<redacted>`), `${variable} was printed`);
  }
  assert.ok(!runsShown.includes("OPS_TOKEN="), "what is not a program's is not handed on");
  assert.ok(commandLines.out.includes(`${rig.folder}/tell`), "children were seen while they ran");
}, { skip: process.platform === "linux" ? false : "command lines are read from /proc" });
