// The manual has a page for the program and for each command, with its examples and exit codes, and man and mandoc find
// nothing wrong with any.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { commandTree } from "../../src/cli/command_tree.ts";
import { buildProgram, main } from "../../src/cli/program.ts";
import { EXIT, EXIT_WORDS } from "../../src/cli/terminal/exit.ts";
import { ROOTS } from "../../src/cli/terminal/roots.ts";
import { fakeHost } from "../support/fake_host.ts";
import { mayLack, requireTool } from "../support/require_tool.ts";

const ROOT = `${import.meta.dirname}/../..`;

async function page(...words: string[]): Promise<string> {
  const host = fakeHost();
  assert.equal(await main(["man", ...words], host), 0, host.err());
  return host.out();
}

const commands = async () => commandTree(await buildProgram({ host: fakeHost(), roots: ROOTS, finish() {} }));

/** Every page in a folder of its own. */
async function withPages(use: (files: string[]) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(`${tmpdir()}/schelly-man-`);
  try {
    const files = [];
    for (const { path } of await commands()) {
      const file = `${folder}/${["schelly", ...path].join("-")}.1`;
      writeFileSync(file, await page(...path));
      files.push(file);
    }
    await use(files);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("man: the page of the program lists every command, that of a command what it takes", async () => {
  const whole = await page();
  for (const { path, children } of await commands()) {
    if (children.length > 0) continue;
    assert.ok(whole.includes(`.B schelly ${path.join(" ").replaceAll("-", "\\-")} `), path.join(" "));
  }
  const trigger = await page("jobs", "trigger");
  for (
    const part of [
      ".TH SCHELLY\\-JOBS\\-TRIGGER 1",
      "schelly\\-jobs\\-trigger \\- start a backup of a job now",
      ".SH ARGUMENTS\n.TP\n.B job\nname of the job",
      ".B \\-\\-timeout <time>",
      ".SH EXAMPLES\n.nf\nschelly jobs trigger postgres",
      ".TP\n.B 5\nnot found",
      ".BR schelly\\-jobs (1)",
    ]
  ) {
    assert.ok(trigger.includes(part), part);
  }
  assert.ok((await page("jobs")).includes(".B schelly jobs trigger [options] <job>"));
});

test("man: what is no command is refused, and --to writes all pages", async () => {
  const odd = fakeHost();
  assert.equal(await main(["man", "jobs", "nothing"], odd), 2);
  assert.match(odd.err(), /There is no command 'jobs nothing': see `schelly --help`/);
  assert.equal(await main(["man", "jobs", "--to", "/m"], fakeHost()), 2);
  const host = fakeHost();
  assert.equal(await main(["man", "--to", "/m"], host), 0, host.err());
  for (const { path } of await commands()) {
    assert.equal(await host.files.readText(`/m/${["schelly", ...path].join("-")}.1`), await page(...path));
  }
  assert.equal(host.out(), "");
});

test(
  "man --warnings finds nothing wrong with any page",
  { skip: requireTool("man", ["--version"]) },
  async () => {
    await withPages(async (files) => {
      const command = new Deno.Command("man", {
        args: ["--warnings", "-l", ...files],
        env: { MANWIDTH: "80", LC_ALL: "C.UTF-8", PAGER: "cat" },
      });
      const { code, stdout, stderr } = await command.output();
      assert.deepEqual({ code, err: new TextDecoder().decode(stderr) }, { code: 0, err: "" });
      assert.match(new TextDecoder().decode(stdout), /schelly backups list/);
    });
  },
);

test("mandoc finds no error in any page", { skip: mayLack("mandoc", ["-V"]) }, async () => {
  await withPages(async (files) => {
    const { stdout } = await new Deno.Command("mandoc", { args: ["-T", "lint", "-W", "warning", ...files] })
      .output();
    assert.equal(new TextDecoder().decode(stdout), "");
  });
});

test("each exit code stands in the help, in the manual and in docs/operating.md", async () => {
  assert.deepEqual(EXIT_WORDS.map(([code]) => code), Object.values(EXIT));
  const host = fakeHost();
  await main(["--help"], host);
  const operating = readFileSync(`${ROOT}/docs/operating.md`, "utf8");
  for (const [code, says] of EXIT_WORDS) {
    assert.match(host.out(), new RegExp(`^ +${code} {2}${says}$`, "m"));
    assert.ok((await page()).includes(`.B ${code}\n${says.replaceAll("-", "\\-")}`));
    assert.match(
      operating,
      new RegExp(`^\\| ${code} +\\| ${says} +\\|`, "m"),
      `${code} in docs/operating.md`,
    );
  }
});

test("man on a terminal says how the page is read; elsewhere it says nothing", async () => {
  const host = fakeHost({ tty: true });
  assert.equal(await main(["man", "jobs", "trigger"], host), 0);
  assert.match(host.err(), /: schelly man jobs trigger \| man -l -\n$/);
  const piped = fakeHost();
  await main(["man", "jobs", "trigger"], piped);
  assert.equal(piped.err(), "");
});
