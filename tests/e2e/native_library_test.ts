// Another user of the machine, in the same temporary folder, gets no say in what the compiled program runs: not by what
// they lay there before, nor by what they do to it while the program starts.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmod,
  chown,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { NOBODY, whyNoSandbox } from "../support/proc_sandbox.ts";
import { inMountNamespace } from "../support/mount_namespace.ts";
import { Child, type Ended, until } from "../support/program.ts";
import { requireFile, requireTool } from "../support/require_tool.ts";

const binary = requireFile("SCHELLY_TEST_BINARY", "the compiled program");
const skip = binary.skip || whyNoSandbox() || requireTool("perl", ["-v"]);

/** The user that Schelly runs as. */
const OURS = { uid: 12_345, gid: 12_345 };

const YAML = `
server: { listen: "127.0.0.1:0", socket: none }
state: { url: "file:state/schelly.db" }
jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider: { command: { create: ["true"], delete: ["true"] } }
`;

/**
 * Looks at the temporary folder without pause. Of each new name it writes a line, tries to write to the file or into the
 * folder, and to put something of its own in its place. Says what came of it once asked to end.
 */
const ATTACK = `
use strict; use warnings; my ($folder, $log) = @ARGV; my %seen; my $ended = 0; $| = 1;
$SIG{TERM} = sub { $ended = 1 };
open my $out, '>', $log or die; select $out; $| = 1; print "watching\\n";
until ($ended) {
  opendir my $dir, $folder or die; my @names = grep { !/^\\.|^theirs/ } readdir $dir; closedir $dir;
  for my $name (@names) {
    my $path = "$folder/$name";
    unless ($seen{$name}++) { print "saw $name\\n" }
    if (open my $file, '+<', $path) { print "opened $name\\n"; seek $file, 64, 0; print $file 'x' x 4096; close $file }
    if (opendir my $sub, $path) {
      for my $inner (grep { !/^\\./ } readdir $sub) { print "listed $name/$inner\\n" if $seen{"$name/$inner"}++ < 1 }
      closedir $sub;
    }
    if (rename $path, "$folder/theirs$seen{$name}$$") {
      print "renamed $name\\n";
      mkdir $path; if (open my $file, '>', "$path/index.node") { print $file 'theirs'; close $file }
    }
  }
}
`;

interface Rig {
  folder: string;
  /** The temporary folder that both use. */
  shared: string;
  program: string;
  start(...args: string[]): Child;
  /** What the attacker saw and did, one a line. */
  attack(): Promise<{ lines(): Promise<string[]>; end(): Promise<Ended> }>;
}

function attackTest(name: string, mode: number, work: (rig: Rig) => Promise<void>): void {
  test(name, { skip }, async () => {
    const folder = await mkdtemp(`${tmpdir()}/schelly-attack-`);
    const [shared, program, theirs] = ["shared", "schelly", "theirs"].map((name) => `${folder}/${name}`);
    const children: Child[] = [];
    const run = (name: string, { uid, gid }: { uid: number; gid: number }, argv: string[], cwd: string) => {
      const drop = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--inh-caps=-all"];
      const child = new Child(name, [...drop, ...argv], { TMPDIR: shared!, HOME: cwd }, cwd);
      children.push(child);
      return child;
    };
    try {
      await chmod(folder, 0o755);
      for (const [path, who] of [[`${folder}/ours`, OURS], [theirs!, NOBODY]] as const) {
        await mkdir(path, { mode: 0o700 });
        await chown(path, who.uid, who.gid);
      }
      await mkdir(shared!);
      await chmod(shared!, mode);
      await copyFile("path" in binary ? binary.path : "", program!);
      await writeFile(`${folder}/ours/schelly.yaml`, YAML);
      await writeFile(`${folder}/attack.pl`, ATTACK);
      await work({
        folder,
        shared: shared!,
        program: program!,
        start: (...args) => run(`schelly ${args[0]}`, OURS, [program!, ...args], `${folder}/ours`),
        async attack() {
          const log = `${theirs}/log${children.length}`;
          const child = run("attack", NOBODY, ["perl", `${folder}/attack.pl`, shared!, log], theirs!);
          const lines = async () => (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n");
          await until("the attack has begun", async () => (await lines()).includes("watching"));
          return { lines, end: () => child.kill("SIGTERM") };
        },
      });
    } finally {
      for (const child of children) await child[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

const RUN = ["run", "--config", "schelly.yaml"];

/** The library that a process runs, as the kernel has it: by the file behind its memory, whatever its name leads to. */
function running(pid: number): { uid: number; digest: string; name: string } {
  // By other programs, as Deno keeps its own from these files.
  const read = (...argv: string[]) => {
    const { success, stdout, stderr } = new Deno.Command(argv[0]!, { args: argv.slice(1) }).outputSync();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  const line = read("cat", `/proc/${pid}/maps`).split("\n").find((line) => / r-xp .*\.node\b/.test(line));
  assert.ok(line !== undefined, "a library is loaded");
  const [range, , , , , ...name] = line.split(/ +/);
  const file = `/proc/${pid}/map_files/${range}`;
  return {
    uid: Number(read("stat", "-L", "-c", "%u", file)),
    digest: read("sha256sum", file).split(" ")[0]!,
    name: name.join(" "),
  };
}

/** Of the library that the program was built with. */
async function expectedDigest(): Promise<string> {
  const modules = new URL("../../node_modules/.deno/", import.meta.url);
  const libsql = (await readdir(modules)).find((name) => name.startsWith("libsql@"));
  const kind = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  const path = new URL(`${libsql}/node_modules/@libsql/linux-${kind}-gnu/index.node`, modules);
  return createHash("sha256").update(await readFile(path)).digest("hex");
}

async function listening(server: Child): Promise<void> {
  await server.said("err", /Listening on http:/).catch((error) =>
    assert.fail(`${error.message}: ${server.err}`)
  );
}

attackTest(
  "who watches the shared temporary folder can neither open nor replace what is run",
  0o1777,
  async (rig) => {
    const attack = await rig.attack();
    const server = rig.start(...RUN);
    await listening(server);
    const { uid, digest, name } = running(server.pid);
    assert.equal(uid, OURS.uid);
    assert.equal(digest, await expectedDigest());
    assert.match(name, /\(deleted\)$/, "no name leads to it any more");
    await attack.end();
    const done = (await attack.lines()).filter((line) => !/^(watching|saw )/.test(line));
    assert.deepEqual(done, []);
    assert.deepEqual(await readdir(rig.shared), [], "and nothing is left to be rewritten");
  },
);

attackTest(
  "who may rename in the temporary folder puts nothing in the place of what is run",
  0o777,
  async (rig) => {
    const attack = await rig.attack();
    for (const _ of [1, 2, 3]) {
      const server = rig.start(...RUN);
      await listening(server);
      const { uid, digest } = running(server.pid);
      assert.deepEqual([uid, digest], [OURS.uid, await expectedDigest()]);
      await server.kill("SIGTERM");
    }
    await attack.end();
    const lines = await attack.lines();
    assert.ok(!lines.some((line) => /^(opened|listed) (?!.*index\.node)/.test(line)), lines.join("\n"));
  },
);

attackTest(
  "what was planted under every name that a start has used keeps nothing from starting",
  0o1777,
  async (rig) => {
    // The first start tells them the names, as the start of any copy of the program would.
    const attack = await rig.attack();
    await using first = rig.start(...RUN);
    await listening(first);
    await first.kill("SIGTERM");
    await attack.end();
    const seen = (await attack.lines()).flatMap((line) => /^saw (.*)/.exec(line)?.[1] ?? []);
    // And they know what older versions called it.
    const names = [...seen, "schelly436854050065258501113823054255954830378.node", "schelly-library-planted"];
    const library = await readFile(rig.program);
    for (const plant of ["a file", "a folder", "a link"]) {
      await rm(rig.shared, { recursive: true });
      await mkdir(rig.shared);
      await chmod(rig.shared, 0o1777);
      for (const name of names) {
        const path = `${rig.shared}/${name}`;
        if (plant === "a file") await writeFile(path, library.subarray(0, 4096));
        else if (plant === "a folder") await mkdir(path);
        else await symlink(`${rig.folder}/ours/schelly.yaml`, path);
        if (plant !== "a link") await chown(path, NOBODY.uid, NOBODY.gid);
      }
      const before = (await readdir(rig.shared)).sort();
      const server = rig.start(...RUN);
      await listening(server);
      const { uid, digest } = running(server.pid);
      assert.deepEqual([uid, digest], [OURS.uid, await expectedDigest()], plant);
      await server.kill("SIGTERM");
      assert.deepEqual((await readdir(rig.shared)).sort(), before, `${plant} of theirs stays`);
      assert.equal(await readFile(`${rig.folder}/ours/schelly.yaml`, "utf8"), YAML);
    }
  },
);

attackTest("commands that need no state put nothing into the temporary folder", 0o1777, async (rig) => {
  const before = (await lstat(rig.shared)).mtimeMs;
  for (
    const args of [
      ["version"],
      ["--help"],
      ["validate", "config", "--config", "schelly.yaml"],
      ["config", "show", "--config", "schelly.yaml"],
      ["config", "schema"],
      ["plan", "--file", "schelly.yaml", "--server", "http://127.0.0.1:1"],
      ["jobs", "list", "--server", "http://127.0.0.1:1"],
      ["healthcheck", "--server", "http://127.0.0.1:1"],
      ["completion", "bash"],
    ]
  ) await rig.start(...args).end();
  const serving = rig.start(
    "provider",
    "serve",
    "command",
    "--create",
    "true",
    "--delete",
    "true",
    "--listen",
    "127.0.0.1:0",
    "--state-folder",
    "journal",
  );
  await serving.said("err", /Serving .* at /);
  await serving.kill("SIGTERM");
  assert.equal((await lstat(rig.shared)).mtimeMs, before, "nothing was ever made in it");
});

test("where the temporary folder may run nothing, the folder of the service or session will do", {
  skip: binary.skip || requireTool("unshare", ["--version"]),
}, async () => {
  const folder = await mkdtemp(`${tmpdir()}/schelly-noexec-`);
  try {
    await writeFile(`${folder}/schelly.yaml`, YAML);
    const script =
      "mkdir t run; mount -t tmpfs -o noexec none t; export TMPDIR=$PWD/t RUNTIME_DIRECTORY=$PWD/run\n" +
      'exec "$0" run --config schelly.yaml';
    await using server = inMountNamespace("path" in binary ? binary.path : "", script, folder);
    await listening(server);
    assert.deepEqual(await readdir(`${folder}/run`), [], "nothing stays there either");
    assert.equal((await server.kill("SIGTERM")).code, 143, server.err);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
