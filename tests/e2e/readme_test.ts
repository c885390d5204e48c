// What people copy from README.md and docs/operating.md works as it stands: on a throwaway copy of the machine's folders
// and of this project, in a network of its own. And the picture shows what the program says.

import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { drawPicture, PICTURE } from "../../scripts/picture.ts";
import { codeBlocks } from "../support/markdown.ts";
import { type Ended, PROGRAM, programTest, type Rig } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";
import { whyNoContainers } from "../support/scratch_container.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGES = ["README.md", "docs/operating.md"];
const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");
const blocksOf = (page: string, language: string) =>
  codeBlocks(read(page)).filter((block) => block.language === language);

test("README.md fits on two screens", () => {
  const lines = read("README.md").trimEnd().split("\n");
  assert.ok(lines.length <= 110, `${lines.length} lines`);
});

for (const page of PAGES) {
  programTest(`every configuration in ${page} is valid`, async (rig) => {
    for (const { text, line } of blocksOf(page, "yaml")) {
      writeFileSync(rig.configFile, text);
      const { code, err } = await rig.cli("validate", "config", "--no-secrets", rig.configFile);
      assert.equal(code, 0, `${page}:${line}: ${err}`);
    }
  });

  programTest(`every command in ${page} works, one after the other`, async (rig) => {
    const blocks = blocksOf(page, "sh");
    assert.ok(blocks.length >= 3);
    const ended = await inThrowaway(rig, blocks.map(({ text }) => text));
    assert.equal(ended.code, 0, `the last line that ran is the one that failed:\n${ended.err}`);
    assert.match(ended.out, /^all of it ran$/m);
  }, { skip: whyNoContainers() });
}

programTest("the restic configuration in README.md makes a backup as it stands", async (rig) => {
  const text = blocksOf("README.md", "yaml").map(({ text }) => text).find((text) =>
    text.includes(" restic: #")
  )!;
  // The machine's own folders, in the folder of this test.
  const config = text.replace(/(?<=[ [:])\/(?=srv|home|etc|var)/g, `${rig.folder}/`);
  const script = `set -e -o pipefail
mkdir -p srv var/lib/schelly home etc; echo x > home/a
${/\((umask .*restic-password)\)/.exec(text)![1]}`;
  const { code, err } = await rig.spawn("a newcomer", ["bash", "-c", script]).ended;
  assert.equal(code, 0, err);
  const server = await rig.server({ yaml: config.replace(/^state:.*\n/, "") });
  await server.backup("home");
  assert.notEqual(await rig.tool(["find", `${rig.folder}/srv/restic`, "-name", "config"]), "");
}, { skip: requireTool("restic") });

test("docs/pictures/terminal.svg shows what the program says", async () => {
  const [is, should] = [readFileSync(PICTURE, "utf8"), await drawPicture()];
  assert.ok(is === should, "the picture is not current: run `deno run -P scripts/picture.ts`");
});

/** Runs the blocks of a page, each in a shell of its own; whatever they change is gone afterwards, and so is whatever they have started. */
async function inThrowaway(rig: Rig, blocks: readonly string[]): Promise<Ended> {
  const tools = `${rig.folder}/tools`;
  await mkdir(tools);
  const put = (name: string, text: string) => {
    writeFileSync(`${tools}/${name}`, `#!/bin/bash\nset -eu\n${text}\n`);
    chmodSync(`${tools}/${name}`, 0o755);
  };
  const program = PROGRAM.map((word) => `'${word}'`).join(" ");
  put("schelly", `exec ${program} "$@"`);
  put("sudo", 'exec "$@"');
  // The editor of a person who wants one job.
  put("sudoedit", `mkdir -p "\${1%/*}"; printf '%s' "$CONFIGURATION" >"$1"`);
  // There is no service manager here: its part is to start what the unit names.
  put(
    "systemctl",
    `[ "$1" = enable ] || exit 0
    serve "$(sed -n 's/^ExecStart=//p' /etc/systemd/system/schelly.service)"`,
  );
  // One server at a time: a person would end the one before.
  put(
    "serve",
    `if [ -e server.pid ]; then
      # What it has started outlives it for a moment, and holds the port and the state so long.
      kill -- "-$(cat server.pid)"
      while kill -0 -- "-$(cat server.pid)" 2>/dev/null; do sleep 0.05; done
    fi
    : >server.log
    setsid bash -c "$1" </dev/null >>server.log 2>&1 & echo $! >server.pid
    for _ in {1..600}; do
      if grep -q 'Listening on' server.log; then exit 0; fi
      kill -0 "$(cat server.pid)" || break
      sleep 0.05
    done
    cat server.log >&2; exit 1`,
  );
  const shells = blocks.map((block) => `(\n${block.trimEnd().split("\n").map(commandOf).join("\n")}\n)`);
  const asked = `set -euo pipefail
cd project
rm -rf demo
install -D "$TOOLS/schelly" dist/schelly
serve 'make run'
# Where to look and what to type is the last that stands there.
until tail -n 4 server.log | grep -q 'Ctrl-C'; do kill -0 "$(cat server.pid)"; sleep 0.1; done
grep -q 'The page: .*http://127.0.0.1:8080/' server.log
set -x
${shells.join("\n")}
set +x
printf '\\nall of it ran\\n'
`;
  const layers = ["/etc", "/usr/lib", "/usr/local", "/var/lib"];
  const over = (lower: string, at: string, name: string) =>
    `mkdir -p layers/${name}/upper layers/${name}/work
    mount -t overlay overlay -o 'lowerdir=${lower},upperdir=layers/${name}/upper,workdir=layers/${name}/work' '${at}'`;
  const setup = `ip link set lo up
mkdir layers project
mount -t tmpfs none layers
${over(ROOT.replace(/\/$/, ""), "project", "project")}
${layers.map((folder, i) => over(folder, folder, String(i))).join("\n")}
exec bash -c "$ASKED"`;
  const namespaces = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
  return await rig.spawn("a newcomer", ["timeout", "300", "unshare", ...namespaces, "sh", "-euc", setup], {
    TOOLS: tools,
    ASKED: asked,
    CONFIGURATION: 'jobs: [ { name: a, provider: { url: "http://127.0.0.1:7070/backups" } } ]\n',
    PATH: `${tools}:/usr/sbin:/sbin:${Deno.env.get("PATH")}`,
  }).ended;
}

/** A line of a page as the shell gets it. */
function commandOf(line: string): string {
  const command = line.replace(/\s+#.*$/, "");
  // What does not end by itself is waited for until it listens; what every test does already is only looked at.
  if (/^make run$|schelly run$/.test(command)) return `serve '${command}'`;
  // A backup by hand is refused while another one runs, and the demo often makes one.
  if (/^schelly jobs trigger/.test(command)) {
    return `tries=0; until ${command}; do (( ++tries < 20 )); sleep 0.3; done`;
  }
  return command.replace(/^make (build|test)$/, "make -n $1");
}
