// What an act has come to, told once on the page that follows it.

import type { Secrets } from "../ports/host.ts";

/** One sentence, and where more of it is. */
export interface Notice {
  words: string;
  href?: string;
}

/** Those that were not seen yet. */
export interface Notices {
  /** Keeps one for a viewer, known by what their forms carry; returns the name that it is taken by. */
  put(viewer: string, notice: Notice): string;
  take(name: string | undefined, viewer: string | undefined): Notice | undefined;
}

const MOST = 200;

/** Makes those of one server. */
export function createNotices(secrets: Secrets): Notices {
  const kept = new Map<string, Notice & { viewer: string }>();
  return {
    put(viewer, notice) {
      const name = secrets.token().slice(0, 16);
      kept.set(name, { ...notice, viewer });
      if (kept.size > MOST) kept.delete(kept.keys().next().value!);
      return name;
    },
    take(name, viewer) {
      const found = name === undefined ? undefined : kept.get(name);
      if (found === undefined || found.viewer !== viewer) return undefined;
      kept.delete(name!);
      const { words, href } = found;
      return href === undefined ? { words } : { words, href };
    },
  };
}
