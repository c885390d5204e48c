// `schelly provider test` against a provider in a process of its own, which is also killed in the middle of a backup.

import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ConformanceReport } from "../../src/provider/conformance/conformance.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { keepsAs } from "./conformance_table.ts";
import { type Child, PROGRAM, type Rig } from "./program.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Asks the test to kill the provider and to start it again, and waits until it has. */
const RESTART = "touch again; for i in $(seq 300); do [ -e again ] || exit 0; sleep 0.1; done; exit 1";

export interface Tested {
  start(): Child;
  /** Said on the output of this name once it serves. */
  ready: ["out" | "err", RegExp];
  url: string;
}

/**
 * Examines it whole: none fails, nothing is left, and it ends as the guide's table says in `column`. The provider is
 * killed and started again whenever the examination asks for that.
 */
export async function examine(
  rig: Rig,
  { start, ready, url }: Tested,
  column: string,
  ...args: string[]
): Promise<void> {
  let provider = start();
  await provider.said(...ready);
  const restored = restoreRoot(rig);
  await mkdir(restored, { recursive: true });
  const common = ["--yes", "--json", "--poll-interval", "100ms", "--restore-to", restored];
  const flags = [...common, "--restart-command", RESTART, ...args];
  const tester = rig.spawn("schelly provider test", [...PROGRAM, "provider", "test", url, ...flags]);
  let over = false;
  const ended = tester.ended.finally(() => over = true);
  while (!over) {
    await systemClock.sleep(50);
    if (!await stat(`${rig.folder}/again`).catch(() => undefined)) continue;
    await provider.kill("SIGKILL");
    provider = start();
    await provider.said(...ready);
    await rm(`${rig.folder}/again`);
  }
  const { code, out, err } = await ended;
  const report = JSON.parse(out) as ConformanceReport;
  const failed = report.checks.filter(({ status }) => status === "fail");
  assert.deepEqual(failed, []);
  assert.deepEqual(report.left, []);
  assert.deepEqual(await readdir(restored), [], "what was restored is removed");
  assert.equal(code, 0, err);
  await keepsAs(column, report.checks);
}

/** Below which the provider may restore. */
export function restoreRoot(rig: Rig): string {
  return `${rig.folder}/restored`;
}

/** The one block of this language in the guide. */
export async function example(language: string): Promise<string> {
  const guide = await readFile(`${ROOT}docs/providers.md`, "utf8");
  const blocks = [...guide.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, name]) => name === language);
  assert.equal(blocks.length, 1, `one example in ${language}`);
  return blocks[0]![2]!;
}

/** A tar that takes its time, so that a backup can be caught while it runs. */
export async function slowTar(rig: Rig): Promise<Record<string, string>> {
  await mkdir(`${rig.folder}/bin`);
  const { PATH } = process.env;
  await writeFile(`${rig.folder}/bin/tar`, `#!/bin/sh\nsleep 1\nPATH='${PATH}' exec tar "$@"\n`);
  await chmod(`${rig.folder}/bin/tar`, 0o755);
  await mkdir(`${rig.folder}/source`);
  await writeFile(`${rig.folder}/source/file`, "content");
  await writeFile(`${rig.folder}/source/other file`, "more content");
  return { PATH: `${rig.folder}/bin:${PATH}` };
}
