// A restic repository in a folder of its own, and the built-in on it; everything of restic is real.

import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import type { ResticProviderSpec } from "../../src/domain/provider_spec.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Processes, ProcessSpec } from "../../src/ports/host.ts";
import type { BackupInfo } from "../../src/ports/provider.ts";
import type { BackupHost } from "../../src/provider/host/backup_host.ts";
import { createBuiltinProvider } from "../../src/provider/builtin/builtin_provider.ts";
import { createResticSiblings, type ResticSiblings } from "../../src/provider/builtin/restic_siblings.ts";
import { createHost } from "../../src/runtime/host.ts";
import { callOf, ended, tempFolder } from "./backup_rig.ts";
import { makeQuickRepository, QUICK_PASSWORD } from "./quick_repository.ts";
import { requireTool } from "./require_tool.ts";

const host = createHost();
export const PASSWORD = QUICK_PASSWORD;

const skip = requireTool("restic");

/** A test with a new repository and an empty folder of data. */
export function resticTest(
  name: string,
  body: (rig: ResticRig) => Promise<void>,
  program: string = "restic",
): void {
  test(program === "restic" ? name : `${name} (${program})`, { skip }, async () => {
    await using folder = await tempFolder();
    await mkdir(`${folder.path}/data/sub`, { recursive: true });
    const rig = new ResticRig(folder.path, program);
    await makeQuickRepository(rig.repository, "first");
    await body(rig);
  });
}

/** The same, run once more with each restic of SCHELLY_TEST_RESTICS, paths between colons. */
export function everyResticTest(name: string, body: (rig: ResticRig) => Promise<void>): void {
  const others = (process.env.SCHELLY_TEST_RESTICS ?? "").split(":").filter((path) => path !== "");
  for (const program of ["restic", ...others]) resticTest(name, body, program);
}

/** One test's repository. */
export class ResticRig {
  readonly data: string;
  readonly repository: string;
  /** Every command that was run. */
  readonly commands: ProcessSpec[] = [];
  readonly events: EngineEvent[] = [];
  /** Of each of them that was started. */
  readonly pids: number[] = [];
  /** Of those that were admitted before they began, with all that was kept in the state's folder right then. */
  readonly admitted: { pid: number; kept: string }[] = [];
  /** Added to what the provider's clocks say. */
  readonly ahead = { wallMs: 0, monotonicMs: 0 };
  /** How much faster the provider's time goes while it waits; its time limits stay real. */
  pace = 1;

  /** `program`: the restic that the test is about. */
  constructor(readonly folder: string, readonly program = "restic") {
    this.data = `${folder}/data`;
    this.repository = `${folder}/repository`;
  }

  spec(more: Partial<ResticProviderSpec> = {}): ResticProviderSpec {
    return {
      kind: "restic",
      key: "restic",
      formerly: [],
      maxConcurrent: 1,
      timeouts: { createMs: 60_000, getMs: 30_000 * this.pace, deleteMs: 60_000 * this.pace },
      pollIntervalMs: 1_000,
      verifyBeforeDelete: true,
      pre: null,
      post: null,
      createLimitMs: null,
      createBody: undefined,
      deleteBody: undefined,
      repository: this.repository,
      program: this.program,
      passwordFile: null,
      password: PASSWORD,
      paths: [this.data],
      exclude: [],
      excludeFiles: [],
      excludeIfPresent: [],
      excludeCaches: false,
      tags: [],
      host: null,
      oneFileSystem: false,
      limitUpload: null,
      limitDownload: null,
      compression: null,
      readConcurrency: null,
      options: {},
      lockWaitMs: 20_000,
      init: true,
      prune: false,
      pruneUpkeep: null,
      checkUpkeep: null,
      onIncomplete: "fail",
      env: { RESTIC_CACHE_DIR: `${this.folder}/cache` },
      extraBackupArgs: [],
      ...more,
    };
  }

  /**
   * `siblings`: what the providers of one program know of each other; absent: this one is alone in its own. `measures`:
   * the repository is measured now and then.
   */
  open(
    more: Partial<ResticProviderSpec> = {},
    state = "state",
    siblings: ResticSiblings = createResticSiblings(),
    measures = false,
  ): Promise<BackupHost> {
    const processes: Processes = {
      ...host.processes,
      run: (spec) => {
        this.commands.push(spec);
        const onStart = (pid: number) => {
          this.pids.push(pid);
          spec.onStart?.(pid);
        };
        const admit = spec.admit && (async (pid: number) => {
          await spec.admit!(pid);
          const files = await host.files.list(`${this.folder}/${state}`);
          const texts = await Promise.all(
            files.map((name) => readFile(`${this.folder}/${state}/${name}`, "utf8").catch(() => "")),
          );
          this.admitted.push({ pid, kept: texts.join("\n") });
        });
        return host.processes.run({ ...spec, onStart, admit });
      },
    };
    const clock = {
      ...host.clock,
      now: () => host.clock.now() + this.ahead.wallMs,
      monotonic: () => host.clock.monotonic() * this.pace + this.ahead.monotonicMs,
      sleep: (ms: number, signal?: AbortSignal) => host.clock.sleep(ms / this.pace, signal),
    };
    const sink = { emit: (event: EngineEvent) => void this.events.push(event) };
    const ports = { ...host, clock, processes, sink, siblings };
    return createBuiltinProvider(this.spec(more), ports, `${this.folder}/${state}`, { measures });
  }

  /** Ids; a lock is written beside its name first, and renamed. */
  async locks(): Promise<string[]> {
    return (await host.files.list(`${this.repository}/locks`)).filter((name) => !name.includes("-tmp-"));
  }

  async restic(...args: string[]): Promise<string> {
    const env = {
      RESTIC_PASSWORD: PASSWORD,
      RESTIC_REPOSITORY: this.repository,
      RESTIC_CACHE_DIR: `${this.folder}/cache`,
    };
    const result = await host.processes.run({ argv: [this.program, ...args], env, keepBytes: 1e6 });
    assert.equal(result.code, 0, result.stderr);
    return result.stdout;
  }

  async snapshots(): Promise<{ id: string; tags: string[] }[]> {
    return JSON.parse(await this.restic("snapshots", "--json", "--no-lock"));
  }
}

/** One backup, made to its end. */
export async function make(provider: BackupHost, runId: string): Promise<BackupInfo> {
  return await ended(provider, (await provider.create(callOf(runId))).id, 60_000);
}

/** Always the same for one seed, and nothing that compression could shorten. */
export function bytes(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24);
}

/** Flips three bytes of the pack that holds a large file; what it answers fixes that. */
export async function flipPack(rig: ResticRig): Promise<() => Promise<void>> {
  for (const folder of await readdir(`${rig.repository}/data`)) {
    for (const pack of await readdir(`${rig.repository}/data/${folder}`)) {
      const path = `${rig.repository}/data/${folder}/${pack}`;
      const content = await readFile(path);
      if (content.length < 100_000) continue;
      await chmod(path, 0o600);
      await writeFile(path, content.map((byte, at) => at >= 1_000 && at < 1_003 ? byte ^ 0xff : byte));
      return () => writeFile(path, content);
    }
  }
  throw new Error("no pack of data was found");
}
