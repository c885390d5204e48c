// The Debian package: what is in it, that the same program makes the same package, and its whole life in a Debian root:
// installed, used, upgraded, removed, purged with either answer.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import config from "../../deno.json" with { type: "json" };
import { debianVersion, packDebian } from "../../scripts/debian_package.ts";
import { tempFolder } from "../support/backup_rig.ts";
import { PROJECT } from "../support/compose_stack.ts";
import { DebianRoot, whyNoDebianRoot } from "../support/debian_root.ts";
import { type Ended, programTest } from "../support/program.ts";
import { mayLack, requireFile } from "../support/require_tool.ts";

const binary: { path?: string; skip: string | false } = requireFile(
  "SCHELLY_TEST_BINARY",
  "the compiled program",
);
const skip = binary.skip || mayLack("dpkg-deb", ["--version"]);

/** Packs the program that was built, or another one in its place; the package's path. */
async function pack(
  folder: string,
  version: string = config.version,
  program = binary.path!,
): Promise<string> {
  process.chdir(PROJECT);
  const name = await packDebian({
    ...{ program, here: binary.path!, architecture: "amd64", version, epoch: 1_790_000_000 },
    ...{ maintainer: "Somebody <somebody@example.org>", compression: "none" },
    ...{ stage: `${folder}/stage`, output: folder },
  });
  return `${folder}/${name}`;
}

/** All but the program is as it will be, and sooner. */
const packSmall = (folder: string) => pack(folder, config.version, "/bin/true");

/** What a program prints that must not fail. */
function said(program: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args, env: { LC_ALL: "C" } }).outputSync();
  assert.ok(success, `${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

test("a prerelease comes before its release", () => {
  assert.equal(debianVersion("1.2.0"), "1.2.0-1");
  assert.equal(debianVersion("1.2.0-rc.1"), "1.2.0~rc.1-1");
});

test("the package belongs to root, lists its files, and is the same each time", { skip }, async () => {
  await using temporary = await tempFolder();
  const folder = temporary.path;
  const path = await packSmall(folder);
  const digest = () => createHash("sha256").update(readFileSync(path)).digest("hex");
  const first = digest();
  const mask = process.umask(0o077);
  try {
    await packSmall(folder);
  } finally {
    process.umask(mask);
  }
  assert.equal(digest(), first, "whatever the umask is");
  const listed = said("dpkg-deb", "--contents", path).trimEnd().split("\n").map((line) => {
    const [mode, owner, , , , file] = line.split(/\s+/);
    assert.equal(owner, "root/root", line);
    return `${mode} ${file}`;
  });
  for (
    const entry of [
      "-rwxr-xr-x ./usr/bin/schelly",
      "drwxr-x--- ./etc/schelly/",
      "-rw-r--r-- ./etc/schelly/schelly.yaml.example",
      "-rw-r--r-- ./usr/lib/systemd/system/schelly.service",
      "-rw-r--r-- ./usr/lib/sysusers.d/schelly.conf",
      "-rw-r--r-- ./usr/lib/tmpfiles.d/schelly.conf",
      "-rw-r--r-- ./usr/share/bash-completion/completions/schelly",
      "-rw-r--r-- ./usr/share/zsh/vendor-completions/_schelly",
      "-rw-r--r-- ./usr/share/fish/vendor_completions.d/schelly.fish",
      "-rw-r--r-- ./usr/share/man/man1/schelly.1.gz",
      "-rw-r--r-- ./usr/share/man/man1/schelly-jobs-list.1.gz",
      "-rw-r--r-- ./usr/share/doc/schelly/copyright",
      "-rw-r--r-- ./usr/share/doc/schelly/changelog.gz",
    ]
  ) assert.ok(listed.includes(entry), `${entry} is missing in\n${listed.join("\n")}`);

  const root = `${folder}/unpacked`;
  said("dpkg-deb", "--raw-extract", path, root);
  said("sh", "-ec", `cd '${root}' && md5sum --check --strict --quiet DEBIAN/md5sums`);
  assert.match(
    readFileSync(`${root}/usr/lib/systemd/system/schelly.service`, "utf8"),
    /^ExecStart=\/usr\/bin\/schelly run --config \/etc\/schelly\/schelly\.yaml$/m,
  );
  assert.equal(existsSync(`${root}/etc/schelly/schelly.yaml`), false, "nothing is configured by itself");
  const { code, stderr } = new Deno.Command(binary.path!, {
    args: ["validate", "config", "--no-secrets", `${root}/etc/schelly/schelly.yaml.example`],
  }).outputSync();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
});

test("lintian finds nothing but that it is not compressed", {
  skip: skip || mayLack("lintian", ["--version"]),
}, async () => {
  await using folder = await tempFolder();
  const { stdout } = new Deno.Command("lintian", {
    args: ["--allow-root", "--fail-on", "none", await packSmall(folder.path)],
    stderr: "null",
  }).outputSync();
  const found = new TextDecoder().decode(stdout).trim().split("\n")
    .filter((line) => line !== "" && !line.includes("uses-no-compression-for-"));
  assert.deepEqual(found, []);
});

programTest("installed, used, upgraded, removed and purged, it keeps what people would miss", async (rig) => {
  const packages = `${rig.folder}/packages`;
  mkdirSync(packages);
  for (const version of [config.version, `${config.version}.1`]) {
    await pack(packages, version);
  }
  const [old, next] = [config.version, `${config.version}.1`]
    .map((version) => `/packages/schelly_${debianVersion(version)}_amd64.deb`);
  const root = await DebianRoot.open(rig, packages);
  const run = async (script: string, env = {}) => {
    const ended = await root.run(script, env);
    assert.equal(ended.code, 0, `${script}\n${ended.out}\n${ended.err}`);
    return ended;
  };
  const dpkg = (args: string, env = {}) => run(`dpkg --force-unsafe-io --force-confold ${args}`, env);

  await dpkg(`--install ${old}`);
  assert.match((await run("schelly version")).out, new RegExp(`^schelly ${config.version}`));
  assert.equal((await run("stat --format '%a %U %G' /etc/schelly")).out, "750 root schelly\n");
  assert.match((await run("getent passwd schelly")).out, /:\/var\/lib\/schelly:\S*nologin$/m);
  assert.equal((await run("find /etc/systemd -name 'schelly*'")).out, "", "it waits for a configuration");
  assert.equal((await run("ls /etc/schelly")).out, "schelly.yaml.example\n");

  await run(CONFIGURE);
  await run(USE);
  assert.match((await run("ls /var/lib/schelly")).out, /^schelly\.db\.mark$/m);

  assert.match(
    (await run("schelly systemd unit --config /etc/schelly/schelly.yaml")).out,
    /^ExecStart=\/usr\/bin\/schelly run --config \/etc\/schelly\/schelly\.yaml$/m,
  );

  copyFileSync(`${PROJECT}/deploy/uninstall.sh`, `${packages}/uninstall.sh`);
  assert.match((await run("sh /packages/uninstall.sh")).out, /The Debian package stays/);
  await run("schelly version; ls /usr/lib/systemd/system/schelly.service");

  await run("echo '# edited' >> /etc/schelly/schelly.yaml.example");
  await run(SYSTEMD);
  const upgraded = await dpkg(`--install ${next}`);
  assert.match(upgraded.err, /schelly: the service does not start after the upgrade, and no backup is made/);
  assert.match((await run("cat /calls; : > /calls")).out, /^daemon-reload\n[^]*restart schelly\.service\n$/);
  assert.match((await run("dpkg-query --show schelly")).out, new RegExp(`${config.version}\\.1-1$`, "m"));
  assert.match((await run("tail -n 1 /etc/schelly/schelly.yaml.example")).out, /^# edited$/m);
  assert.equal((await run("stat --format '%a %U %G' /etc/schelly")).out, "750 root schelly\n");
  await run(USE);

  await dpkg("--remove schelly");
  assert.match(
    (await run("cat /calls; rm -r /run/systemd")).out,
    /stop schelly\.service\n[^]*daemon-reload\n$/,
  );
  assert.equal((await root.run("command -v schelly")).code, 127);
  const state = "ls /var/lib/schelly/schelly.db /etc/schelly/schelly.yaml /var/lib/schelly/repository/key";
  await run(state);
  assertKept(await dpkg("--purge schelly"));
  await run(state);
  assert.equal((await root.run("ls /etc/schelly/schelly.yaml.example")).code, 2);

  const asked = async (answer: string) => {
    await dpkg(`--install ${next}`);
    return await run(
      `echo ${answer} | script --quiet --return --command 'dpkg --force-unsafe-io --purge schelly' /dev/null`,
      { DEBIAN_FRONTEND: "readline" },
    );
  };
  const no = await asked("no");
  assert.match(no.out, /Delete the state of Schelly as well\? \[yes\/no\]/);
  assert.match(no.out, /The\s+backups themselves stay/);
  await run(state);
  assertKept(await asked("yes"));
  assert.equal((await run("ls /var/lib/schelly")).out, "repository\n", "nothing but the state is gone");
  await run("ls /etc/schelly/schelly.yaml /var/lib/schelly/repository/key");
}, { skip: skip || whyNoDebianRoot() });

function assertKept({ out, err }: Ended): void {
  assert.match(out + err, /schelly: kept what is in \/var\/lib\/schelly/);
  assert.match(out + err, /schelly: kept what is in \/etc\/schelly/);
}

const CONFIGURE = `
  cat > /etc/schelly/schelly.yaml <<'END'
server: { listen: "127.0.0.1:8080", socket: none }
jobs:
  - { name: a, schedule: "0 3 * * *", provider: { url: "http://127.0.0.1:9/backups" }, retention: { daily: 3 } }
END
  chown root:schelly /etc/schelly/schelly.yaml; chmod 0640 /etc/schelly/schelly.yaml
  mkdir -p /var/lib/schelly/repository; echo secret > /var/lib/schelly/repository/key
  chown -R schelly:schelly /var/lib/schelly; chmod 0700 /var/lib/schelly`;

/** Stands in for systemd, which no root without processes has: it writes down the calls, and no service starts. */
const SYSTEMD = `
  mkdir -p /run/systemd/system
  cat > /usr/bin/systemctl <<'END'
#!/bin/sh
echo "$*" >> /calls
case "$*" in *restart*) exit 1 ;; esac
END
  chmod 0755 /usr/bin/systemctl`;

/** As the unit does, without systemd. */
const USE = `
  cd /
  HOME=/var/lib/schelly setpriv --reuid=schelly --regid=schelly --clear-groups \\
    /usr/bin/schelly run --config /etc/schelly/schelly.yaml &
  trap "kill $! || true" EXIT TERM
  until schelly healthcheck --config /etc/schelly/schelly.yaml; do sleep 0.2; kill -0 $!; done
  trap - EXIT; kill $!; wait $! || [ $? -eq 143 ]`;
