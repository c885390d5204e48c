// What a state server must be before anything is saved on it: one whose commits outlive its power, and no replica.

import { StoreError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/host.ts";
import type { Database } from "./database.ts";
import { type CallPorts, isReplica } from "./server_calls.ts";

/** How durable the commits of a server must be: `strong` outlive its power and its kernel, `relaxed` ones need not. */
export type Durability = "strong" | "relaxed";

/** A server that may be used. */
export interface CheckedServer {
  /** Why it may lose what was saved, as of the last look; null where it does not. */
  readonly weakness: string | null;
  /** Asks it again: sqld forgets how durable it was set to be when it starts again. Rejects with `StoreError`. */
  look(): Promise<void>;
}

/** SQLite's words for it. */
const NAMES = ["OFF", "NORMAL", "FULL", "EXTRA"];
const FULL = 2;

/** One that has only just started may be about to be set. */
const LOOKS = 5;
const BETWEEN_MS = 500;

/** Asks the server what it is, and changes nothing. Rejects with `StoreError` where it may not be used. */
export async function checkServer(
  database: Pick<Database, "read">,
  server: { url: string; shown: string; token: string | null; limitMs: number; durability: Durability },
  ports: CallPorts & { clock: Pick<Clock, "sleep"> },
): Promise<CheckedServer> {
  const { shown, durability } = server;
  let found = await weaknessOf(database);
  for (let looks = 1; looks < LOOKS && found !== null && durability === "strong"; looks++) {
    await ports.clock.sleep(BETWEEN_MS);
    found = await weaknessOf(database);
  }
  if (await isReplica(ports, server)) {
    throw new StoreError(
      "failed",
      `Cannot use the state at '${shown}': it is a replica, which may be behind in what it reads: expected the primary ` +
        "in 'state.url'",
    );
  }
  if (found !== null && durability === "strong") {
    throw new StoreError(
      "failed",
      `Cannot use the state at '${shown}': ${found}, so that it may lose what was saved when its machine loses power: ` +
        `expected FULL (2): ${MAKE_STRONG}, or accept the loss with 'state: { durability: relaxed }'`,
    );
  }
  const sentence = (why: string) =>
    `The state server at '${shown}' may lose what was saved last when its machine loses power: ${why}` +
    (durability === "relaxed" ? ", and 'state.durability: relaxed' accepts that" : `: ${MAKE_STRONG}`);
  let weakness = found === null ? null : sentence(found);
  return {
    get weakness() {
      return weakness;
    },
    async look() {
      const now = await weaknessOf(database);
      weakness = now === null ? null : sentence(now);
    },
  };
}

const MAKE_STRONG =
  'set "durability_mode":"strong" at its admin port (POST /v1/namespaces/default/config), ' +
  "after each of its starts";

/** What its commits are below what outlives its power, as part of a sentence; null where they are not. */
async function weaknessOf(database: Pick<Database, "read">): Promise<string | null> {
  const [row] = await database.read({ sql: "PRAGMA synchronous", args: [] });
  const cell = row?.[0];
  const level = cell === null || cell === undefined ? NaN : Number(cell);
  if (level >= FULL) return null;
  return Number.isInteger(level)
    ? `its commits are 'synchronous=${NAMES[level] ?? level}' (${level})`
    : "it does not say how durable its commits are";
}
