// The built-in `restic` in a process that sees as little of /proc as the shipped unit lets it, beside a restic of somebody
// else on the same repository: that one's backup is whole in the end.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { procOfUnit, whyNoSandbox, withProc } from "../support/proc_sandbox.ts";
import { PROGRAM, programTest, type Rig, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const skip = requireTool("restic") || whyNoSandbox();

/** The group that shares the repository. */
const GROUP = 12_345;
/** Root without its powers: another user like any other, who can load the program. */
const OURS = { uid: 0, gid: GROUP };
const THEIRS = ["setpriv", "--reuid=12345", `--regid=${GROUP}`, "--clear-groups", "--inh-caps=-all"];
const PASSWORD = { RESTIC_PASSWORD: "secret" };

/** Data, and a repository that the group may write. */
async function lay(rig: Rig): Promise<{ ours: string; theirs: string; repository: string }> {
  const [ours, theirs, repository] = ["ours", "theirs", "repository"].map((name) => `${rig.folder}/${name}`);
  await chmod(rig.folder, 0o755);
  await mkdir(ours!);
  await mkdir(theirs!);
  await writeFile(`${ours}/file`, "content");
  // More than a pack: what is full is written at once, and indexed later.
  await writeFile(`${theirs}/file`, randomBytes(40_000_000));
  await rig.tool(["restic", "-q", "-r", repository!, "--no-cache", "init"], PASSWORD);
  await rig.tool(["sh", "-c", `chgrp -R ${GROUP} "$0" && chmod -R g+rwX "$0"`, repository!]);
  return { ours: ours!, theirs: theirs!, repository: repository! };
}

for (
  const [name, mount] of [["unit", procOfUnit()], ["strictest", "hidepid=invisible,subset=pid"]] as const
) {
  programTest(
    `a live lock of another user is never removed, nor what its backup has written: ${name} /proc`,
    async (rig) => {
      const { ours, theirs, repository } = await lay(rig);
      // What restic is still writing is no lock yet, and stays when it is killed there.
      const locks = async () =>
        (await readdir(`${repository}/locks`)).filter((name) => !name.includes("-tmp-"));
      // Each restic that runs writes its number down before it becomes one.
      await mkdir(`${rig.folder}/bin`);
      const wrapper = `#!/bin/sh\ncase "$*" in *backup*) echo $$ >> ${rig.folder}/pids;; esac\n` +
        `exec $(PATH=\${PATH#*:} which restic) "$@"\n`;
      await writeFile(`${rig.folder}/bin/restic`, wrapper, { mode: 0o755 });
      const yaml =
        `state: { url: "file:s.db" }\nproviders:\n  p: { poll_interval: 1s, restic: { repository: ` +
        `${repository}, password: secret, paths: [${ours}], prune: true, limit_upload: 1 } }\n` +
        `jobs: [ { name: a, provider: p } ]\n`;
      await writeFile(`${rig.folder}/p.yaml`, yaml);
      const argv = [
        ...PROGRAM,
        "provider",
        "serve",
        "restic",
        "--config",
        `${rig.folder}/p.yaml`,
        "--name",
        "p",
      ];
      const provider = rig.spawn(
        "provider",
        withProc(mount, OURS, [...argv, "--listen", "127.0.0.1:0", "--state-folder", `${rig.folder}/state`]),
        { PATH: `${rig.folder}/bin:${Deno.env.get("PATH")}`, RESTIC_CACHE_DIR: `${rig.folder}/cache` },
      );
      const [, url] = await provider.said("err", /Serving .* at (http:\/\/\S+?)\.\n/);
      const ask = async (method: string, path: string) => {
        const answer = await fetch(`${url}${path}`, { method });
        return { status: answer.status, body: await answer.json() };
      };
      const stateOf = async (id: string) => (await ask("GET", `/${id}`)).body.status;
      const first = (await ask("POST", "")).body.id;
      await until("the first is made", async () => await stateOf(first) === "available", 60_000);

      const packs = async () => (await readdir(`${repository}/data`, { recursive: true })).length;
      const before = await packs();
      const feed = `{ cat ${theirs}/file; while [ ! -e ${rig.folder}/go ]; do sleep 0.1; done; }`;
      const their = rig.spawn("their restic", [
        ...[...THEIRS, "sh", "-c"],
        `${feed} | restic -r ${repository} --no-cache backup --stdin`,
      ], PASSWORD);
      await until("they hold a lock and have written", async () => (await packs()) > before);
      const [theirLock] = await locks();
      // And one of ours is killed beside it.
      await writeFile(`${ours}/big`, randomBytes(300_000));
      const killed = (await ask("POST", "")).body.id;
      await until("we hold a lock, too", async () => (await locks()).length === 2);
      const pids = (await readFile(`${rig.folder}/pids`, "utf8")).trim().split("\n");
      Deno.kill(Number(pids.at(-1)), "SIGKILL");
      await until("it is over", async () => await stateOf(killed) === "failed");
      assert.equal((await locks()).length, 2);

      const refused = await ask("DELETE", `/${first}`);
      assert.equal(refused.status, 503, JSON.stringify(refused.body));
      assert.match(refused.body.error, /locked by another restic, which may be at work: .*\(PID \d+\)/);
      assert.ok(refused.body.error.includes(`rm -f ${repository}/locks/${theirLock}`), refused.body.error);
      assert.deepEqual(await locks(), [theirLock]);

      await writeFile(`${rig.folder}/go`, "");
      assert.equal((await their.ended).code, 0, their.err);
      await until("nobody holds a lock", async () => (await locks()).length === 0);
      const deleted = await ask("DELETE", `/${first}`);
      assert.equal(deleted.status, 200, JSON.stringify(deleted.body));
      const restic = (...args: string[]) =>
        rig.tool(["restic", "-q", "-r", repository, "--no-cache", ...args], PASSWORD);
      await restic("check", "--read-data");
      await restic("restore", "latest", "--target", `${rig.folder}/restored`);
      const restored = await readFile(`${rig.folder}/restored/stdin`);
      assert.ok(restored.equals(await readFile(`${theirs}/file`)), "their backup is not what it was");
    },
    { skip },
  );

  programTest(
    `a second provider does not take the journal of a living one over: ${name} /proc`,
    async (rig) => {
      await chmod(rig.folder, 0o755);
      const folder = `${rig.folder}/state`;
      const serve = (user: { uid: number; gid: number }) =>
        rig.spawn(
          "provider",
          withProc(mount, user, [
            ...[...PROGRAM, "provider", "serve", "command", "--create", "sleep 60", "--delete", "true"],
            ...["--listen", "127.0.0.1:0", "--state-folder", folder],
          ]),
        );
      const first = serve(OURS);
      const [, url] = await first.said("err", /Serving .* at (http:\/\/\S+?)\.\n/);
      const answer = await fetch(url!, { method: "POST" });
      const { id } = await answer.json();
      const second = await serve(OURS).end();
      assert.equal(second.code, 1, second.err);
      assert.match(second.err, /process \d+ keeps its backups there and is alive/);
      assert.equal((await (await fetch(`${url}/${id}`)).json()).status, "running");
      // Killed, it leaves what the next one may take over, also from within another container.
      await first.kill("SIGKILL");
      const third = rig.spawn(
        "provider",
        ["unshare", "--pid", "--fork", "--mount-proc"].concat(
          [...PROGRAM, "provider", "serve", "command", "--create", "sleep 60", "--delete", "true"],
          ["--listen", "127.0.0.1:0", "--state-folder", folder],
        ),
      );
      const [, again] = await third.said("err", /Serving .* at (http:\/\/\S+?)\.\n/);
      const cutOff = await (await fetch(`${again}/${id}`)).json();
      assert.equal(cutOff.status, "failed");
      assert.match(
        cutOff.message,
        /^cut off: .*whether process \d+ of it has ended cannot be seen from here/,
      );
    },
    { skip },
  );
}
