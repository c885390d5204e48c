// A provider as the holder of a lease may use it: nothing is begun nor deleted there once the lease may be another's.

import { ProviderError } from "../../domain/errors.ts";
import type { Provider } from "../../ports/provider.ts";

/** `mayAct` is asked in the turn in which a request would leave. What is withheld was never sent, and is tried again. */
export function heldProvider(provider: Provider, mayAct: () => boolean): Provider {
  const guarded = <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
  async (
    ...args: Args
  ): Promise<Answer> => {
    if (!mayAct()) throw withheld(provider.key);
    return await call(...args);
  };
  return new Proxy(provider, {
    get(of, name) {
      const value = Reflect.get(of, name, of);
      if (typeof value !== "function") return value;
      const call = value.bind(of);
      return name === "create" || name === "delete" ? guarded(call) : call;
    },
  });
}

function withheld(key: string): ProviderError {
  return new ProviderError(
    "unsent",
    `Nothing was sent to provider '${key}': the lease on the state could not be renewed in time, so another instance may ` +
      "have taken over: it goes on once the lease is renewed",
  );
}
