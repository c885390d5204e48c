// For checks that compare a provider's times with the program's, whose clock was wrong now and then.

import type { LedgerProvider } from "../support/ledger_provider.ts";

/** Its book without times: each call came after, each effect before everything that the program says. */
export function withoutTimes(provider: LedgerProvider): LedgerProvider {
  return {
    ...provider,
    calls: provider.calls.map((call) => ({ ...call, at: Infinity })),
    effects: provider.effects.map((effect) => ({ ...effect, at: -Infinity })),
  };
}
