// What is wrong with a real restic is said with what to do about it, wherever somebody looks: in `status`, `jobs show`,
// `jobs check` and `runs show`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { makeAuthority, makeCertificate, skipOpenssl } from "../support/certificates.ts";
import { freePort, programTest, type Rig, until } from "../support/program.ts";
import { makeQuickRepository, QUICK_PASSWORD } from "../support/quick_repository.ts";
import { requireTool } from "../support/require_tool.ts";

/** A job with a restic of its own, and what is to be read of it. */
interface Trouble {
  /** Of the built-in. */
  settings: Record<string, unknown>;
  cause: RegExp;
  remedy: RegExp;
}

/** Answers every request with this status. */
function answering(status: number, tls: { cert: string; key: string } | undefined = undefined) {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {}, ...tls };
  return Deno.serve(options, () => new Response("", { status }));
}

/** An ssh that says this. */
async function ssh(rig: Rig, name: string, words: string) {
  const program = `${rig.folder}/ssh-${name}`;
  await writeFile(
    program,
    `#!/bin/sh\necho '${words}' >&2\n# restic has to hear it before it hears of the end.\nsleep 0.5\nexit 255\n`,
    { mode: 0o755 },
  );
  return { "sftp.command": program };
}

/** Who may not read what root owns. */
async function asNobody(rig: Rig): Promise<string> {
  const program = `${rig.folder}/restic-as-nobody`;
  await writeFile(
    program,
    '#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups restic "$@"\n',
    {
      mode: 0o755,
    },
  );
  return program;
}

async function troubles(rig: Rig, ports: Record<"closed" | "letsNobodyIn" | "full" | "tls", number>) {
  const good = `${rig.folder}/repository`;
  await makeQuickRepository(good, "first");
  const local = { repository: good };
  const found: Record<string, Trouble> = {
    password: {
      settings: { ...local, password: "wrong" },
      cause: /the password does not open the repository/,
      remedy: /put the password that the repository was made with into 'password_file'/i,
    },
    absent: {
      settings: { repository: `${rig.folder}/nothing` },
      cause: /there is no repository at/,
      remedy: /mount its disk or correct 'repository', or write 'init: true'/i,
    },
    refused: {
      settings: { repository: `rest:http://127.0.0.1:${ports.closed}/` },
      cause: /connection refused/,
      remedy: /start what listens there/i,
    },
    nohost: {
      settings: { repository: "rest:http://nohost.invalid/" },
      cause: /no such host|name resolution/,
      remedy: /correct the host's name, or fix the network/i,
    },
    notlet: {
      settings: { repository: `rest:http://127.0.0.1:${ports.letsNobodyIn}/` },
      cause: /does not let it in.*401/,
      remedy: /correct the key or password of the storage in 'repository' or 'env'/i,
    },
    full: {
      settings: { repository: `rest:http://127.0.0.1:${ports.full}/` },
      cause: /507 Insufficient Storage/,
      remedy: /make room/i,
    },
    certificate: {
      settings: { repository: `rest:https://127.0.0.1:${ports.tls}/` },
      cause: /x509: certificate signed by unknown authority/,
      remedy: /name the file of who signed its certificate as SSL_CERT_FILE in 'env'/i,
    },
    hostkey: {
      settings: {
        repository: "sftp:backup@nas:/srv/r",
        options: await ssh(rig, "hostkey", "Host key verification failed."),
      },
      cause: /Host key verification failed/,
      remedy: /have it in ~\/\.ssh\/known_hosts/i,
    },
    sshkey: {
      settings: {
        repository: "sftp:backup@nas:/srv/r",
        options: await ssh(rig, "sshkey", "backup@nas: Permission denied (publickey)."),
      },
      cause: /Permission denied \(publickey\)/,
      remedy: /authorized_keys/i,
    },
    paths: {
      settings: { ...local, paths: [`${rig.folder}/no-such-folder`] },
      cause: /no-such-folder' is not there/,
      remedy: /put back what 'paths' names, or take it out there/i,
    },
    tool: {
      settings: { ...local, program: "restic-of-nobody" },
      cause: /no such program|was not found/,
      remedy: /install 'restic-of-nobody', or write its whole path/i,
    },
  };
  if (process.getuid?.() === 0) {
    await mkdir(`${rig.folder}/own`, { mode: 0o700 });
    await makeQuickRepository(`${rig.folder}/own/repository`, "second");
    found.denied = {
      settings: { repository: `${rig.folder}/own/repository`, program: await asNobody(rig) },
      cause: /permission denied/,
      remedy: /give the user that Schelly runs as the right to '\S+'/i,
    };
  }
  return found;
}

function yamlOf(rig: Rig, jobs: Record<string, Trouble>): string {
  const lines = Object.entries(jobs).map(([name, { settings }]) => {
    const restic = {
      ...{ password: QUICK_PASSWORD, paths: [`${rig.folder}/data`], lock_wait: "1ms" },
      ...{ prune: "never", check: "never", env: { RESTIC_CACHE_DIR: `${rig.folder}/cache` } },
      ...settings,
    };
    return `  - { name: ${name}, provider: ${name} }\n` +
      `# ${name}: ${JSON.stringify({ timeout: { get: "60s" }, poll_interval: "100ms", restic })}`;
  });
  const providers = lines.map((line) => line.split("\n# ")[1]);
  return `defaults: { schedule: "0 0 0 29 2 *", retry: off, retry_interval: 1s }
providers:
${providers.map((provider) => `  ${provider}`).join("\n")}
jobs:
${lines.map((line) => line.split("\n# ")[0]).join("\n")}
`;
}

programTest(
  "what is wrong with restic says what to do, wherever somebody looks",
  async (rig) => {
    await makeAuthority(rig, "authority");
    await makeCertificate(rig, "nas", "authority");
    const [cert, key] = ["pem", "key"].map((end) => readFileSync(`${rig.folder}/nas.${end}`, "utf8"));
    const servers = {
      letsNobodyIn: answering(401),
      full: answering(507),
      tls: answering(200, { cert: cert!, key: key! }),
    };
    try {
      await mkdir(`${rig.folder}/data`);
      await writeFile(`${rig.folder}/data/file`, "data");
      const [letsNobodyIn, full, tls] = Object.values(servers).map(({ addr }) => addr.port);
      const ports = { closed: freePort(), letsNobodyIn: letsNobodyIn!, full: full!, tls: tls! };
      const jobs = await troubles(rig, ports);
      const server = await rig.server({ yaml: yamlOf(rig, jobs) });
      const at = ["--socket", rig.socket];
      for (const name of Object.keys(jobs)) {
        // What cannot begin is refused with why; what began fails.
        await server.post(`/jobs/${name}/trigger`);
      }
      for (const [name, { cause, remedy }] of Object.entries(jobs)) {
        const { health } = await until(`${name} says what is wrong`, async () => {
          const job = await server.get(`/jobs/${name}`);
          return job.health.well ? undefined : job;
        }, 120_000);
        assert.match(health.cause, cause, name);
        assert.match(health.remedy, remedy, `${name}: ${health.cause}`);

        const check = await rig.cli("jobs", "check", name, ...at);
        assert.equal(check.code, 1, name);
        assert.match(check.err, remedy, `${name}: ${check.out}`);

        const show = await rig.cli("jobs", "show", name, ...at);
        assert.match(show.out, new RegExp(`^what to do +.*${remedy.source}`, "mi"), name);

        const [run] = await server.runs(name);
        const shown = await rig.cli("runs", "show", run.run_id, ...at);
        assert.match(shown.out, new RegExp(`^what to do +.*${remedy.source}`, "mi"), `${name}: ${shown.out}`);
      }
      const { out } = await rig.cli("status", ...at);
      for (const [name, { remedy }] of Object.entries(jobs)) assert.match(out, remedy, name);
    } finally {
      await Promise.all(Object.values(servers).map((one) => one.shutdown()));
    }
  },
  { skip: requireTool("restic") || skipOpenssl },
);
