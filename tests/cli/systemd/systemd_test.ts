// The unit that is printed allows what the configuration needs, and no more; systemd itself finds nothing wrong with it.
// Also tests provider_unit.ts, provider_unit_needs.ts, systemd_unit.ts and unit_paths.ts.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { main } from "../../../src/cli/program.ts";
import { unitWord } from "../../../src/cli/systemd/systemd_unit.ts";
import { fakeHost } from "../../support/fake_host.ts";
import { requireTool } from "../../support/require_tool.ts";

const CONFIG = "/etc/schelly/schelly.yaml";
const PLAIN = `jobs: [ { name: a, provider: { url: "http://127.0.0.1:7070/backups" } } ]\n`;
const LOCAL = `
server: { stop_timeout: 90s, auth: { tokens: [ { name: ops, role: admin, token_file: ops-token } ], users: [ { name: ann, role: viewer, password_file: ann-password } ] } }
state: { url: "file:/srv/state/schelly.db" }
providers:
  home: { restic: { repository: "/srv/back ups/100%", password_file: restic-password, paths: [/home, /etc] } }
  far: { url: "http://h:1/backups", headers_file: { X-Api-Key: nas-key }, body: { some_file: not-a-secret } }
jobs: [ { name: a, provider: home }, { name: b, provider: far } ]
`;

async function unitOf(yaml: string, ...args: string[]): Promise<string> {
  const host = fakeHost({ files: { [CONFIG]: yaml } });
  assert.equal(await main(["systemd", "unit", "--config", CONFIG, ...args], host), 0, host.err());
  return host.out();
}

/** The values of one key. */
function valuesOf(unit: string, key: string): string[] {
  return unit.split("\n").filter((line) => line.startsWith(`${key}=`)).map((line) =>
    line.slice(key.length + 1)
  );
}

test("systemd unit: without built-ins nothing of the machine is opened, and no capability is given", async () => {
  const unit = await unitOf(PLAIN);
  assert.deepEqual(valuesOf(unit, "ReadWritePaths"), []);
  assert.deepEqual(valuesOf(unit, "CapabilityBoundingSet"), [""]);
  assert.deepEqual(valuesOf(unit, "AmbientCapabilities"), []);
  assert.deepEqual(valuesOf(unit, "ProtectHome"), ["yes"]);
  assert.deepEqual(valuesOf(unit, "LoadCredential"), []);
});

test("systemd unit: repositories can be written, sources read, mounts waited for, secrets loaded", async () => {
  const unit = await unitOf(LOCAL);
  assert.deepEqual(valuesOf(unit, "ReadWritePaths"), ["-/srv/state", '"-/srv/back ups/100%%"']);
  assert.deepEqual(valuesOf(unit, "CapabilityBoundingSet"), ["CAP_DAC_READ_SEARCH"]);
  assert.deepEqual(valuesOf(unit, "ProtectHome"), ["read-only"]);
  const [mounts] = valuesOf(unit, "RequiresMountsFor");
  for (const path of ["/srv/state", '"/srv/back ups/100%%"', "/home", CONFIG]) {
    assert.ok(mounts!.includes(path), path);
  }
  assert.deepEqual(valuesOf(unit, "LoadCredential").sort(), [
    "ann-password:/etc/schelly/ann-password",
    "nas-key:/etc/schelly/nas-key",
    "ops-token:/etc/schelly/ops-token",
    "restic-password:/etc/schelly/restic-password",
  ]);
  assert.ok(Number(valuesOf(unit, "TimeoutStopSec")[0]) > 90, "systemd waits longer than Schelly does");
});

test("systemd unit: the program is where it is installed, and otherwise where it will be", async () => {
  const starts = async (program: string | null) => {
    const host = { ...fakeHost({ files: { [CONFIG]: PLAIN } }), program };
    assert.equal(await main(["systemd", "unit", "--config", CONFIG], host), 0);
    return valuesOf(host.out(), "ExecStart")[0]!.split(" ")[0];
  };
  assert.equal(await starts("/usr/bin/schelly"), "/usr/bin/schelly");
  assert.equal(await starts("/opt/schelly/bin/schelly"), "/opt/schelly/bin/schelly");
  assert.equal(await starts("/root/schelly-1.0.0-linux-x64/schelly"), "/usr/local/bin/schelly");
  assert.equal(await starts(null), "/usr/local/bin/schelly");
});

test("systemd unit: an invalid configuration gets no unit", async () => {
  const host = fakeHost({ files: { [CONFIG]: "jobs: 7\n" } });
  assert.equal(await main(["systemd", "unit", "--config", CONFIG], host), 3);
  assert.equal(host.out(), "");
});

test("systemd unit -o writes the unit whole, and leaves what was there where it cannot be made", async () => {
  const unit = "/etc/systemd/system/schelly.service";
  const host = fakeHost({ files: { [CONFIG]: PLAIN, [unit]: "before" } });
  const argv = ["systemd", "unit", "--config", CONFIG, "-o", unit];
  assert.equal(await main(argv, host), 0, host.err());
  assert.equal(host.out(), "");
  assert.equal(await host.files.readText(unit), await unitOf(PLAIN));
  const broken = fakeHost({ files: { [CONFIG]: "jobs: 7\n", [unit]: "before" } });
  assert.equal(await main(argv, broken), 3);
  assert.equal(await broken.files.readText(unit), "before");
  const locked = fakeHost({ files: { [CONFIG]: PLAIN } });
  locked.files.writeText = () => Promise.reject(Object.assign(new Error("no"), { name: "PermissionDenied" }));
  assert.equal(await main(argv, locked), 73);
  assert.match(locked.err(), /Cannot write the unit to '.*schelly\.service': PermissionDenied: no/);
});

async function providerUnitOf(kind: string, ...argv: string[]): Promise<string> {
  const host = fakeHost({});
  const code = await main(
    ["systemd", "unit", "--provider", kind, "--program", "/bin/true", "--", ...argv],
    host,
  );
  assert.equal(code, 0, host.err());
  return host.out();
}

const RESTIC = [
  ...["--host", "web-1", "--listen", "0.0.0.0:7070", "--token-file", "/etc/schelly/token"],
  ...["--tls-cert-file", "/etc/ssl/web-1.pem", "--tls-key-file", "/etc/ssl/web-1.key"],
  ...[
    "--repository",
    "/srv/back ups/100%",
    "--password-file",
    "/etc/restic.pw",
    "--path",
    "/home",
    "--path",
    "/etc",
  ],
];

test("systemd unit --provider: opens what it serves, hands over secrets, and leaves a server's socket alone", async () => {
  const unit = await providerUnitOf("restic", ...RESTIC, "--no-init", "--pre", "mount $DISK || exit 1");
  const [start] = valuesOf(unit, "ExecStart");
  assert.match(start!, /^\/bin\/true provider serve restic /);
  assert.match(start!, / --host web-1 .*--repository "\/srv\/back ups\/100%%" --path \/home --path \/etc /);
  assert.match(start!, / --token-file %d\/token-file /);
  assert.match(start!, / --no-init$/);
  assert.match(start!, / --pre "mount \$\$DISK \|\| exit 1" /);
  assert.deepEqual(valuesOf(unit, "LoadCredential").sort(), [
    "password-file:/etc/restic.pw",
    "tls-cert-file.pem:/etc/ssl/web-1.pem",
    "tls-key-file:/etc/ssl/web-1.key",
    "token-file:/etc/schelly/token",
  ]);
  assert.deepEqual(valuesOf(unit, "ReadWritePaths"), ['"-/srv/back ups/100%%"']);
  assert.deepEqual(valuesOf(unit, "CapabilityBoundingSet"), ["CAP_DAC_READ_SEARCH"]);
  assert.deepEqual(valuesOf(unit, "RuntimeDirectory"), []);
  assert.deepEqual(valuesOf(unit, "Type"), ["exec"], "it tells nobody that it is ready");
});

test("systemd unit --provider: a disk is seen, and no other device", async () => {
  const unit = await providerUnitOf(
    "backy2",
    "--source",
    "file:///dev/vg/disk",
    "--config-file",
    "/etc/backy.cfg",
  );
  assert.deepEqual(valuesOf(unit, "PrivateDevices"), []);
  assert.deepEqual([valuesOf(unit, "DevicePolicy"), valuesOf(unit, "DeviceAllow")], [["closed"], [
    "/dev/vg/disk r",
  ]]);
});

test("systemd unit --provider: what a unit could not serve is refused with the reason", async () => {
  const refused = async (...argv: string[]) => {
    const host = fakeHost({ files: { [CONFIG]: PLAIN } });
    const code = await main(["systemd", "unit", ...argv], host);
    assert.equal(host.out(), "");
    return `${code} ${host.err()}`;
  };
  assert.match(
    await refused("--provider", "restic", "--", "--path", "/home"),
    /^2 .*without --repository: expected it after --/,
  );
  assert.match(await refused("--provider", "restic", "--", "--no-such"), /^2 .*unknown option '--no-such'/);
  assert.match(await refused("--provider", "borg"), /^2 .*borg/);
  assert.match(await refused("--", "--path", "/home"), /^2 .*expected it with --provider only/);
  assert.match(
    await refused("--provider", "restic", "--config", CONFIG),
    /^2 .*expected it after --, with --name/,
  );
  const lines = ["--create", "a\nb", "--delete", "c"];
  assert.match(
    await refused("--provider", "command", "--", ...lines),
    /^2 schelly: Cannot put --create into a unit: it has several/,
  );
  assert.match(
    await refused("--provider", "restic", "--", "--config", CONFIG, "--name", "gone"),
    /^5 .*has no restic of this name/,
  );
});

test("unitWord() is read back by systemd as it was", () => {
  assert.equal(unitWord("/srv/a"), "/srv/a");
  assert.equal(unitWord("/srv/a b"), '"/srv/a b"');
  assert.equal(unitWord('50%"\\ x'), '"50%%\\"\\\\ x"');
});

test("deploy/systemd/schelly.service is the unit of a configuration without built-ins", async () => {
  const shipped = fileURLToPath(new URL("../../../deploy/systemd/schelly.service", import.meta.url));
  assert.equal(readFileSync(shipped, "utf8"), await unitOf(PLAIN));
});

// Delegate= and the cgroup that it needs to see cost 0.2 of it.
const UNITS = [
  { name: "without built-ins", make: () => unitOf(PLAIN, "--program", "/bin/true"), most: 1.3 },
  { name: "with local repositories", make: () => unitOf(LOCAL, "--program", "/bin/true"), most: 1.8 },
  { name: "of a provider", make: () => providerUnitOf("restic", ...RESTIC), most: 1.8 },
  {
    name: "of commands",
    make: () => providerUnitOf("command", "--create", "tar c $X | gzip > /b/%d", "--delete", "rm -f /b/x"),
    most: 1.3,
  },
  { name: "of a disk", make: () => providerUnitOf("backy2", "--source", "file:///dev/vg/disk"), most: 2.1 },
];
for (const { name, make, most } of UNITS) {
  test(`systemd-analyze finds the unit sound and closed: ${name}`, {
    skip: requireTool("systemd-analyze", ["--version"]),
  }, async () => {
    const folder = mkdtempSync(`${tmpdir()}/schelly-unit-`);
    try {
      const path = `${folder}/schelly.service`;
      // The program must be there for it to be content.
      writeFileSync(path, await make());
      const verified = await analyze("verify", "--man=no", path);
      assert.deepEqual(verified, { code: 0, said: "" });
      const { code, said } = await analyze("security", "--offline=true", "--threshold=20", path);
      assert.equal(code, 0, said);
      const score = Number(/exposure level for schelly\.service: ([\d.]+)/.exec(said)![1]);
      assert.ok(score <= most, said);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

async function analyze(...args: string[]): Promise<{ code: number; said: string }> {
  const command = new Deno.Command("systemd-analyze", { args, env: { SYSTEMD_COLORS: "0" } });
  const { code, stdout, stderr } = await command.output();
  return { code, said: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
}
