// Chance, for spreading retries and the like; never for secrets.

import type { Random } from "../ports/host.ts";

/** The runtime's own generator. */
export const systemRandom: Random = { next: () => Math.random() };
