// Chains the events of a batch onto the head of the trail, and demands in that batch that the head is still the one it
// was made from: a batch that is halved, refused or of unknown fate can neither fork the chain nor leave a hole in it.

import type { TrailHead } from "../../ports/audit_trail.ts";
import { AUDIT_TYPES, type EngineEvent } from "../../ports/events.ts";
import type { Database, Statement } from "../database/database.ts";
import type { ConstraintFailed } from "../database/database_errors.ts";
import { digestOf, GENESIS } from "./digest.ts";

const AUDITED: ReadonlySet<EngineEvent["type"]> = new Set(AUDIT_TYPES);

/** The head as it is stored. `last`: the greatest number that any event has, which a damaged trail may have beyond it. */
export interface StoredHead extends TrailHead {
  last: number;
}

/** The head of a trail in which nothing is chained. */
export const EMPTY_HEAD: StoredHead = { link: 0, digest: GENESIS, last: 0 };

/** Cells of one row that `headFrom` reads. */
export const HEAD_CELLS: string =
  "(SELECT link FROM audit_head), (SELECT digest FROM audit_head), (SELECT max(link) FROM events)";

/** Reads the cells; where there is no head, as in a state that somebody meddled with, the chain begins anew. */
export function headFrom([link, digest, last]: readonly unknown[]): StoredHead {
  const known = link === null ? EMPTY_HEAD : { link: Number(link), digest: String(digest) };
  return { ...known, last: Math.max(known.link, Number(last ?? 0)) };
}

/** What one boot knows of the head between its batches. */
export class HeadKeeper {
  #next: StoredHead | undefined;

  constructor(private head: StoredHead | undefined) {}

  /** False once it turned out not to be where it was taken to be. */
  get isKnown(): boolean {
    return this.head !== undefined;
  }

  async read(database: Pick<Database, "read">): Promise<void> {
    const [row] = await database.read({ sql: `SELECT ${HEAD_CELLS}`, args: [] });
    this.head = headFrom(Array.from(row!));
  }

  /** What saves events in their order, those of the trail chained; for one batch, of which nothing else tells events. */
  statements(events: readonly EngineEvent[]): Statement[] {
    if (events.length === 0) return [];
    const before = this.head!;
    let next: StoredHead = before;
    const rows = events.map((event) => {
      const row = cellsOf(event);
      if (!AUDITED.has(event.type)) return [...row, null, null];
      next = linkAfter(next, row);
      return [...row, next.link, next.digest];
    });
    this.#next = next;
    const saved: Statement = { sql: INSERT, args: [JSON.stringify(rows)] };
    if (next === before) return [saved];
    return [saved, {
      sql: MOVE_HEAD,
      args: [BigInt(before.link), before.digest, BigInt(next.link), next.digest],
    }];
  }

  /** Its batch is made anew. */
  begins(): void {
    this.#next = undefined;
  }

  committed(): void {
    this.head = this.#next ?? this.head;
  }

  /** It is to be read again. */
  doubted(): void {
    this.head = undefined;
  }
}

/** True where a batch was refused since the head is not what it was taken for: nothing is wrong with its changes. */
export function isHeadMoved({ message }: ConstraintFailed): boolean {
  return message.includes("audit_head.link") || message.includes("events.link");
}

type EventRow = [number, string, string, string | null, string | null, string, string | null];

/** As it is read again: SQLite has no halves of characters. */
function cellsOf(event: EngineEvent): EventRow {
  return [
    event.at,
    event.type,
    event.level,
    storable(event.job),
    storable(event.runId),
    storable(event.message)!,
    event.data === undefined ? null : JSON.stringify(event.data),
  ];
}

function storable(text: string | undefined): string | null {
  return text === undefined ? null : text.toWellFormed();
}

function linkAfter(
  { last, digest }: StoredHead,
  [at, type, level, job, runId, message, data]: EventRow,
): StoredHead {
  const link = last + 1;
  return {
    link,
    last: link,
    digest: digestOf(digest, link, { at, type, level, job, runId, message, data }),
  };
}

const cell = (at: number) => `e.value ->> ${at}`;
const INSERT = "INSERT INTO events (at, type, level, job, run_id, message, data, link, digest) " +
  `SELECT ${[0, 1, 2, 3, 4, 5, 6, 7, 8].map(cell).join(", ")} FROM json_each(?1) AS e ORDER BY e.key`;
/** Parameters: number and digest of the head as it must be, and as it becomes. Else NULL breaks the constraint. */
const MOVE_HEAD = "INSERT INTO audit_head (id, link, digest, began_after) VALUES (1, ?3, ?4, 0) " +
  "ON CONFLICT (id) DO UPDATE SET link = CASE WHEN audit_head.link = ?1 AND audit_head.digest = ?2 THEN ?3 END, " +
  "digest = ?4";
