// Every command of docs/quickstart/ works as it stands, with the real tools, on what a reader of that page has already.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { codeBlocks } from "../support/markdown.ts";
import { paste } from "../support/paste.ts";
import { programTest } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const FOLDER = fileURLToPath(new URL("../../docs/quickstart/", import.meta.url));
const blocksOf = (page: string, language: string) =>
  codeBlocks(readFileSync(`${FOLDER}${page}`, "utf8")).filter((block) => block.language === language)
    .map(({ text }) => text);

/** A server of this folder alone. */
const ALONE = `export SCHELLY_SOCKET=$PWD/schelly.sock SCHELLY_LISTEN=127.0.0.1:0
mkdir -p data/sub; echo worth keeping > data/sub/note; echo passing > data/x.tmp
`;

interface Reader {
  skip: string | false;
  /** Makes what they have. */
  has: string;
  /** What the commands say, or leave. */
  says: RegExp[];
}

const READERS: Record<string, Reader> = {
  "borgmatic.md": {
    skip: requireTool("borg", ["--version"]) || requireTool("python3", ["--version"]),
    has: `export CONFIG=$PWD/borgmatic.yaml BORG_BASE_DIR=$PWD/base
export BORG_PASSPHRASE="it's a secret"
borg init -e repokey-blake2 laptop.borg 2> /dev/null
borg create --timestamp 2026-01-05T02:00:00 laptop.borg::nas-2026-01-05 data
unset BORG_PASSPHRASE
cat > borgmatic.yaml << END
source_directories: [$PWD/data, "$PWD/da*"]
repositories: [ { path: $PWD/laptop.borg, label: laptop } ]
exclude_patterns: ["*.tmp"]
encryption_passphrase: "it's a secret"
compression: zstd,3
keep_daily: 7
keep_weekly: 4
commands: [ { before: action, when: [create], run: ["echo before {repository_label} > $PWD/ran"] } ]
END`,
    says: [
      /^Wrote .*schelly\.yaml: 1 job\.$/m,
      /available: /,
      /nas-2026-01-05/,
      /^1 backup of 'command:laptop' came in/m,
      /can be restored/,
    ],
  },
};

for (const [page, { skip, has, says }] of Object.entries(READERS)) {
  programTest(`docs/quickstart/${page} works as pasted`, async (rig) => {
    const { code, out, err } = await paste(rig, blocksOf(page, "sh"), `${ALONE}${has}`);
    assert.equal(code, 0, `${out}\n${err}`);
    for (const pattern of says) assert.match(`${out}\n${err}`, pattern);
    const restored = await rig.tool(["find", `${rig.folder}/try/restored`, "-name", "note"]);
    assert.notEqual(restored, "", "a file is restored");
    assert.equal(
      await rig.tool(["find", `${rig.folder}/try/restored`, "-name", "x.tmp"]),
      "",
      "what is left out stays out",
    );
  }, { skip });
}

test("every page of docs/quickstart/ is run", () => {
  const pages = readdirSync(FOLDER).filter((name) => name !== "README.md").sort();
  assert.deepEqual(pages, Object.keys(READERS).sort());
});
