// Gives the room that a state file no longer needs back to the disk while it is in use: free pages at its end, in slices
// of a few milliseconds, between the batches of everybody else.

import { SliceSize } from "../../domain/slice_size.ts";
import type { Clock } from "../../ports/host.ts";
import type { Database } from "../database/database.ts";
import type { Room } from "../database/room.ts";
import type { GroupCommit } from "./group_commit.ts";

/** When room is given back by itself: less is soon needed again. */
export interface RoomRule {
  /** Of the file, from 0 to 1: more than this is free, */
  share: number;
  /** and more than this. */
  bytes: number;
}

const ROOM_RULE: RoomRule = { share: 0.2, bytes: 16 * 1024 * 1024 };

/** Slices in one call: a few seconds of work at most. */
const MOST_SLICES = 500;

export interface GiveBackParts {
  database: Database;
  group: GroupCommit;
  clock: Pick<Clock, "monotonic">;
}

/**
 * Where much is free, gives back all but half of what may be, a bounded part of it a call; `more` where there is more to
 * do. A file that was made without this stays as it is. Rejects with `StoreError`.
 */
export async function giveBackByNeed(
  parts: GiveBackParts,
  rule: RoomRule = ROOM_RULE,
): Promise<{ more: boolean }> {
  const isNeeded = (room: Room | null) =>
    room !== null && room.isInSlices && room.freeBytes > rule.bytes &&
    room.freeBytes > rule.share * room.bytes;
  if (!isNeeded(await parts.database.room())) return { more: false };
  const isEnough = ({ bytes, freeBytes }: Room) => freeBytes <= rule.share / 2 * bytes;
  return { more: isNeeded(await giveBackUntil(parts, isEnough, MOST_SLICES)) };
}

/** Gives back all that is free, and answers what is left. Rejects with `StoreError`. */
export async function giveBackAll(parts: GiveBackParts): Promise<Room | null> {
  const room = await giveBackUntil(parts, ({ freeBytes }) => freeBytes === 0, Infinity);
  await parts.group.alone(() => parts.database.shorten());
  return room;
}

async function giveBackUntil(
  { database, group, clock }: GiveBackParts,
  isEnough: (room: Room) => boolean,
  mostSlices: number,
): Promise<Room | null> {
  const slice = new SliceSize();
  let room = await database.room();
  for (let done = 0; done < mostSlices && room !== null && !isEnough(room); done++) {
    const pages = slice.size;
    const { isShorter, left } = await group.alone(async () => {
      const before = await database.room();
      const began = clock.monotonic();
      await database.giveBack(pages);
      slice.took(pages, clock.monotonic() - began);
      const left = await database.room();
      return { isShorter: left !== null && left.bytes < before!.bytes, left };
    });
    room = left;
    if (!isShorter) break;
  }
  return room;
}
