// The newest rows of a list as a person means it: what a clock that was wrong has dated ahead of now is not newer than
// what was made since.

import type { z } from "zod";
import { iso } from "../../domain/instant.ts";
import { FUTURE_TOLERANCE_MS } from "../../domain/retention/election.ts";
import type { Client, Query } from "./client.ts";

interface Dated {
  start_time?: string | null;
  end_time?: string | null;
}

/** A list whose rows are told by time, as a person asked for it. */
interface Asked<T> {
  path: string;
  item: z.ZodType<T>;
  query: Query;
  limit: number;
  /** UTC ms, by this machine; infinite: nothing is ahead of it. */
  now: number;
}

/** Rows, newest first, and what is to be said of those that are shown or left out; null: nothing. */
interface Newest<T> {
  items: T[];
  note: string | null;
}

/** Where not all can be shown, those dated ahead of now give way, unless a time up to which was asked for. */
export async function newestRows<T extends Dated>(client: Client, asked: Asked<T>): Promise<Newest<T>> {
  const { path, item, query, limit, now } = asked;
  const latest = now + FUTURE_TOLERANCE_MS;
  let { items, more } = await client.pages(path, item, query, limit);
  const ahead = query.until === undefined ? items.filter((row) => timeOf(row) > latest).length : 0;
  if (ahead > 0 && more) {
    ({ items, more } = await client.pages(path, item, { ...query, until: iso(latest) }, limit));
  }
  const notes = [
    more ? `Only the newest ${items.length} are shown: more with --limit or --all.` : "",
    aheadText(ahead, items.some((row) => timeOf(row) > latest)),
  ].filter((note) => note !== "");
  return { items, note: notes.length === 0 ? null : notes.join(" ") };
}

function aheadText(ahead: number, areShown: boolean): string {
  if (ahead === 0) return "";
  return areShown
    ? `The first ${ahead} are dated ahead of now, by a clock that was wrong: they are not the newest.`
    : "Rows that are dated ahead of now, by a clock that was wrong, are left out: --all shows them.";
}

function timeOf({ start_time, end_time }: Dated): number {
  return Date.parse(start_time ?? end_time ?? "") || -Infinity;
}
