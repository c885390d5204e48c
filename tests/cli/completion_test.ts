// Completions complete in the real shells what the command tree has, and the manual page shows all of it.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { main } from "../../src/cli/program.ts";
import { fakeHost } from "../support/fake_host.ts";
import { requireTool } from "../support/require_tool.ts";

async function printed(...args: string[]): Promise<string> {
  const host = fakeHost();
  assert.equal(await main(args, host), 0, host.err());
  return host.out();
}

/** Words typed so far; what must be offered, and what must not. */
const CASES: [words: string[], offered: string[], others: string[]][] = [
  [["ba"], ["backups"], ["jobs"]],
  [["backups", "li"], ["list"], ["show"]],
  [["backups", "list", "--li"], ["--limit"], ["--json"]],
  [["jobs", "list", "--json", "--so"], ["--socket"], ["--wait"]],
  [["run", "--config", "/etc/pass"], ["/etc/passwd"], ["--config"]],
];

/** Runs a script by a shell, with the completions in a file beside it; what it says. */
async function inShell(
  shell: string,
  flags: string[],
  script: (completions: string) => string,
): Promise<string> {
  const folder = mkdtempSync(`${tmpdir()}/schelly-completion-`);
  try {
    writeFileSync(`${folder}/completions`, await printed("completion", shell));
    writeFileSync(`${folder}/script`, script(`${folder}/completions`));
    const command = new Deno.Command(shell, { args: [...flags, `${folder}/script`], env: { HOME: folder } });
    const { code, stdout, stderr } = await command.output();
    assert.deepEqual({ code, err: new TextDecoder().decode(stderr) }, { code: 0, err: "" });
    return new TextDecoder().decode(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const SHELLS: Record<
  string,
  { flags: string[]; script: (words: string[]) => (completions: string) => string }
> = {
  bash: {
    flags: ["--norc"],
    script: (words) => (completions) =>
      `source ${completions}\nCOMP_WORDS=(schelly ${words.join(" ")})\nCOMP_CWORD=${words.length}\n` +
      `_schelly\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`,
  },
  zsh: {
    flags: ["-f"],
    // Outside of a line editor nothing can be offered: what would be is printed, by the same prefix as zsh does.
    script: (words) => (completions) =>
      `compdef() { : }\n_describe() { local e; for e in $entries; do [[ $e == \${words[-1]}* ]] && echo \${e%%:*}; done }\n` +
      `_files() { ls -d \${words[-1]}*(N) }\nsource ${completions}\n` +
      `words=(schelly ${words.join(" ")})\nCURRENT=${words.length + 1}\n_schelly\n`,
  },
  fish: {
    flags: ["--no-config"],
    script: (words) => (completions) =>
      `source ${completions}\nset -l found (complete -C "schelly ${words.join(" ")}")\n` +
      `for line in $found; string replace -r '\\t.*' '' -- $line; or echo $line; end\ntrue\n`,
  },
};

for (const [shell, { flags, script }] of Object.entries(SHELLS)) {
  test(`completion: ${shell} offers commands, options and files`, {
    skip: requireTool(shell, ["--version"]),
  }, async () => {
    for (const [words, offered, others] of CASES) {
      const lines = (await inShell(shell, flags, script(words))).split("\n");
      for (const word of offered) assert.ok(lines.includes(word), `${words.join(" ")}: ${word} in ${lines}`);
      for (const word of others) assert.ok(!lines.includes(word), `${words.join(" ")}: ${word} in ${lines}`);
    }
  });
}

test("man: the page has every command, and man finds nothing wrong with it", {
  skip: requireTool("man", ["--version"]),
}, async () => {
  const page = await printed("man");
  for (const command of ["backups list", "systemd unit", "completion zsh", "jobs trigger"]) {
    assert.ok(page.includes(`.SS schelly ${command}`), command);
  }
  const folder = mkdtempSync(`${tmpdir()}/schelly-man-`);
  try {
    writeFileSync(`${folder}/schelly.1`, page);
    const command = new Deno.Command("man", {
      args: ["--warnings", "-l", `${folder}/schelly.1`],
      env: { MANWIDTH: "80", LC_ALL: "C.UTF-8", PAGER: "cat" },
    });
    const { code, stdout, stderr } = await command.output();
    assert.deepEqual({ code, err: new TextDecoder().decode(stderr) }, { code: 0, err: "" });
    assert.match(new TextDecoder().decode(stdout), /schelly backups list/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
