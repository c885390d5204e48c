// Asks real shells what the completions offer.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";

/** Runs a script by a shell, with the completions in a file beside it; what it says. It says nothing on standard error. */
export async function inShell(
  shell: string,
  completions: string,
  script: (file: string) => string,
  env: Record<string, string> = {},
): Promise<string> {
  const folder = mkdtempSync(`${tmpdir()}/schelly-completion-`);
  try {
    writeFileSync(`${folder}/completions`, completions);
    writeFileSync(`${folder}/script`, script(`${folder}/completions`));
    const args = [...SHELLS[shell]!.flags, `${folder}/script`];
    const command = new Deno.Command(shell, { args, env: { HOME: folder, ...env } });
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
export function zshSession(completions: string, keys: string): string {
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

/** How each shell is asked what may follow some words: a line of output for each. */
export const SHELLS: Record<
  string,
  { flags: string[]; script: (words: string[]) => (completions: string) => string }
> = {
  bash: {
    flags: ["--norc"],
    script: (words) => (completions) =>
      `source ${completions}\nCOMP_WORDS=(schelly ${words.map((word) => `'${word}'`).join(" ")})\n` +
      `COMP_CWORD=${words.length}\nCOMP_LINE='schelly ${words.join(" ")}'\nCOMP_POINT=\${#COMP_LINE}\n` +
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
