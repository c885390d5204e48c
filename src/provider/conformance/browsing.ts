// Checks of the extension `browse`: what lies in a folder of a backup, whole and once, a page at a time.

import type { BackupEntry } from "../../ports/restore.ts";
import type { Check } from "./check.ts";
import { CheckFailure, needs, Skip } from "./outcome.ts";
import { CANNOT_TELL } from "./reading.ts";
import { pageOf } from "./session_tasks.ts";
import type { Trial } from "./steps.ts";

/** How deep a folder with several entries is looked for. */
const DEPTH = 12;
/** So many pages are turned. */
const PAGES = 20;

/** Those that need the first backup while it is there; in the order in which they are done. */
export const BROWSING_CHECKS: readonly Check[] = [
  {
    name: "browse",
    group: "extension",
    clause: "GET of a backup's files lists its root: each entry once, with a path and a type",
    async run(trial) {
      await trial.needsExtension("browse");
      const { made } = await needs(trial.steps.firstEnd);
      const { page, seen } = await pageOf(trial, made.id, {});
      const paths = new Set(page.entries.map(({ path }) => path));
      if (paths.size === page.entries.length) return `${paths.size} in its root`;
      throw new CheckFailure("expected each entry once", "list each name once, folders too", seen);
    },
  },
  {
    name: "browse-pages",
    group: "extension",
    clause: "page by page the same comes as on one page, in the same order",
    async run(trial) {
      await trial.needsExtension("browse");
      const { made } = await needs(trial.steps.firstEnd);
      const { path, entries } = await findMany(trial, made.id);
      const wanted = entries.slice(0, PAGES).map((entry) => entry.path);
      let after: string | undefined;
      for (const [i, expected] of wanted.entries()) {
        const { page, seen } = await pageOf(trial, made.id, { path, after, limit: 1 });
        const mend = "begin after 'after' in one fixed order; 'next' is on all pages but the last";
        if (page.entries[0]?.path !== expected) {
          throw new CheckFailure(`expected '${expected}' on page ${i + 1}`, mend, seen);
        }
        const isLast = i + 1 === entries.length;
        if ((page.next === undefined) !== isLast) {
          throw new CheckFailure(
            `expected ${isLast ? "no 'next'" : "a 'next'"} on page ${i + 1}`,
            mend,
            seen,
          );
        }
        after = page.next;
      }
      return `${wanted.length} pages of '${path}'`;
    },
  },
  {
    name: "browse-refused",
    group: "extension",
    clause:
      "a folder that the backup lacks is answered 404, one that leaves it is refused, an unknown id 404",
    async run(trial) {
      await trial.needsExtension("browse");
      const { made } = await needs(trial.steps.firstEnd);
      const ask = (id: string, path: string) => {
        const query = new URLSearchParams({ path, limit: "10" }).toString();
        return trial.probe.send({ method: "GET", id, below: "files", query });
      };
      const mend = "answer 404: only that says that there is no such folder";
      const none = await ask(made.id, `no-such-folder-${trial.newRunId()}`);
      if (none.status !== 404) throw new CheckFailure("expected 404 to an unknown folder", mend, none);
      const out = await ask(made.id, "../etc");
      if (out.status === undefined || ![400, 403, 404, 422].includes(out.status)) {
        throw new CheckFailure("expected 400 to a folder with '..'", "refuse what leaves the backup", out);
      }
      const unknown = await ask(`no-such-backup-${trial.newRunId()}`, "");
      if (unknown.status === 404) return `404, ${out.status}, 404`;
      if (unknown.status === 422 || unknown.status === 503) {
        throw new Skip(`${unknown.status}: ${CANNOT_TELL}`);
      }
      throw new CheckFailure("expected 404 to an unknown backup", mend, unknown);
    },
  },
];

/** The first folder on the way down that has two entries or more. */
async function findMany(trial: Trial, id: string): Promise<{ path: string; entries: BackupEntry[] }> {
  let path = "";
  for (let depth = 0; depth < DEPTH; depth++) {
    const { page: { entries } } = await pageOf(trial, id, { path });
    if (entries.length >= 2) return { path, entries };
    const folder = entries.find(({ type }) => type === "folder");
    if (folder === undefined) break;
    path = folder.path;
  }
  throw new Skip("no folder with two entries was found in it");
}
