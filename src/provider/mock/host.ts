// A provider that makes nothing: backups in memory that take time, fail, get stuck and vanish as the settings say.

import { ProviderError } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import type { BackupInfo, Capabilities, DeleteAnswer, GetAnswer } from "../../ports/provider.ts";
import type { BackupHost } from "../host/backup_host.ts";
import type { StartCall } from "../host/backup_starts.ts";
import { type Fences, openFences } from "../host/fences.ts";
import {
  createMockMemory,
  has,
  infoOf,
  isThere,
  lockedUntil,
  type MockBackup,
  type MockMemory,
  type MockPorts,
  type MockState,
  runningOf,
} from "./memory.ts";
import { startMock } from "./starts.ts";
import { createMockTasks } from "./tasks.ts";

/** An empty mock, which restores into folders below `restoreRoots`; what is running ends with it. */
export async function createMockHost(
  state: MockState,
  ports: MockPorts,
  restoreRoots: readonly string[],
): Promise<BackupHost> {
  const fences = await openFences(null);
  const memory = createMockMemory(state, ports.clock);
  const { live, tasks } = await createMockTasks(memory, ports, {
    restoreRoots,
    get: (id) => Promise.resolve(getMock(memory, id)),
    admit: async (job, fence) => has(memory, "fence") ? await fences.admit(job, fence) : undefined,
  });
  const start = async (call: StartCall) => {
    if (has(memory, "fence")) await fences.admit(call.job, call.fence);
    return startMock(memory, ports.ids, call);
  };
  const remove: BackupHost["remove"] = async (id, _body, fence) => {
    const work = live.workOn(id);
    if (work === undefined) return await removeMock(memory, fences, id, fence);
    throw new ProviderError("unsent", `Cannot delete backup '${id}' yet: it is being ${work}`, {
      status: 503,
    });
  };

  return {
    key: "mock",
    start,
    create: async (call) => (await start(call)).backup,
    get(id) {
      const answer = getMock(memory, id);
      if (answer.found !== "yes" || !has(memory, "verify")) return Promise.resolve(answer);
      return Promise.resolve({ found: "yes", backup: tasks.told(answer.backup) });
    },
    remove,
    delete: remove,
    list: () => listMocks(memory),
    lookup(runId) {
      const backup = memory.runs.get(runId);
      return Promise.resolve(backup !== undefined && isThere(backup) ? infoOf(memory, backup) : undefined);
    },
    ...tasks,
    get verifyAsked() {
      return has(memory, "verify") ? tasks.verifyAsked : undefined;
    },
    get restore() {
      return has(memory, "restore") ? tasks.restore : undefined;
    },
    get operation() {
      return has(memory, "restore") ? tasks.operation : undefined;
    },
    get browse() {
      return has(memory, "browse") ? tasks.browse : undefined;
    },
    capabilities: () => Promise.resolve(capabilitiesOf(memory, tasks.restore !== undefined)),
    check: () => Promise.resolve([]),
    output: () => Promise.resolve(undefined),
    totals: () => ({ running: runningOf(memory).length, ...memory.totals }),
    isAtWork: () => runningOf(memory).length + live.of("restore").length > 0,
    async [Symbol.asyncDispose]() {
      for (const { stop } of memory.backups.values()) stop.abort();
      await live.stop();
    },
  };
}

/** What has not vanished. */
function find({ backups }: MockMemory, id: string): MockBackup | undefined {
  const backup = backups.get(id);
  return backup?.state === "forgotten" ? undefined : backup;
}

function getMock(memory: MockMemory, id: string): GetAnswer {
  const backup = find(memory, id);
  if (backup === undefined) return { found: "no" };
  if (backup.state === "deleted") return { found: has(memory, "gone") ? "gone" : "no" };
  return { found: "yes", backup: infoOf(memory, backup) };
}

async function removeMock(
  memory: MockMemory,
  fences: Fences,
  id: string,
  fence: number | null,
): Promise<DeleteAnswer> {
  const backup = find(memory, id);
  if (backup?.job && has(memory, "fence")) await fences.admit(backup.job, fence);
  if (backup === undefined) return "absent";
  if (backup.state === "deleted") return has(memory, "gone") ? "gone" : "absent";
  const until = lockedUntil(memory, backup);
  if (until !== null) {
    const why = `Cannot delete '${id}': this mock was told to lock it until ${iso(until)}`;
    throw new ProviderError("unsent", why, { status: 423, lock: { until } });
  }
  const wasRunning = backup.state === "running";
  backup.stop.abort();
  backup.state = "deleted";
  memory.totals[wasRunning ? "cancelled" : "deleted"]++;
  memory.state.tell(wasRunning ? "cancelled" : "deleted", { id });
  return "deleted";
}

function listMocks(memory: MockMemory): Promise<BackupInfo[]> {
  if (!has(memory, "list")) {
    const why = "Cannot list: this mock was told not to have the extension 'list'";
    return Promise.reject(new ProviderError("refused", why, { status: 405 }));
  }
  const there = [...memory.backups.values()].filter(isThere);
  return Promise.resolve(there.map((backup) => infoOf(memory, backup)));
}

function capabilitiesOf(memory: MockMemory, canRestore: boolean): Capabilities {
  return {
    idempotency: has(memory, "idempotency"),
    list: has(memory, "list"),
    lookup: has(memory, "lookup"),
    fence: has(memory, "fence"),
    verify: has(memory, "verify"),
    restore: canRestore && has(memory, "restore"),
    browse: has(memory, "browse"),
  };
}
