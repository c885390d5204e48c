// What was asked of the lists of runs and events.

import { type Status, STATUSES, type Trigger, TRIGGERS } from "../../domain/backup.ts";
import { EVENT_TYPES, type EventType } from "../../ports/events.ts";
import { Refused } from "../refused.ts";

/** Kinds of ends, as people ask for them. */
export const ENDS = {
  all: { words: "All", statuses: undefined },
  good: { words: "Available", statuses: ["available"] },
  bad: { words: "Failed", statuses: ["failed", "lost", "missing", "delete-error"] },
  open: {
    words: "Under way",
    statuses: ["intent", "sending", "unknown", "running", "cancelling", "deleting"],
  },
  skipped: { words: "Skipped", statuses: ["skipped", "expired"] },
  gone: { words: "Deleted, cancelled", statuses: ["deleted", "cancelled"] },
} as const satisfies Record<string, { words: string; statuses: readonly Status[] | undefined }>;

/** Kinds of events, by what they tell of. */
export const KINDS = {
  all: { words: "All", begins: [] },
  runs: { words: "Runs", begins: ["run.", "hook.", "ping."] },
  deletions: { words: "Deletions", begins: ["delete.", "retention.", "freeze."] },
  proofs: { words: "Proofs, restores", begins: ["verification.", "restore."] },
  people: {
    words: "People",
    begins: ["api.", "config.", "state.", "job.paused", "job.resumed", "job.forgotten", "job.file_"],
  },
  program: {
    words: "Program",
    begins: ["engine.", "clock.", "provider.", "notify.", "job.", "audit.", "snapshot.", "lease."],
  },
} as const satisfies Record<string, { words: string; begins: readonly string[] }>;

export type End = keyof typeof ENDS;
export type Kind = keyof typeof KINDS;

/** What was asked; `job` empty: all of them. */
export interface AskedActivity {
  view: "runs" | "events";
  job: string;
  end: End;
  trigger: Trigger | "";
  kind: Kind;
  /** Of runs: the cursor of a page. */
  cursor: string;
  /** Of events: only those before this number. */
  before: number | undefined;
}

/** Reads what stands in an address. Throws `Refused` for what is none of ours: a list of all would pass for what was asked. */
export function readActivity(query: (name: string) => string | undefined): AskedActivity {
  const before = query("before") ?? "";
  if (!/^\d{0,15}$/.test(before)) {
    throw new Refused(
      400,
      `The address asks for before=${before.slice(0, 80)}: expected the number of an event`,
    );
  }
  return {
    view: oneOf("view", query("view"), ["runs", "events"]) ?? "runs",
    job: (query("job") ?? "").trim().slice(0, 200),
    end: oneOf("end", query("end"), Object.keys(ENDS) as End[]) ?? "all",
    kind: oneOf("kind", query("kind"), Object.keys(KINDS) as Kind[]) ?? "all",
    trigger: oneOf("trigger", query("trigger"), TRIGGERS) ?? "",
    cursor: query("cursor") ?? "",
    before: before === "" ? undefined : Number(before),
  };
}

/** Undefined where nothing is said. */
function oneOf<T extends string>(name: string, said: string | undefined, known: readonly T[]): T | undefined {
  if (said === undefined || said === "") return undefined;
  const found = known.find((one) => one === said);
  if (found === undefined) {
    throw new Refused(400, `The address asks for ${name}=${said.slice(0, 80)}: expected ${known.join(", ")}`);
  }
  return found;
}

/** The address of such a list; what is usual is left out. */
export function activityAddress(path: string, asked: Partial<AskedActivity>): string {
  const { view, job, end, trigger, kind, cursor, before } = asked;
  const query = new URLSearchParams({
    ...(view === "events" ? { view } : {}),
    ...(job ? { job } : {}),
    ...(end === undefined || end === "all" ? {} : { end }),
    ...(trigger ? { trigger } : {}),
    ...(kind === undefined || kind === "all" ? {} : { kind }),
    ...(cursor ? { cursor } : {}),
    ...(before === undefined ? {} : { before: String(before) }),
  });
  return query.size === 0 ? path : `${path}?${query}`;
}

/** The statuses of a kind of ends; undefined: all. */
export function statusesOf(end: End): readonly Status[] | undefined {
  return ENDS[end].statuses?.filter((status) => STATUSES.includes(status));
}

/** The types of a kind of events; undefined: all. */
export function typesOf(kind: Kind): readonly EventType[] | undefined {
  const { begins } = KINDS[kind];
  if (begins.length === 0) return undefined;
  return EVENT_TYPES.filter((type) => begins.some((begin) => type.startsWith(begin)));
}
