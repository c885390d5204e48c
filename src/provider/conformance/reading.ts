// Checks of what changes nothing: who is let in, unknown ids, odd ids, extensions.

import type { Check } from "./check.ts";
import { CheckFailure, Skip } from "./outcome.ts";
import { renderCapabilities } from "../protocol/call_headers.ts";

/** Ids that no provider gave; none could mean more than itself if it reached a shell, a path or a pattern. */
const ODD_IDS = ["a b", "a/b", "100%", "%2F", "a?b=c&d#e", "a+b;c:d@e", "'\"\\", "Größe-日本-😀"];

const REFUSED = [401, 403, 407];

/** Allowed, and safe: nothing is concluded from it, and nothing deleted. */
export const CANNOT_TELL = "it cannot tell what it does not know from what it has: allowed, but " +
  "after its memory was lost nothing can be deleted there";

/** In the order in which they are done. */
export const READING_CHECKS: readonly Check[] = [
  {
    name: "credentials",
    group: "base",
    clause: "calls with the right headers are let in, calls without credentials are not",
    async run({ probe, ports, options }) {
      const id = `no-such-backup-${ports.ids.uuidv7()}`;
      const seen = await probe.send({ method: "GET", id });
      if (seen.status !== undefined && REFUSED.includes(seen.status)) {
        const mend = "give the tester the credentials it asks for: --token-file or --header";
        throw new CheckFailure("expected to be let in", mend, seen);
      }
      if (!options.authenticates) return "let in";
      const without = await probe.send({ method: "GET", id, withoutHeaders: true });
      if (without.status !== undefined && REFUSED.includes(without.status)) {
        return `without credentials it answers ${without.status}`;
      }
      const mend = "answer 401 to every call that lacks the credentials";
      throw new CheckFailure("expected 401 or 403 to a call without credentials", mend, without);
    },
  },
  {
    name: "extensions",
    group: "base",
    clause: "OPTIONS announces the extensions, or is answered in good order without",
    async run({ announced }) {
      const words = renderCapabilities(await announced.take());
      if (words !== "") return words;
      throw new Skip("none is announced: that is allowed, but a lost answer may then cost a second backup");
    },
  },
];

/** Asked once there is a backup: a storage that is made by the first one cannot be looked into before. */
export const UNKNOWN_CHECKS: readonly Check[] = [
  {
    name: "unknown-get",
    group: "base",
    clause: "GET of an id that was never given answers 404 (503: it cannot tell)",
    async run({ probe, ports }) {
      const seen = await probe.send({ method: "GET", id: `no-such-backup-${ports.ids.uuidv7()}` });
      if (seen.status === 404) return "404";
      if (seen.status === 503) throw new Skip(`503: ${CANNOT_TELL}`);
      const mend = seen.status === 410
        ? "answer 404: 410 says that there was such a backup"
        : "answer 404, and nothing else, when there surely is no such backup";
      throw new CheckFailure("expected 404", mend, seen);
    },
  },
  {
    name: "unknown-delete",
    group: "base",
    clause: "DELETE of an id that was never given answers 404 (422: it cannot tell)",
    async run({ remove, ports }) {
      const seen = await remove(`no-such-backup-${ports.ids.uuidv7()}`);
      if (seen.status === 404) return "404";
      if (seen.status === 422) throw new Skip(`422: ${CANNOT_TELL}`);
      const mend = "answer 404: only so it shows when a wrong URL or repository is asked to delete";
      throw new CheckFailure("expected 404", mend, seen);
    },
  },
  {
    name: "odd-ids",
    group: "base",
    clause: "ids with odd characters come percent-encoded and are taken as they are",
    async run({ probe }) {
      for (const id of ODD_IDS) {
        const seen = await probe.send({ method: "GET", id });
        if (seen.status === 404 || seen.status === 400) continue;
        if (seen.status === 503) throw new Skip(`503: ${CANNOT_TELL}`);
        const mend =
          "take everything after the last '/' of the path as the id, decode it once, look it up as it is";
        throw new CheckFailure(`expected 404 for the unknown id ${JSON.stringify(id)}`, mend, seen);
      }
      return `404 for ${ODD_IDS.length} of them`;
    },
  },
];
