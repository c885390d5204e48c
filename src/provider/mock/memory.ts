// All that a mock provider holds: its backups, what became of them, and how they are told of.

import type { Clock, Host, Random } from "../../ports/host.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { HostTotals } from "../host/host_totals.ts";
import type { MockExtension, MockSettings } from "./settings.ts";

export type MockPorts = Pick<Host, "clock" | "ids" | "files" | "tree" | "processes">;

/** What a mock needs to know anew at each call. */
export interface MockState {
  settings(): MockSettings;
  /** Decides about backups only: so the same seed gives the same ones, however often they are looked at. */
  random(): Random;
  /** Decides about verifications and restores. */
  taskRandom(): Random;
  /** Told of whatever happens to a backup. */
  tell(what: string, data: Record<string, string | number>): void;
}

export interface MockBackup {
  id: string;
  runId: string | null;
  job: string | null;
  /** As JSON. */
  body: string;
  startedAt: number;
  /** Monotonic, for the progress. */
  began: number;
  durationMs: number;
  endedAt?: number;
  state: "running" | "available" | "failed" | "deleted" | "forgotten";
  message: string;
  sizeMb?: number;
  isDamaged: boolean;
  stop: AbortController;
}

export interface MockMemory {
  state: MockState;
  clock: Clock;
  backups: Map<string, MockBackup>;
  /** By run id. */
  runs: Map<string, MockBackup>;
  totals: Omit<HostTotals, "running">;
}

/** Nothing happened yet. */
export function createMockMemory(state: MockState, clock: Clock): MockMemory {
  const totals = { started: 0, available: 0, failed: 0, cancelled: 0, deleted: 0 };
  return { state, clock, backups: new Map(), runs: new Map(), totals };
}

/** Whether the mock has an extension now. */
export function has({ state }: MockMemory, word: MockExtension): boolean {
  return state.settings().extensions.has(word);
}

/** Those that run, oldest first. */
export function runningOf({ backups }: MockMemory): MockBackup[] {
  return [...backups.values()].filter((one) => one.state === "running");
}

/** False for what was deleted, and for what vanished. */
export function isThere({ state }: MockBackup): boolean {
  return state !== "deleted" && state !== "forgotten";
}

/** Until when a DELETE of it is refused (UTC ms); null: it is not. */
export function lockedUntil({ state, clock }: MockMemory, backup: MockBackup): number | null {
  const until = (backup.endedAt ?? 0) + state.settings().lock_for;
  return backup.state === "available" && until > clock.now() ? until : null;
}

/** What is said of a backup now. */
export function infoOf(memory: MockMemory, backup: MockBackup): BackupInfo {
  const word = backup.state === "available" || backup.state === "failed" ? backup.state : "running";
  const elapsed = memory.clock.monotonic() - backup.began;
  const share = Math.min(99, Math.floor(elapsed / Math.max(1, backup.durationMs) * 100));
  const info: BackupInfo = {
    id: backup.id,
    dataId: word === "available" ? `data-${backup.id}` : backup.id,
    state: word,
    status: word,
    message: word === "running" ? `${share} % done` : backup.message || "done",
    startTime: backup.startedAt,
  };
  if (backup.sizeMb !== undefined) info.sizeMb = backup.sizeMb;
  if (backup.endedAt !== undefined) info.endTime = backup.endedAt;
  if (word === "available" && memory.state.settings().lock_for > 0) {
    info.lockedUntil = lockedUntil(memory, backup);
  }
  if (backup.runId !== null && has(memory, "run_id")) info.runId = backup.runId;
  if (backup.job !== null && has(memory, "run_id")) info.job = backup.job;
  return info;
}
