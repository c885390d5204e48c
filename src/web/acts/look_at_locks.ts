// The locks on a job's storage, as somebody has to have seen them before they remove one.

import { counted } from "../../domain/count_text.ts";
import type { ActLook, LookSources } from "./act.ts";

/** Each with whose it is and why it stays; undefined where there is no such job. Rejects as its provider's calls do. */
export async function lookAtLocks(job: string, { operations }: LookSources): Promise<ActLook | undefined> {
  const found = await operations.locks(job);
  if (found === undefined) return undefined;
  const { supported, locks, unread } = found;
  const nothing = { sentences: [], rows: null, seen: {} };
  if (!supported) return { ...nothing, refusal: `The provider of ${job} has no locks to show.` };
  const unseen = unread === 0 ? "" : ` ${counted(unread, "more lock")} could not be looked at.`;
  if (locks.length === 0) return { ...nothing, refusal: `No lock lies on the storage of ${job}.${unseen}` };
  return {
    ...nothing,
    sentences: [`${counted(locks.length, "lock")} on the storage of ${job}.${unseen}`],
    rows: {
      caption: "Its locks",
      head: ["Lock", "Of", "Renewed", "Why it stays, or when it goes"],
      rows: locks.map(({ id, user, host, pid, renewed_at, state, why }) => [
        id,
        `${user}@${host}, process ${pid} (${state})`,
        renewed_at,
        why,
      ]),
    },
  };
}
