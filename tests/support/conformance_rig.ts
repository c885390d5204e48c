// Examines a provider on a fake clock: minutes of polling in milliseconds. The provider is a function, so that it
// can be made wrong in one point.

import type { ConformanceReport, ConformanceRun } from "../../src/provider/conformance/conformance.ts";
import { testConformance } from "../../src/provider/conformance/conformance.ts";
import type { ConformanceOptions } from "../../src/provider/conformance/options.ts";
import type { MockPorts } from "../../src/provider/mock/memory.ts";
import { createMockProvider } from "../../src/provider/mock/handler.ts";
import { changeMockSettings, defaultMockSettings } from "../../src/provider/mock/settings.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeIds } from "./fake_ids.ts";
import { MemoryFiles } from "./memory_files.ts";
import { memoryTree } from "./memory_tree.ts";

export type Serve = (request: Request) => Promise<Response>;

export const BASE = "http://provider/backups";

/** Below which a mock may restore. */
export const RESTORE_ROOT = "/restored";

export interface Rig extends MockPorts {
  clock: FakeClock;
  files: MemoryFiles;
}

export function createRig(): Rig {
  const clock = new FakeClock(Date.UTC(2026, 10, 20, 3));
  const files = new MemoryFiles();
  files.putFolder(RESTORE_ROOT);
  return { clock, ids: new FakeIds(clock), files, tree: memoryTree(files), processes: NO_PROCESSES };
}

const NO_PROCESSES: MockPorts["processes"] = {
  run: () => Promise.reject(new Error("no programs here")),
  killGroup: () => false,
  identity: () => Promise.resolve(undefined),
  fate: () => Promise.resolve("unseen"),
};

/** A mock on the rig's clock; `settings` as `PUT /mock` takes them. */
export async function mockOn(rig: MockPorts, settings: Record<string, unknown> = {}): Promise<Serve> {
  const read = changeMockSettings(defaultMockSettings(), { duration: "3s", ...settings });
  if (!read.ok) throw new Error(read.problem);
  const options = { settings: read.settings, tell() {}, restoreRoots: [RESTORE_ROOT] };
  const provider = await createMockProvider(options, rig);
  return (request) => provider.handle(request);
}

export interface ExamineOptions extends Partial<Omit<ConformanceOptions, "spec">> {
  headers?: Record<string, string>;
  run?: ConformanceRun;
}

/** Lets time pass until the promise is settled. */
export async function played<T>({ clock }: Pick<Rig, "clock">, work: Promise<T>): Promise<T> {
  let over = false;
  work.then(() => over = true, () => over = true);
  while (!over) await clock.advance(200);
  return await work;
}

/** The report on what `serve` answers; the clock moves as long as that takes. */
export async function examine(
  rig: Rig,
  serve: Serve,
  options: ExamineOptions = {},
): Promise<ConformanceReport> {
  const { headers = {}, run, ...more } = options;
  const done = testConformance(
    {
      backupLimitMs: 60_000,
      authenticates: false,
      failingBody: { fail: true },
      restoreTo: RESTORE_ROOT,
      ...more,
      spec: {
        kind: "http",
        key: "tested",
        formerly: [],
        maxConcurrent: 1,
        timeouts: { createMs: 60_000, getMs: 10_000, deleteMs: 60_000 },
        pollIntervalMs: 1_000,
        verifyBeforeDelete: true,
        url: BASE,
        headers,
        createBody: undefined,
        deleteBody: undefined,
      },
    },
    { ...rig, http: serve },
    run,
  );
  return await played(rig, done);
}

/** Names of the checks that ended so, in their order. */
export function named(report: ConformanceReport, status: "pass" | "fail" | "skipped"): string[] {
  return report.checks.filter((check) => check.status === status).map(({ name }) => name);
}

/** The id in the path of a request for one backup. */
export function idOf(request: Request): string | undefined {
  const { pathname } = new URL(request.url);
  return pathname.startsWith("/backups/")
    ? decodeURIComponent(pathname.slice("/backups/".length))
    : undefined;
}

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}

/** The same answer with other JSON; answers that are no success stay. */
export async function altered(answer: Response, change: (value: any) => unknown): Promise<Response> {
  return answer.ok && answer.status !== 204 ? json(change(await answer.json()), answer.status) : answer;
}

/** Whatever did not pass, for the message of a failing test. */
export function troubles({ checks }: ConformanceReport): string {
  return checks.filter(({ status }) => status !== "pass")
    .map((one) => `${one.status} ${one.name}: ${one.detail}: ${one.sent}: ${one.received}`).join("\n");
}
