// Stands for a built-in that cannot be opened: whoever asks it is told why, and nothing is concluded of its backups; part
// of the composition root.

import { ProviderError, type ProviderErrorKind } from "../domain/errors.ts";
import type { Provider } from "../ports/provider.ts";

/** `why`: a sentence that says what to fix. */
export function closedProvider(key: string, why: string): Provider {
  const refuse = (kind: ProviderErrorKind) => () =>
    Promise.reject(new ProviderError(kind, closedText(key, why), { status: 503 }));
  return {
    key,
    create: refuse("unsent"),
    delete: refuse("unsent"),
    get: refuse("unknown"),
    lookup: refuse("unknown"),
    list: refuse("unknown"),
    capabilities: refuse("unknown"),
    check: () => Promise.resolve([{ name: "provider opens", ok: false, message: why }]),
    output: () => Promise.resolve(undefined),
  };
}

/** What is said of such a provider. */
export function closedText(key: string, why: string): string {
  return `Provider '${key}' is out of use until this is fixed and the configuration reloaded: ${why}`;
}
