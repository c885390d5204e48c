// `schelly provider serve` over HTTP, driven by a scheduler process: what hosts on several machines run.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { programTest, type Rig, type Server, until } from "../support/program.ts";
import { mayLack, requireTool } from "../support/require_tool.ts";

function yaml(url: string, keep: number, more = ""): string {
  return `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider: { url: "${url}", poll_interval: 100ms${more} }
    retention: { secondly: ${keep} }
`;
}

async function isDeleted(server: Server, id: string): Promise<void> {
  await until(`${id} is deleted`, async () => (await server.get(`/backups/${id}`)).state === "deleted");
}

programTest(
  "provider serve command makes, lists and deletes for a scheduler with the right token",
  async (rig: Rig) => {
    await mkdir(`${rig.folder}/store`);
    await writeFile(`${rig.folder}/token`, "the-right-token\n", { mode: 0o600 });
    const provider = await rig.servedProvider([
      ...["command", "--token-file", `${rig.folder}/token`],
      ...[
        "--create",
        'echo "$SCHELLY_JOB" > "store/$SCHELLY_BACKUP_ID"; echo \'{"size_mb": 3.5, "message": "well done"}\'',
      ],
      ...["--delete", 'rm "store/$SCHELLY_DATA_ID"', "--get", 'test -e "store/$SCHELLY_DATA_ID" || exit 3'],
    ]);
    const stranger = await rig.server({ yaml: yaml(provider.url, 2) });
    const refused = await stranger.post("/jobs/files/trigger");
    assert.equal(refused.status, 502);
    assert.match(refused.body.detail, /401/);
    assert.deepEqual(await readdir(`${rig.folder}/store`), []);
    await stranger.kill("SIGTERM");

    const server = await rig.server({
      yaml: yaml(provider.url, 2, ', headers: { Authorization: "Bearer the-right-token" }'),
    });
    const first = await server.backup("files");
    assert.deepEqual([first.size_mb, first.custom_data], [3.5, "well done"]);
    assert.equal(await readFile(`${rig.folder}/store/${first.id}`, "utf8"), "files\n");
    const second = await server.backup("files");
    const third = await server.backup("files");
    await isDeleted(server, first.id);
    assert.deepEqual((await readdir(`${rig.folder}/store`)).sort(), [second.id, third.id].sort());
    const { code } = await provider.child.kill("SIGTERM");
    assert.equal(code, 143);
  },
);

programTest("one call with a huge fence does not lock the right scheduler out", async (rig) => {
  const provider = await rig.servedProvider(["command", "--create", "true", "--delete", "true"]);
  const headers = { "X-Schelly-Job": "files", "X-Schelly-Fence": "999999999999999" };
  const answer = await fetch(provider.url, { method: "POST", headers });
  assert.equal(answer.status, 400);
  assert.match((await answer.json()).error, /^Cannot believe the fence 999999999999999 .* at most 1000000$/);
  const server = await rig.server({ yaml: yaml(provider.url, 1) });
  const first = await server.backup("files");
  await server.backup("files");
  await isDeleted(server, first.id);
});

programTest("one token file serves the scheduler and the provider", async (rig) => {
  const file = `${rig.folder}/token`;
  const command = ["command", "--create", "true", "--delete", "true", "--token-file", file];

  await writeFile(file, "Bearer 0123456789abcdef\n");
  const first = await rig.servedProvider(command, {}, "first");
  const byYaml = await rig.server({ yaml: yaml(first.url, 1, `, headers_file: { Authorization: ${file} }`) });
  assert.equal((await byYaml.backup("files")).state, "available");
  await byYaml.kill("SIGTERM");
  await rm(rig.configFile);

  await writeFile(file, "Authorization=Bearer 0123456789abcdef\n");
  const second = await rig.servedProvider(command, {}, "second");
  const byEnvironment = await rig.server({
    envOnly: true,
    env: {
      BACKUP_NAME: "files",
      BACKUP_CRON_STRING: "0 0 0 29 2 *",
      RETENTION_SECONDLY: "3",
      WEBHOOK_URL: second.url,
      WEBHOOK_HEADERS_FILE: file,
      LISTEN_IP: "127.0.0.1",
      LISTEN_PORT: "0",
      DATA_DIR: `${rig.folder}/data`,
    },
  });
  assert.equal((await byEnvironment.backup("files")).state, "available");
});

programTest(
  "what is no request to a served provider is refused in words, and without a stack",
  async (rig) => {
    const { url, child } = await rig.servedProvider(["command", "--create", "true", "--delete", "true"]);
    const { hostname, port } = new URL(url);
    const ask = async (line: string, host: string) => {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      await connection.write(
        new TextEncoder().encode(`${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      );
      const text = await new Response(connection.readable).text();
      return `${/^HTTP\/1.1 (\d+)/.exec(text)?.[1]} ${/"(?:error|detail)":"([^"]*)"/.exec(text)?.[1]}`;
    };
    for (const line of ["TRACE /backups", "get /backups", "PATCH /backups"]) {
      assert.match(await ask(line, "localhost"), /^405 Cannot serve \w+ here: expected one of GET, HEAD/);
    }
    assert.match(await ask("CONNECT example.com:443", "localhost"), /^405 This is no proxy/);
    for (const host of ["[", "a^b", "%", "localhost:99999"]) {
      assert.match(await ask("GET /backups", host), /^400 The header Host names no host/, host);
    }
    assert.doesNotMatch(child.err, /Error|^ +at /m);
  },
);

programTest("provider serve restic takes the environment of the original's provider", async (rig) => {
  const [source, repository] = [`${rig.folder}/source`, `${rig.folder}/repository`];
  await mkdir(source);
  await writeFile(`${source}/file`, "content");
  const provider = await rig.servedProvider(["restic"], {
    RESTIC_PASSWORD: "secret",
    SOURCE_DATA_PATH: source,
    TARGET_DATA_PATH: repository,
    PRE_BACKUP_COMMAND: `echo "a line of [[ bash ]] before" > ${source}/dump`,
  });
  const server = await rig.server({ yaml: yaml(provider.url, 1) });
  const backup = await server.backup("files");
  const restic = (...args: [string, ...string[]]) =>
    rig.tool(["restic", "-q", "-r", repository, "--no-cache", ...args], { RESTIC_PASSWORD: "secret" });
  assert.match(await restic("dump", backup.data_id, `${source}/dump`), /^a line of/);
  const { code, err } = await rig.cli("backups", "delete", backup.id, "--yes", "--socket", rig.socket);
  assert.equal(code, 0, err);
  await isDeleted(server, backup.id);
  assert.deepEqual(JSON.parse(await restic("snapshots", "--json")), []);
}, { skip: requireTool("restic") });

programTest("provider serve backy2 takes the environment of the original's provider", async (rig) => {
  const disk = `${rig.folder}/disk`;
  await writeFile(disk, "sector\n".repeat(100_000));
  const provider = await rig.servedProvider(["backy2"], {
    LISTEN_IP: "127.0.0.1",
    LOG_LEVEL: "debug",
    SOURCE_DATA_PATH: `file://${disk}`,
    TARGET_DATA_PATH: `${rig.folder}/store`,
    TARGET_DATA_BACKEND: "file",
    SIMULTANEOUS_WRITES: "3",
    MAX_BANDWIDTH_WRITE: "0",
    SIMULTANEOUS_READS: "10",
    MAX_BANDWIDTH_READ: "0",
    PROTECT_YOUNG_BACKUP_DAYS: "0",
    PRE_POST_TIMEOUT: "60",
    PRE_BACKUP_COMMAND: `[[ -e ${disk} ]] && echo before > ${rig.folder}/pre`,
    POST_BACKUP_COMMAND: `echo "$SCHELLY_OUTCOME" > ${rig.folder}/post`,
  });
  const server = await rig.server({ yaml: yaml(provider.url, 1) });
  const backup = await server.backup("files");
  assert.equal(backup.size_mb, 0.7);
  assert.equal(await readFile(`${rig.folder}/pre`, "utf8"), "before\n");
  assert.equal(await readFile(`${rig.folder}/post`, "utf8"), "available\n");
  const backy2 = (...args: string[]) =>
    rig.tool(["backy2", "-c", `${rig.folder}/provider/backy.cfg`, ...args]);
  await backy2("restore", backup.data_id, `file://${rig.folder}/restored`);
  assert.deepEqual(await readFile(`${rig.folder}/restored`), await readFile(disk));
  const { code, err } = await rig.cli("backups", "delete", backup.id, "--yes", "--socket", rig.socket);
  assert.equal(code, 0, err);
  await isDeleted(server, backup.id);
  assert.equal((await backy2("-m", "ls")).trim().split("\n").length, 1);
}, { skip: mayLack("backy2", ["-V"]) });

programTest(
  "without a token no page of a stranger makes or deletes backups, and no other machine may",
  async (rig) => {
    await mkdir(`${rig.folder}/store`);
    const command = [
      ...["command", "--create", 'echo made > "store/$SCHELLY_BACKUP_ID"'],
      ...["--delete", 'rm "store/$SCHELLY_DATA_ID"'],
    ];
    const { url } = await rig.servedProvider(command);
    const ask = async (method: string, path = "", headers: Record<string, string> = {}) => {
      const answer = await request(method, url + path, headers);
      return { status: answer.status, body: JSON.parse(answer.text) };
    };
    const { body: { id } } = await ask("POST");
    await until("it is available", async () => (await ask("GET", `/${id}`)).body.status === "available");
    const pages: [headers: Record<string, string>, status: number][] = [
      // A name of the stranger's that leads here by now; the browser takes it for the page's own.
      [{ Host: "evil.example", Origin: "http://evil.example", "Sec-Fetch-Site": "same-origin" }, 421],
      [{ Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" }, 403],
      [{ Origin: "null" }, 403],
      // As a form of it.
      [{ "Content-Type": "text/plain", "Content-Length": "2" }, 415],
    ];
    for (const [headers, status] of pages) {
      for (const [method, path] of [["POST", ""], ["DELETE", `/${id}`]] as const) {
        assert.equal(
          (await ask(method, path, headers)).status,
          status,
          `${method} ${JSON.stringify(headers)}`,
        );
      }
    }
    assert.deepEqual(await readdir(`${rig.folder}/store`), [id]);
    // As a scheduler names it in a network of containers.
    assert.equal((await ask("GET", "", { Host: "schelly-restic:7070" })).status, 200);

    const state = ["--state-folder", `${rig.folder}/other`];
    const open = await rig.cli("provider", "serve", ...command, ...state, "--listen", "0.0.0.0:0");
    assert.equal(open.code, 2);
    assert.match(
      open.err,
      /Cannot serve at 0\.0\.0\.0:0 \(--listen\) without a token: .* Expected --token-file/,
    );
  },
);

/** Sent by node:http, as fetch decides on some headers by itself. */
function request(method: string, url: string, headers: Record<string, string>) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = httpRequest(url, { method, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece) => text += piece);
      answer.on("end", () => resolve({ status: answer.statusCode!, text })).on("error", reject);
    });
    sent.on("error", reject).end("Content-Length" in headers ? "{}" : undefined);
  });
}
