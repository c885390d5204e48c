// Chance: one kind for spreading retries and the like, never for secrets, another for secrets.

import type { Random, Secrets } from "../ports/host.ts";

/** The runtime's own generator. */
export const systemRandom: Random = { next: () => Math.random() };

/** The system's own. */
export const systemSecrets: Secrets = {
  token() {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  },
};
