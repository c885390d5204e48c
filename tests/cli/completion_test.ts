// Completions complete in the real shells what the command tree has.
// Also tests command_tree.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../src/cli/program.ts";
import { inShell, SHELLS, zshSession } from "../support/completion_shells.ts";
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
  [["backups", "list", "--status", "delete-"], ["delete-error"], ["--json", "deleted"]],
  [["run", "--config", "/etc/pass"], ["/etc/passwd"], ["--config"]],
];

for (const [shell, { script }] of Object.entries(SHELLS)) {
  test(`completion: ${shell} offers commands, options and files`, {
    skip: requireTool(shell, ["--version"]),
  }, async () => {
    const completions = await printed("completion", shell);
    for (const [words, offered, others] of CASES) {
      const lines = (await inShell(shell, completions, script(words))).split("\n");
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
    await printed("completion", "zsh"),
    (completions) => zshSession(completions, "schelly backups \\x04"),
  );
  assert.match(screen, /explain +-- \S+/);
  assert.match(screen, /list +-- \S+/);
  assert.doesNotMatch(screen, /trigger/);
});
