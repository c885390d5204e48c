// Views as the API answers them to whoever looks: the pages read nothing that its rules would not show.

import type { Context } from "hono";
import type { WebEnv, WebParts } from "./deps.ts";
import { Refused } from "./refused.ts";

/** Reads views for one viewer. Parts of a path that are names have to be encoded. */
export interface ApiReader {
  /** Null where there is no such thing; throws `Refused` for everything else that is no view. */
  find<T>(path: string): Promise<T | null>;
  /** A view, or why there is none, in the words of the API. */
  try<T>(path: string): Promise<T | string>;
  /** One page of a list, and the cursor of the next; throws `Refused` for what is no list, with `way` to go on. */
  page<T>(path: string, way?: Refused["way"]): Promise<{ items: T[]; next: string | null }>;
}

/** Makes the reader of a request. */
export function apiReader(c: Context<WebEnv>, { askApi }: Pick<WebParts, "askApi">): ApiReader {
  const { identity } = c.get("viewer");
  const ask = async (path: string) => {
    const request = new Request(new URL(path, "http://localhost"), {
      headers: { accept: "application/json" },
    });
    return await askApi(request, c.env.peer, identity);
  };
  return {
    async find<T>(path: string): Promise<T | null> {
      const answer = await ask(path);
      if (answer.ok) return await answer.json() as T;
      const detail = await detailOf(answer);
      if (answer.status === 404) return null;
      throw new Refused(answer.status, detail);
    },
    async try<T>(path: string): Promise<T | string> {
      const answer = await ask(path);
      return answer.ok ? await answer.json() as T : await detailOf(answer);
    },
    async page<T>(path: string, way?: Refused["way"]) {
      const answer = await ask(path);
      if (!answer.ok) throw new Refused(answer.status, await detailOf(answer), {}, way);
      const [, link] = /<([^>]*)>; rel="next"/.exec(answer.headers.get("link") ?? "") ?? [];
      const next = link === undefined ? null : new URL(link, "http://localhost").searchParams.get("cursor");
      return { items: await answer.json() as T[], next };
    },
  };
}

async function detailOf(answer: Response): Promise<string> {
  const problem = await answer.json().catch(() => null) as
    | { detail?: unknown; errors?: { field?: string; message?: string }[] }
    | null;
  const detail = typeof problem?.detail === "string" ? problem.detail : `The API answered ${answer.status}`;
  const [first] = problem?.errors ?? [];
  return first?.message === undefined ? detail : `${detail}: ${first.field ?? ""} ${first.message}`;
}
