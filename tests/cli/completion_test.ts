// Completions complete in the real shells what the command tree has, and the manual page shows all of it.
// Also tests command_tree.ts and man.ts.

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

/**
 * A zsh with its own completion system at a terminal of its own, in which `keys` are pressed: prints the last word of
 * the line as it stands then, and what appeared on the screen.
 */
function zshSession(completions: string, keys: string): string {
  return `zmodload zsh/zpty
folder=${completions}.zsh
mkdir $folder
cp ${completions} $folder/_schelly
zpty terminal zsh -f
# Whatever it shows is read, or it would wait for that.
await() {
  local part tries=0
  until [[ -e $1 ]]; do
    while zpty -r -t terminal part; do screen+=$part; done
    sleep 0.01
    (( ++tries < 1500 )) || { echo "$1 never came: $screen" >&2; exit 1; }
  done
}
zpty -w terminal "stty rows 100 columns 160; TERM=xterm PS1= LISTMAX=1000 fpath=($folder \\$fpath); bindkey -e"
zpty -w terminal "tell() { print -r -- \\$BUFFER >$folder/line.new; mv $folder/line.new $folder/line }"
zpty -w terminal "zle -N tell; bindkey '^T' tell; autoload -Uz compinit; compinit -D -u; : >$folder/ready"
await $folder/ready
screen=
zpty -w -n terminal $'${keys}\x14'
await $folder/line
while zpty -r -t terminal part; do screen+=$part; done
zpty -d terminal
line=$(<$folder/line)
print -r -- \${\${=line}[-1]}
print -r -- $screen
`;
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
    script: (words) => (completions) => zshSession(completions, `schelly ${words.join(" ")}\\t`),
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

test("completion: zsh lists what may follow, and what each is for", {
  skip: requireTool("zsh", ["--version"]),
}, async () => {
  // Control and D show what fits without taking any of it.
  const screen = await inShell(
    "zsh",
    ["-f"],
    (completions) => zshSession(completions, "schelly backups \\x04"),
  );
  assert.match(screen, /explain +-- \S+/);
  assert.match(screen, /list +-- \S+/);
  assert.doesNotMatch(screen, /trigger/);
});

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
