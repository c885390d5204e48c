// Removes what an examination made at the provider: exactly that, and says what is left.

import { iso } from "../../domain/instant.ts";
import type { Capabilities } from "../../ports/provider.ts";
import type { Session } from "./session.ts";
import type { LostStart } from "./session_starts.ts";
import { readBackup } from "../protocol/protocol.ts";

/** What could not be removed, or may be there. */
export interface LeftBehind {
  /** Null when no answer told it. */
  id: string | null;
  run_id: string;
  why: string;
}

const TRIES = 5;

/**
 * Deletes every backup of the session that is still there. What was listed before the session began is left alone,
 * whatever the provider answered. Never rejects.
 */
export async function cleanUp(session: Session): Promise<LeftBehind[]> {
  const left: LeftBehind[] = [];
  const { made, lost } = session;
  const abilities = lost.length === 0 ? undefined : await session.capabilities();
  for (const start of lost) {
    // A later start with the same run may have told the id.
    if ([...made.values()].some(({ runId }) => runId === start.runId)) continue;
    const id = await findLost(session, start, abilities!);
    const why = id === undefined ? undefined : await removeOne(session, id);
    const began = `a start at ${iso(start.at)} was answered '${start.seen.received}'`;
    if (id === undefined) {
      left.push({
        id: null,
        run_id: start.runId,
        why: `${began}: it may have made a backup, look for one of that time`,
      });
    } else if (why !== undefined) left.push({ id, run_id: start.runId, why });
  }
  for (const one of made.values()) {
    const why = one.foreign ? FOREIGN : await removeOne(session, one.id);
    if (why !== undefined) left.push({ id: one.id, run_id: one.runId, why });
  }
  return left;
}

const FOREIGN = "it was listed before the test began, so it was not deleted: it may be one of yours";

/** The backup of a start whose answer was lost: only the provider's word on its run id proves that it is ours. */
async function findLost(
  session: Session,
  { runId }: LostStart,
  abilities: Capabilities,
): Promise<string | undefined> {
  if (!abilities.lookup) return undefined;
  const { status, json } = await session.probe.send({
    method: "GET",
    query: `run_id=${encodeURIComponent(runId)}`,
  });
  if (status !== 200 || !Array.isArray(json)) return undefined;
  for (const item of json) {
    const read = readBackup(item);
    if (read.ok && read.backup.runId === runId) return read.backup.id;
  }
  return undefined;
}

/** Undefined once it is gone, else why it is not. */
async function removeOne(session: Session, id: string): Promise<string | undefined> {
  const { clock } = session.ports;
  let why = "";
  for (let attempt = 0;; attempt++) {
    const { status, received } = await session.probe.send({ method: "GET", id });
    if (status === 404 || status === 410) return undefined;
    if (attempt === TRIES) return `${why}, and its GET '${received}'`;
    // Waits on its own: the examination may have been interrupted, and cleaning up goes on.
    if (attempt > 0) await clock.sleep(session.options.spec.pollIntervalMs);
    try {
      why = `its DELETE was answered '${(await session.remove(id)).received}'`;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
